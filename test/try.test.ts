/** `npm run try`. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import { optionsOf } from "../dev/try/options";
import { steps } from "../dev/try/steps";
import { fold } from "../src/wording/suggest";
import { oneLine, resultOf, root, start } from "./support/command";
import { component } from "./support/component";
import { startServer, streamed } from "./support/server";

const tryIt = (...args: string[]) => resultOf(start("try.ts", args));

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

const line = (text: string) => `${text}\n`;

/** The state of a person, which `npm run try` keeps, stays as it is. */
const memoryKey = `test-${process.pid}`;

test("without arguments lists the actions, data sources and triggers", async () => {
  const { code, out } = await tryIt();
  expect(code).toBe(0);
  const { actions, dataSources } = component;
  for (const key of Object.keys({ ...actions, ...dataSources })) expect(out).toContain(`  ${key} `);
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
    line("chta is not an action. Did you mean chat? npm run try lists all actions."),
    line(
      "Chat has no option --mesage. Did you mean --message? npm run try -- chat --help lists its options.",
    ),
    line(
      "--method must be one of GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS, but was DELTE. Did you mean DELETE?",
    ),
    line("Batch Ended is a trigger. It starts a flow and is not run here."),
    line(
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
    [["--jsonSchema", "{no"], "InputError: JSON Schema must be valid JSON.* Option: --jsonSchema"],
    [[], `InputError: Fields is required.* Options: --fields '.*', --jsonSchema`],
  ];
  await Promise.all(
    expected.map(async ([args, line]) => {
      const { code, err } = await tryIt("extractData", "--text", "Hi", ...args);
      expect(code).toBe(1);
      expect(err.replace(/^Using an emulator.*\n/, "")).toEqual(oneLine(line));
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
  const task = "My order A-1042 never came. Look it up and refund it if it is lost.";
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
    err: oneLine("--connection.authentication is required: .* bearer, x-api-key, header, none\\."),
  });
  expect(alone.err).toEqual(oneLine("--connection.credential requires --connection.baseUrl\\."));
  expect(empty.err).toMatch(/Credential is empty.* Options?: .*--connection.credential/);
  expect(server.requests).toEqual([]);
});

test("runs an action with group, list and key-value inputs", async () => {
  const chat = await tryIt("chat", "--initialMessage", "Hi", "--requestOptions.maxRetries", "0");
  expect(JSON.parse(chat.out)).toMatchObject({
    text: "The emulator received: Hi",
    attempts: 1,
  });
  const models = await tryIt(
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
    tryIt("chat", "--initialMessage", "Hi", "--connection.baseUrl", server.url, ...connection);
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
  const chat = (...args: string[]) => tryIt("chat", ...args);
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
  expect(JSON.parse(warm.out).text).toBe("Get temperature for Bonn returned 21.");
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
  const { out, err } = await tryIt(
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
  expect(await tryIt("rawRequest")).toMatchObject({
    code: 1,
    err: expect.stringContaining("--method is required"),
  });
  expect(await tryIt("chat", "--initialMessage", "Hi", "--maxTokens", "lots")).toMatchObject({
    code: 1,
    err: expect.stringContaining("InputError: Max Tokens must be a whole number"),
  });
  expect(await tryIt("chat", "--mesage", "Hi")).toMatchObject({
    code: 1,
    err: expect.stringContaining("Chat has no option --mesage"),
  });
});

const guide = (name: string) => readFileSync(path.join(root, "docs/guides", name), "utf8");

/** The commands in the code blocks of a text. One may have several lines. */
const commandsIn = (text: string): string[] =>
  [...text.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block = ""]) =>
    block.split(/^(?=npm run try )/m).filter((command) => command.startsWith("npm run try ")),
  );

/**
 * Runs commands one after the other in a shell, in a folder with the files of the repository. `ID` is the
 * ID that an earlier one printed.
 */
const inShell = async (commands: readonly string[]) => {
  const folder = mkdtempSync(path.join(tmpdir(), "try-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const name of ["dev", "assets", "node_modules"])
    symlinkSync(path.join(root, name), path.join(folder, name));
  const { ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL, ...env } = process.env;
  const results: { code: number | null; out: string; err: string }[] = [];
  let id = "";
  for (const command of commands) {
    const script = command
      .replace("npm run try --", `"${process.execPath}" --import tsx "${root}/dev/try.ts"`)
      .replace(/\bID\b/, id)
      .replaceAll("user-1042", memoryKey);
    const result = await resultOf(spawn("sh", ["-c", script], { cwd: folder, env }));
    id = /"id": "((?:msgbatch|file)_\w+)"/.exec(result.out)?.[1] ?? id;
    results.push(result);
  }
  return results;
};

describe("the commands of the guides run", () => {
  const sections = guide("recipes.md").split(/^## /m).slice(1);
  const recipes = Object.fromEntries(
    sections.map((section) => [section.split("\n")[0], commandsIn(section)]),
  );

  /** What the last command of a recipe prints, in part: its branch and its output. */
  const expected: Record<string, { branch?: string; output: object }> = {
    "Summarize an e-mail": { output: { ok: true, text: expect.stringContaining("summary") } },
    "Remember over several executions": { output: { memory: { turns: 0 } } },
    "From CSV to a batch and back": {
      output: {
        results: [
          { id: "A-1042", row: 1, result: { text: "good" } },
          { id: "A-1043", row: 2, result: { text: "bad" } },
        ],
      },
    },
    "Search the web, with sources": {
      output: { sources: [{ url: expect.any(String), title: expect.any(String) }, {}] },
    },
    "Let Claude use the CRM": { branch: "Done", output: { steps: [{}, {}] } },
    "Limit what is spent": { output: { fits: true, cost: { total: expect.any(Number) } } },
    "Records from invoices, with review": {
      branch: "Review",
      output: { json: { number: "1042", dueDate: null }, review: ["dueDate"] },
    },
    "Route a message": { branch: "Billing", output: { branch: "Billing" } },
    "Translate a list": {
      branch: "Done",
      output: {
        results: [
          { id: "P-1", ok: true },
          { id: "P-2", ok: true },
        ],
        failed: [],
      },
    },
    "Compare two documents": { output: { json: { changes: [] }, warnings: [] } },
    "Describe an image": { output: { text: expect.stringContaining("256 × 256") } },
    "Use a large file many times": {
      output: { conversation: [{}, {}, {}, {}], warnings: [] },
    },
    "Continue after a failure": {
      output: { ok: false, text: "No summary", error: { code: "overloaded", retryable: true } },
    },
  };

  test("every recipe has commands", () => {
    expect(Object.keys(recipes)).toEqual(Object.keys(expected));
    for (const commands of Object.values(recipes)) expect(commands).not.toEqual([]);
  });

  test.each(Object.entries(expected))("%s", async (title, { branch, output }) => {
    const results = await inShell(recipes[title] ?? []);
    expect(results.map(({ code, err }) => [code, code ? err : ""])).toEqual(
      results.map(() => [0, ""]),
    );
    const { out = "", err = "" } = results.findLast(({ out }) => out !== "") ?? {};
    expect(JSON.parse(out)).toMatchObject(output);
    expect(/^Branch: (.*)$/m.exec(err)?.[1]).toBe(branch);
  });

  test("first-flow.md", async () => {
    const [result] = await inShell(commandsIn(guide("first-flow.md")));
    expect(JSON.parse(result?.out ?? "")).toMatchObject({ ok: true, warnings: [] });
  });
});
