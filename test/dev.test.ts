/** The commands `npm start` and `npm run try`, without dev/ready.cjs: see ready.test.ts. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import { startEmulator } from "../dev/emulator";
import { maxCost } from "../dev/start/cost";
import { optionsOf } from "../dev/try/options";
import { fold, steps } from "../dev/try/steps";
import { listPrice } from "../src/claude/models/prices";
import { component } from "./support/component";
import { type Reply, refusal, respond, startServer, streamed } from "./support/server";

const root = path.resolve(import.meta.dirname, "..");

/** Starts a script without a terminal or an API key. */
const start = (script: string, args: readonly string[], env: Record<string, string> = {}) => {
  const { ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL, ...rest } = process.env;
  const child = spawn(process.execPath, ["--import", "tsx", `dev/${script}`, ...args], {
    cwd: root,
    env: { ...rest, NO_COLOR: "1", ...env },
  });
  child.stdin.end();
  return child;
};

const resultOf = async (child: ChildProcess) => {
  const [out, err] = await Promise.all([
    text(child.stdout as NodeJS.ReadableStream),
    text(child.stderr as NodeJS.ReadableStream),
    child.exitCode ?? once(child, "exit"),
  ]);
  return { code: child.exitCode, out, err };
};

/** Runs a script to its end, and returns its exit code and output. */
const runWith = (env: Record<string, string>, script: string, ...args: string[]) =>
  resultOf(start(script, args, env));

const run = (script: string, ...args: string[]) => runWith({}, script, ...args);

const tryIt = (...args: string[]) => run("try.ts", ...args);

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

const oneLineOf = (text: string) => `${text}\n`;

/** An error in one line, after which nothing follows. */
const oneLine = (text: string) => new RegExp(`^${text}\\n$`);

/** The state of a person, which `npm run try` keeps, stays as it is. */
const memoryKey = `test-${process.pid}`;

