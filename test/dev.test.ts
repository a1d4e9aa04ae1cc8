/** The commands `npm start` and `npm run try`, without the step that installs and builds. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { component } from "./support/component";
import { startServer, streamed } from "./support/server";

const root = path.resolve(import.meta.dirname, "..");

/** Runs a script without a terminal or an API key, and returns its exit code and output. */
const run = (script: string, ...args: string[]) =>
  new Promise<{ code: number; out: string; err: string }>((resolve) => {
    const { ANTHROPIC_API_KEY, ...env } = process.env;
    const child = execFile(
      path.join(root, "node_modules/.bin/tsx"),
      [path.join(root, "dev", script), ...args],
      { cwd: root, env: { ...env, NO_COLOR: "1" } },
      (_, out, err) => resolve({ code: child.exitCode ?? 1, out, err }),
    );
    child.stdin?.end();
  });

test("npm start prints the output that the README shows", async () => {
  const { code, out } = await run("start.ts");
  expect(code).toBe(0);
  const readme = readFileSync(path.join(root, "README.md"), "utf8");
  const shown = /```text\n(Claude in a flow.*?)```/s.exec(readme)?.[1] ?? "";
  const lines = shown.split("\n").filter((line) => line.trim() !== "" && !line.includes("…"));
  expect(lines.length).toBeGreaterThan(15);
  // IDs and waits differ between runs.
  const steady = (text: string) => text.replace(/req_[\w-]+/g, "req_").replace(/\d\.\d s/g, "x s");
  for (const line of lines) expect(steady(out)).toContain(steady(line));
});

describe("npm run try", () => {
  test("without arguments lists the actions", async () => {
    const { code, out } = await run("try.ts");
    expect(code).toBe(0);
    for (const key of Object.keys(component.actions)) expect(out).toContain(`  ${key} `);
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
      err: expect.stringContaining("unknown option '--mesage'"),
    });
  });
});
