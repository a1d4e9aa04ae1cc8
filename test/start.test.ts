/** The demonstration, `npm start`. */
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import { startEmulator } from "../dev/emulator";
import { maxCost } from "../dev/start/cost";
import { listPrice } from "../src/claude/models/prices";
import { oneLine, resultOf, root, start } from "./support/command";
import {
  type Received,
  type Reply,
  refusal,
  respond,
  startServer,
  streamed,
} from "./support/server";

/** Runs `npm start` to its end, and returns its exit code and output. */
const run = (args: readonly string[] = [], env: Record<string, string> = {}) =>
  resultOf(start("start.ts", args, env));

let whole: ReturnType<typeof run> | undefined;
/** The output with an emulator, which several tests read. */
const emulated = () => {
  whole ??= run();
  return whole;
};

test("prints the output that the README shows", async () => {
  const { code, out, err } = await emulated();
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const readme = readFileSync(path.join(root, "README.md"), "utf8");
  const shown = /```text\n(Claude in a flow.*?)```/s.exec(readme)?.[1] ?? "";
  const lines = shown.split("\n").filter((line) => line.trim() !== "" && !line.includes("…"));
  expect(lines.length).toBeGreaterThan(15);
  // IDs and waits differ between runs.
  const steady = (text: string) => text.replace(/req_[\w-]+/g, "req_").replace(/\d\.\d s/g, "x s");
  for (const line of lines) expect(steady(out)).toContain(steady(line));
});

test("announces the failure that the emulator stages, and says what to try next", async () => {
  const { out } = await emulated();
  expect(out).toMatch(/fails the first attempt on purpose.*\n.* attempt 1 failed with 529/);
  const next = out.slice(out.lastIndexOf("\nNext\n"));
  expect(next).toContain('npm run try -- chat --message "Hello"\n');
  const [, page = ""] = /^ +(docs\/\S+)$/m.exec(next) ?? [];
  expect(existsSync(path.join(root, page))).toBe(true);
});

test("wraps whole words in a terminal of 60 columns", async () => {
  const { out } = await run([], { COLUMNS: "60" });
  expect(out.split("\n").filter((line) => line.length > 60)).toEqual([]);
  const words = (text: string) => text.split(/\s+/).filter((word) => !/[\d_]/.test(word));
  expect(words(out)).toEqual(words((await emulated()).out));
});

test("rejects an unknown option, and ANTHROPIC_BASE_URL without a key, in one line", async () => {
  const [option, url] = await Promise.all([
    run(["--no"]),
    run([], { ANTHROPIC_BASE_URL: "http://127.0.0.1:9" }),
  ]);
  expect(option).toMatchObject({
    code: 1,
    out: "",
    err: oneLine("Unknown option '--no'.*--yes"),
  });
  expect(url).toMatchObject({
    code: 1,
    out: "",
    err: oneLine("ANTHROPIC_BASE_URL is set, but ANTHROPIC_API_KEY is not\\..*"),
  });
});