describe("npm start", () => {
  let whole: ReturnType<typeof run> | undefined;
  /** The output with an emulator, which several tests read. */
  const emulated = () => {
    whole ??= run("start.ts");
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
    const steady = (text: string) =>
      text.replace(/req_[\w-]+/g, "req_").replace(/\d\.\d s/g, "x s");
    for (const line of lines) expect(steady(out)).toContain(steady(line));
  });

  test("announces the failure that the emulator stages, and says what to try next", async () => {
    const { out } = await emulated();
    expect(out).toMatch(/fails the first attempt on purpose.*\n.* attempt 1 failed with 529/);
    const next = out.slice(out.lastIndexOf("\nNext\n"));
    for (const named of [/npm run try -- chat --initialMessage "Hello"/, /npm run (\w+)$/m])
      expect(next).toMatch(named);
    const [, page = ""] = /^ +(docs\/\S+)$/m.exec(next) ?? [];
    expect(existsSync(path.join(root, page))).toBe(true);
  });

  test("wraps whole words in a terminal of 60 columns", async () => {
    const columns = "data:text/javascript,process.stdout.columns%3D60";
    const { out } = await runWith({ NODE_OPTIONS: `--import=${columns}` }, "start.ts");
    expect(out.split("\n").filter((line) => line.length > 60)).toEqual([]);
    const words = (text: string) => text.split(/\s+/).filter((word) => !/[\d_]/.test(word));
    expect(words(out)).toEqual(words((await emulated()).out));
  });

  test("rejects an unknown option, and ANTHROPIC_BASE_URL without a key, in one line", async () => {
    const [option, url] = await Promise.all([
      run("start.ts", "--no"),
      runWith({ ANTHROPIC_BASE_URL: "http://127.0.0.1:9" }, "start.ts"),
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

  describe("with ANTHROPIC_API_KEY", () => {
    const withKey = (url: string) => ({ ANTHROPIC_API_KEY: "sk-test", ANTHROPIC_BASE_URL: url });

    test("says what it costs and leaves behind, and requires --yes without a terminal", async () => {
      const server = await startServer({});
      const { code, out, err } = await runWith(withKey(server.url), "start.ts");
      expect(code).toBe(1);
      expect(out).toContain(`It costs at most $${maxCost().toFixed(2)} at Anthropic's list prices`);
      expect(out).toContain("It creates a batch, which stays in the workspace for 29 days.");
      expect(err).toMatch(oneLine("Without a terminal .* --yes is required.*"));
      expect(server.requests).toEqual([]);
    });

    test.each([
      [401, "authentication_error", "does not accept ANTHROPIC_API_KEY \\(status 401\\)"],
      [403, "permission_error", "does not give ANTHROPIC_API_KEY access \\(status 403\\)"],
    ])("stops at the first status %i, in one line", async (status, type, reason) => {
      const server = await startServer(refusal(status, type));
      const { code, err } = await runWith(withKey(server.url), "start.ts", "--yes");
      expect(code).toBe(1);
      expect(err).toMatch(oneLine(`127.0.0.1:\\d+ ${reason}.*`));
      expect(server.requests).toHaveLength(1);
    });

    test("says once that there is no connection, and names ANTHROPIC_BASE_URL", async () => {
      const { code, out, err } = await runWith(withKey("http://127.0.0.1:9"), "start.ts", "--yes");
      expect(code).toBe(1);
      expect(out).not.toContain("attempt");
      expect(err).toMatch(
        oneLine("No connection to 127.0.0.1:9.*ANTHROPIC_BASE_URL is http://127.0.0.1:9\\."),
      );
    });

    /** Requests go to an emulator, except those to which `change` has a reply. */
    const startApi = async (change: Record<string, Reply>) => {
      const emulator = await startEmulator();
      onTestFinished(() => emulator.stop());
      return startServer(async (request, response) => {
        const { method, target, raw, headers } = request;
        const [, reply] =
          Object.entries(change).find(([name]) => new RegExp(name).test(`${method} ${target}`)) ??
          [];
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

    /** Interrupts the demonstration while its batch is processed. */
    const interrupt = async (url: string) => {
      const child = start("start.ts", ["--yes"], withKey(url));
      const result = resultOf(child);
      let out = "";
      await new Promise<void>((resolve) => {
        child.stdout.on("data", (chunk) => {
          out += chunk;
          if (/requests in msgbatch_/.test(out)) resolve();
        });
        child.on("exit", () => resolve());
      });
      child.kill("SIGINT");
      return { ...(await result), id: /requests in (msgbatch_\w+)/.exec(out)?.[1] ?? "" };
    };

    test("Ctrl-C cancels the batch, and no more than the stated maximum was spent", async () => {
      const server = await startApi({});
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
      const server = await startApi({ "POST .*/cancel$": refusal(400, "invalid_request_error") });
      const { code, err, id } = await interrupt(server.url);
      expect(code).toBe(130);
      expect(err).toContain("The batch could not be canceled: ApiError: The API returned 400");
      expect(err).toContain(
        `The batch ${id} continues. Cancel it: npm run try -- cancelBatch --batchId ${id}\n`,
      );
    });

    test("exits with 1 and stops if a step fails or the key is refused later", async () => {
      const failing = await startApi({
        "POST .*/batches$": refusal(400, "invalid_request_error", "No batches."),
      });
      const refusing = await startApi({
        "POST .*/messages$": refusal(401, "authentication_error"),
      });
      const [failed, refused] = await Promise.all(
        [failing, refusing].map(({ url }) => runWith(withKey(url), "start.ts", "--yes")),
      );
      expect(failed).toMatchObject({
        code: 1,
        out: expect.stringContaining("ApiError: The API returned 400 invalid_request_error: No"),
        err: "1 of the steps failed. See their errors above.\n",
      });
      expect(refused).toMatchObject({
        code: 1,
        err: oneLine(".* does not accept ANTHROPIC_API_KEY .*"),
      });
      expect(refusing.requests.filter(({ path }) => path === "/v1/messages")).toHaveLength(1);
    });
  });
});

describe("npm run try", () => {
  test("without arguments lists the actions, data sources and triggers", async () => {
    const { code, out } = await tryIt();
    expect(code).toBe(0);
    const { actions, dataSources } = component;
    for (const key of Object.keys({ ...actions, ...dataSources }))
      expect(out).toContain(`  ${key} `);
    const words = out.replace(/\s+/g, " ");
    for (const [key, { display }] of Object.entries(component.triggers))
      expect(words).toContain(`${key} (${display.label})`);
  });

  test("keys and labels of steps, and of the options of a step, are unique", () => {
    const repeated = (names: string[]) =>
      names.map(fold).filter((name, index, all) => all.indexOf(name) !== index);
    expect(repeated(steps.map(({ key }) => key))).toEqual([]);
    expect(repeated(steps.map(({ label }) => label))).toEqual([]);
    for (const step of steps) {
      expect(repeated(optionsOf(step).map(({ name }) => name))).toEqual([]);
      const labels = optionsOf(step).map(({ input, group }) => (group?.label ?? "") + input.label);
      expect(repeated(labels)).toEqual([]);
    }
  });

  test("accepts labels and keys, in any case, for steps and options", async () => {
    const fields = JSON.stringify([
      { Name: "number", type: "text" },
      { name: "date", type: "date" },
      { name: "total", type: "number" },
    ]);
    const invoice = "invoice.pdf=@dev/samples/invoice.pdf";
    const runs = await Promise.all([
      tryIt("Extract Data", "--attachments", invoice, "--Fields", fields),
      tryIt("CHAT", "--Message", "Hi", "--max-retries=0", "--Stop Sequences", "END", "STOP"),
      tryIt("select-model"),
      tryIt("raw-request", "--METHOD", "get", "--query-parameter", "limit=1"),
    ]);
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const [extracted, chat, models, raw] = runs.map(({ out }) => JSON.parse(out));
    expect(extracted.json).toEqual({ number: "1042", date: "2026-11-20", total: 118.5 });
    expect(runs[0]?.err).toContain("\nBranch: Ok\n");
    expect(chat.attempts).toBe(1);
    expect(models[0]).toHaveProperty("label");
    expect(raw.data).toHaveLength(1);
  });

  test("suggests the nearest names, and says what a trigger is", async () => {
    const runs = await Promise.all([
      tryIt("chta"),
      tryIt("chat", "--mesage", "Hi"),
      tryIt("rawRequest", "--method", "DELTE"),
      tryIt("Batch Ended"),
      tryIt("chat", "Hello"),
    ]);
    expect(runs.map(({ err }) => err)).toEqual([
      oneLineOf("There is no action chta. Did you mean chat? npm run try lists all actions."),
      oneLineOf(
        "Chat has no option --mesage. Did you mean --message? npm run try -- chat --help lists its options.",
      ),
      oneLineOf(
        "--method must be one of GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS, but was DELTE. Did you mean DELETE?",
      ),
      oneLineOf("Batch Ended is a trigger. It starts a flow and is not run here."),
      oneLineOf(
        "The value Hello belongs to no option. Options follow two dashes: npm run try -- chat --help",
      ),
    ]);
    expect(runs.map(({ code }) => code)).toEqual([1, 1, 1, 1, 1]);
  });

  test("names the option in errors of its value", async () => {
    const shape = `It must be a list of rows, such as '[{"name": "Total", "type": "number"}]'.`;
    const expected: [string[], string][] = [
      [["--fields", "[{name: 1}]"], `--fields is not valid JSON: error at .* ${escaped(shape)}`],
      [["--fields", "{}"], `--fields is not a list of rows. ${escaped(shape)}`],
      [
        ["--fields", '[{"nam": 1}]'],
        `--fields has an unknown field nam in row 1. Did you mean name.*`,
      ],
      [
        ["--attachments", "a.pdf=@no.pdf"],
        "--attachments: the file no.pdf does not exist. A value that starts with @ is .*",
      ],
      [
        ["--jsonSchema", "{no"],
        "InputError: JSON Schema must be valid JSON.* Option: --jsonSchema",
      ],
      [[], `InputError: Fields is required.* Options: --fields '.*', --jsonSchema`],
    ];
    await Promise.all(
      expected.map(async ([args, line]) => {
        const { code, err } = await tryIt("extractData", "--text", "Hi", ...args);
        expect(code).toBe(1);
        expect(err.replace(/^Using an emulator.*\n/, "")).toMatch(oneLine(line));
      }),
    );
  });

  test("--debug shows the stack of an error", async () => {
    const args = ["chat", "--message", "Hi", "--maxTokens", "lots"];
    const [short, long] = await Promise.all([tryIt(...args), tryIt(...args, "--debug")]);
    expect(short.err).not.toContain("    at ");
    expect(long.err).toContain("    at ");
  });

  test("Run Agent calls the sample flows", async () => {
    const flows = JSON.stringify([{ flow: "Find Order" }, { flow: "Refund Order" }]);
    const task = "My order A-1042 never came.";
    const { out, err } = await tryIt("runAgent", "--task", task, "--flows", flows);
    expect(err).toContain("Branch: Done");
    expect(JSON.parse(out).steps).toMatchObject([{ tool: "Find_Order" }, { tool: "Refund_Order" }]);
  });

  test("Memory keeps a conversation between runs", async () => {
    const chat = (...args: string[]) =>
      tryIt("chat", "--message", "Hi", "--memory-key", memoryKey, ...args);
    const first = await chat();
    const second = await chat();
    const turns = [first, second].map(({ out }) => JSON.parse(out).conversation.length);
    expect(turns).toEqual([2, 4]);
    await chat("--forget", "--turns-kept", "0");
    const kept = readFileSync(path.join(root, "node_modules/.cache/state.json"), "utf8");
    expect(kept).not.toContain(memoryKey);
  });

  test("reads files of unknown types as binary data", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "try-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = path.join(folder, "data.unknown");
    writeFileSync(file, Buffer.from([0xff, 0xfe, 0x00, 0x80]));
    const { out } = await tryIt("uploadFile", "--file", `@${file}`, "--fileName", "data.unknown");
    expect(JSON.parse(out)).toMatchObject({ size_bytes: 4 });
  });

  test("is quiet if its output is closed early", async () => {
    const child = start("try.ts", ["chat", "--message", "Hi"]);
    child.stdout.destroy();
    const [err, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
    expect(err).not.toMatch(/EPIPE|Error/);
    expect(code).toBe(0);
  });

  test("another host requires an authentication, and never gets ANTHROPIC_API_KEY", async () => {
    const server = await startServer(streamed("Hi."));
    const chat = (...args: string[]) =>
      resultOf(
        start("try.ts", ["chat", "--message", "Hi", ...args], { ANTHROPIC_API_KEY: "sk-test" }),
      );
    const [asked, alone, empty] = await Promise.all([
      chat("--connection.baseUrl", server.url),
      chat("--connection.credential", "key-1"),
      chat("--connection.baseUrl", server.url, "--connection.authentication", "bearer"),
    ]);
    expect(asked).toMatchObject({
      code: 1,
      err: oneLine(
        "--connection.authentication is required: .* bearer, x-api-key, header, none\\.",
      ),
    });
    expect(alone.err).toMatch(oneLine("--connection.credential requires --connection.baseUrl\\."));
    expect(empty.err).toMatch(/Credential is empty.* Options?: .*--connection.credential/);
    expect(server.requests).toEqual([]);
  });

  test("runs an action with group, list and key-value inputs", async () => {
    const chat = await run(
      "try.ts",
      "chat",
      "--initialMessage",
      "Hi",
      "--requestOptions.maxRetries",
      "0",
    );
    expect(JSON.parse(chat.out)).toMatchObject({
      text: "This is the emulator's default reply.",
      attempts: 1,
    });
    const models = await run(
      "try.ts",
      "rawRequest",
      "--method",
      "GET",
      "--queryParams",
      "limit=1",
      "after_id=claude-fable-5-2",
    );
    expect(JSON.parse(models.out).data).toMatchObject([{ id: "claude-haiku-5-5" }]);
  });

  test("--connection options set the host and the authentication", async () => {
    const server = await startServer(streamed("Hi."));
    const chat = (...connection: string[]) =>
      run(
        "try.ts",
        "chat",
        "--initialMessage",
        "Hi",
        "--connection.baseUrl",
        server.url,
        ...connection,
      );
    await chat("--connection.apiKey", "key-1");
    await chat("--connection.credential", "key-2");
    await chat("--connection.authentication", "none", "--connection.headers", "x-a: b");
    const header = ["--connection.authentication", "header", "--connection.headerName", "x-key"];
    await chat(...header, "--connection.credential", "key-3");
    expect(
      server.requests.map(({ headers }) => [
        headers["x-api-key"],
        headers.authorization,
        headers["x-a"],
        headers["x-key"],
      ]),
    ).toEqual([
      ["key-1", undefined, undefined, undefined],
      [undefined, "Bearer key-2", undefined, undefined],
      [undefined, undefined, "b", undefined],
      [undefined, undefined, undefined, "key-3"],
    ]);
  });

  test("continues a saved conversation, with tools, attachments and a JSON schema", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "try-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const saved = path.join(folder, "response.json");
    const chat = (...args: string[]) => run("try.ts", "chat", ...args);
    const tools = ["--tools.definitions", "@dev/samples/tools.json"];
    await chat("--initialMessage", "How warm is it in Bonn?", ...tools, "--save", saved);
    const [{ id } = { id: "" }] = JSON.parse(readFileSync(saved, "utf8")).toolCalls;
    const warm = await chat(
      "--conversation",
      `@${saved}`,
      ...tools,
      "--tools.toolResults",
      `${id}=21`,
    );
    expect(JSON.parse(warm.out).text).toBe("It is 21 °C in Bonn.");
    const invoice = await chat(
      "--initialMessage",
      "Read this invoice.",
      "--attachments",
      "invoice.pdf=@dev/samples/invoice.pdf",
      "--output.jsonSchema",
      "@dev/samples/invoice.schema.json",
      "--output.stopSequences",
      "END",
    );
    expect(JSON.parse(invoice.out)).toMatchObject({
      json: { number: "1042", total: 118.5 },
      warnings: [],
    });
  });

  test("@FILE reads an input from a file, and --save writes the output to a file", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "try-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const [input, output] = [path.join(folder, "in.json"), path.join(folder, "out.json")];
    writeFileSync(
      input,
      '{"model": "claude-opus-5-5", "messages": [{"role": "user", "content": "Hello"}]}',
    );
    const { out, err } = await run(
      "try.ts",
      "rawRequest",
      "--method",
      "POST",
      "--url",
      "/messages/count_tokens",
      "--data",
      `@${input}`,
      "--save",
      output,
    );
    expect(err).not.toContain("Error");
    expect(out).toBe("");
    expect(JSON.parse(readFileSync(output, "utf8"))).toHaveProperty("input_tokens");
  });

  test("exits with 1 and an error for a missing, invalid or unknown input", async () => {
    expect(await run("try.ts", "rawRequest")).toMatchObject({
      code: 1,
      err: expect.stringContaining("--method is required"),
    });
    expect(
      await run("try.ts", "chat", "--initialMessage", "Hi", "--maxTokens", "lots"),
    ).toMatchObject({
      code: 1,
      err: expect.stringContaining("InputError: Max Tokens must be a whole number"),
    });
    expect(await run("try.ts", "chat", "--mesage", "Hi")).toMatchObject({
      code: 1,
      err: expect.stringContaining("Chat has no option --mesage"),
    });
  });
});