test("stops in one line if its output is closed", async () => {
  const child = start("start.ts");
  child.stdout.destroy();
  const [err, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  expect({ code, err }).toEqual({ code: 141, err: "Stopped: the output was closed.\n" });
});

test("stops if nobody reads its output and errors", async () => {
  const child = start("start.ts");
  child.stdout.destroy();
  child.stderr.destroy();
  expect(await once(child, "exit")).toEqual([141, null]);
});

describe("with ANTHROPIC_API_KEY", () => {
  const withKey = (url: string) => ({ ANTHROPIC_API_KEY: "sk-test", ANTHROPIC_BASE_URL: url });

  test("says what it costs and leaves behind, and requires --yes without a terminal", async () => {
    const server = await startServer({});
    const { code, out, err } = await run([], withKey(server.url));
    expect(code).toBe(1);
    expect(out).toContain(`It costs at most $${maxCost().toFixed(2)} at Anthropic's list prices`);
    expect(out).toContain("It creates a batch, which stays in the workspace for 29 days.");
    expect(err).toEqual(oneLine("Without a terminal .* --yes is required.*"));
    expect(server.requests).toEqual([]);
  });

  test.each([
    [401, "authentication_error", "does not accept ANTHROPIC_API_KEY \\(status 401\\)"],
    [403, "permission_error", "does not give ANTHROPIC_API_KEY access \\(status 403\\)"],
  ])("stops at the first status %i, in one line", async (status, type, reason) => {
    const server = await startServer(refusal(status, type));
    const { code, err } = await run(["--yes"], withKey(server.url));
    expect(code).toBe(1);
    expect(err).toEqual(oneLine(`127.0.0.1:\\d+ ${reason}.*`));
    expect(server.requests).toHaveLength(1);
  });

  test("says once that there is no connection, and names ANTHROPIC_BASE_URL", async () => {
    const { code, out, err } = await run(["--yes"], withKey("http://127.0.0.1:9"));
    expect(code).toBe(1);
    expect(out).not.toContain("attempt");
    expect(err).toEqual(
      oneLine("No connection to 127.0.0.1:9.*ANTHROPIC_BASE_URL is http://127.0.0.1:9\\."),
    );
  });

  /** Requests go to an emulator, except those to which `change` has a reply. */
  const startApi = async (
    change: (
      call: string,
      request: Received,
    ) => Promise<Reply | undefined> | Reply | undefined = () => undefined,
  ) => {
    const emulator = await startEmulator();
    onTestFinished(() => emulator.stop());
    return startServer(async (request, response) => {
      const { method, target, raw, headers } = request;
      const reply = await change(`${method} ${request.path}`, request);
      if (reply) return respond(reply, request, response);
      const sent = await fetch(emulator.url + target, {
        method,
        headers: {
          "content-type": "application/json",
          "x-api-key": String(headers["x-api-key"]),
        },
        ...(method === "POST" && { body: new Uint8Array(raw) }),
      });
      const type = sent.headers.get("content-type") ?? "";
      response.writeHead(sent.status, { "content-type": type }).end(await sent.text());
    });
  };

  const creates = "POST /v1/messages/batches";

  const isCancel = (call: string) => /^POST .*\/batches\/\w+\/cancel$/.test(call);

  /** Resolves when a stream has printed a text. */
  const printed = (stream: NodeJS.ReadableStream, text: string) =>
    new Promise<void>((resolve) => {
      let all = "";
      stream.on("data", (chunk) => {
        all += chunk;
        if (all.includes(text)) resolve();
      });
      stream.on("end", resolve);
    });

  /** Interrupts the demonstration while its batch is processed. */
  const interrupt = async (url: string) => {
    const child = start("start.ts", ["--yes"], withKey(url));
    const result = resultOf(child);
    await printed(child.stdout, "requests in msgbatch_");
    child.kill("SIGINT");
    const { out, ...rest } = await result;
    return { ...rest, id: /requests in (msgbatch_\w+)/.exec(out)?.[1] ?? "" };
  };

  test("Ctrl-C cancels the batch, and no more than the stated maximum was spent", async () => {
    const server = await startApi();
    const { code, err, id } = await interrupt(server.url);
    expect(code).toBe(130);
    expect(err).toBe(`\nStopped.\nCanceling the batch ${id} …\nThe batch ${id} is canceled.\n`);
    const cancel = server.requests.filter(({ path }) => path.endsWith(`/${id}/cancel`));
    expect(cancel).toHaveLength(1);
    const bodies = server.requests.flatMap(({ method, path, json }) =>
      method !== "POST" || /count_tokens|cancel$/.test(path)
        ? []
        : path.endsWith("/batches")
          ? (json as { requests: { params: Body }[] }).requests.map(({ params }) => params)
          : [json as Body],
    );
    interface Body {
      model: string;
      max_tokens: number;
    }
    expect(bodies.length).toBeGreaterThan(15);
    const dollars = bodies.reduce(
      (sum, { model, max_tokens }) =>
        sum + ((listPrice(model, 0)?.output ?? Number.NaN) * max_tokens) / 1e6,
      0,
    );
    expect(dollars).toBeLessThan(maxCost());
  });

  test("Ctrl-C prints the ID of a batch that cannot be canceled", async () => {
    const server = await startApi((call) =>
      isCancel(call) ? refusal(400, "invalid_request_error") : undefined,
    );
    const { code, err, id } = await interrupt(server.url);
    expect(code).toBe(130);
    expect(err).toContain("The batch could not be canceled: ApiError: The API returned 400");
    expect(err).toContain(
      `The batch ${id} continues. Cancel it: npm run try -- cancelBatch --batchId ${id}\n`,
    );
  });

  test("Ctrl-C while the batch is created waits for its ID and cancels it", async () => {
    const server = await startApi(async (call) => {
      if (call !== creates) return undefined;
      const stopped = printed(child.stderr, "Stopped.");
      child.kill("SIGINT");
      await stopped;
      return undefined;
    });
    const child = start("start.ts", ["--yes"], withKey(server.url));
    const { code, out, err } = await resultOf(child);
    expect(code).toBe(130);
    expect(out).not.toContain("msgbatch_");
    expect(err).toMatch(
      /^\nStopped\.\nCanceling the batch (msgbatch_\w+) …\nThe batch \1 is canceled\.\n$/,
    );
  });

  test("names at the end a batch whose progress cannot be read", async () => {
    const server = await startApi((call) =>
      /^GET .*\/batches\/\w+$/.test(call) ? refusal(400, "invalid_request_error") : undefined,
    );
    const { code, out, err } = await run(["--yes"], withKey(server.url));
    expect(code).toBe(1);
    const [, id] = /requests in (msgbatch_\w+)/.exec(out) ?? [];
    expect(err).toBe(
      `The batch ${id} continues. Cancel it: npm run try -- cancelBatch --batchId ${id}\n1 of the steps failed. See their errors above.\n`,
    );
  });

  test("says at the end which batch stays, and exits with 0", async () => {
    const server = await startApi();
    const { code, out, err } = await run(["--yes"], withKey(server.url));
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const [, id] = /requests in (msgbatch_\w+)/.exec(out) ?? [];
    expect(out).toContain(
      `The batch ${id} stays in the workspace. Delete it: npm run try -- deleteBatch --batchId ${id}\n`,
    );
  });

  test("exits with 1 if a step fails or should fail, and stops if the key is refused later", async () => {
    const failing = await startApi((call) =>
      call === creates ? refusal(400, "invalid_request_error", "No batches.") : undefined,
    );
    const refusing = await startApi((call) =>
      call === "POST /v1/messages" ? refusal(401, "authentication_error") : undefined,
    );
    const lenient = await startApi((_, { json }) =>
      (json as { model?: string } | undefined)?.model === "claude-3-5-sonnet-latest"
        ? streamed("Hi.")
        : undefined,
    );
    const [failed, refused, succeeded] = await Promise.all(
      [failing, refusing, lenient].map(({ url }) => run(["--yes"], withKey(url))),
    );
    expect(failed).toMatchObject({
      code: 1,
      out: expect.stringContaining("ApiError: The API returned 400 invalid_request_error: No"),
      err: "1 of the steps failed. See their errors above.\n",
    });
    expect(succeeded).toMatchObject({
      code: 1,
      out: expect.stringContaining("This step succeeded, but was expected to fail."),
      err: "1 of the steps failed. See their errors above.\n",
    });
    expect(refused).toMatchObject({
      code: 1,
      err: oneLine(".* does not accept ANTHROPIC_API_KEY .*"),
    });
    expect(refusing.requests.filter(({ path }) => path === "/v1/messages")).toHaveLength(1);
  });
});
