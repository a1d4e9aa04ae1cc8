/** Large request bodies, which are streamed, and response bodies. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { batchExample } from "../../src/claude/batches/schema";
import { type ResponseBody, readBytes, readJson } from "../../src/client/body";
import { chunksOf, splitPoints } from "../support/chunks";
import { gatewayTo, run } from "../support/component";
import { runs } from "../support/propertyRuns";
import { eventStream, refusal, startServer, streamed, textEvents } from "../support/server";

const long = (text: string) => text.repeat(Math.ceil(1_500_000 / text.length));

test("long texts are sent unchanged with Content-Length, and again on retry", async () => {
  const first = `${long('"\\\n\u2028 ü🙂 ')}end`;
  const plain = long("TWFu+/09");
  const second = `x${long("🙂")}`;
  const server = await startServer(
    refusal(529, "overloaded_error", "Overloaded", { "retry-after-ms": "1" }),
    streamed("Hi."),
  );
  await run("chat", server, {
    initialMessage: second,
    attachments: [
      { key: "a.txt", value: first },
      { key: "b.txt", value: "short" },
      { key: "c.txt", value: `${plain}~` },
    ],
  });
  const content = [first, "short", `${plain}~`].map((data, index) => ({
    type: "document",
    source: { type: "text", media_type: "text/plain", data },
    title: `${"abc"[index]}.txt`,
  }));
  expect(server.requests).toHaveLength(2);
  for (const { json, headers, raw } of server.requests) {
    expect(json).toEqual({
      model: "claude-sonnet-5-5",
      max_tokens: 16_000,
      messages: [{ role: "user", content: [...content, { type: "text", text: second }] }],
      stream: true,
    });
    // Some hosts reject a body of unknown length.
    expect(headers["content-type"]).toBe("application/json");
    expect(headers["content-length"]).toBe(String(raw.length));
    expect(headers["transfer-encoding"]).toBeUndefined();
  }
});

test("non-ASCII headers are encoded the same way for long and short bodies", async () => {
  const server = await startServer(streamed("Hi."));
  const connection = gatewayTo(server.url, { headers: "x-team: Müller" });
  for (const initialMessage of ["short", long("x")]) {
    await run("chat", server, { connection, initialMessage });
  }
  const teams = server.requests.map(({ headers }) => headers["x-team"]);
  expect(teams).toEqual(["Müller", "Müller"]);
});

test("ignores a BOM before a stream, even when it is split across chunks", async () => {
  const [start, ...rest] = textEvents("Hi.");
  const bytes = Buffer.from(`\ufeffdata: ${JSON.stringify(start)}\n\n${eventStream(rest)}`);
  const server = await startServer(async (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const chunk of [bytes.subarray(0, 1), bytes.subarray(1, 2), bytes.subarray(2)]) {
      response.write(chunk);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    response.end();
  });
  expect(await run("chat", server, { initialMessage: "Hi" })).toMatchObject({
    id: "msg_1",
    text: "Hi.",
    usage: { input_tokens: 10 },
  });
});

test("ignores a BOM before JSON", async () => {
  const server = await startServer({ body: `\ufeff${JSON.stringify(batchExample)}` });
  expect(await run("getBatch", server, { batchId: "a" })).toEqual(batchExample);
});

test.each(["999999999999999", "2", "-1", "soon", undefined])(
  "readBytes ignores an incorrect Content-Length: %s",
  async (length) => {
    const headers = length === undefined ? {} : { "content-length": length };
    const chunks = async function* () {
      for (const text of ["complete", "", " ", "body"]) yield Buffer.from(text);
    };
    const body = { headers, chunks: chunks(), resetStallTimer: () => undefined };
    expect(String(await readBytes(body as unknown as ResponseBody))).toBe("complete body");
  },
);

const responseOf = (...texts: string[]) => {
  const chunks = async function* () {
    for (const text of texts) yield Buffer.from(text);
  };
  const headers = { "request-id": "req_1" };
  const body = {
    status: 200,
    headers,
    chunks: chunks(),
    resetStallTimer: () => undefined,
    secrets: [],
  };
  return body as unknown as ResponseBody;
};

test("readBytes rejects a response longer than the maximum", async () => {
  const maximum = 2_000_000;
  const chunk = "x".repeat(1_000_000);
  expect(await readBytes(responseOf(chunk, chunk), maximum)).toHaveLength(maximum);
  await expect(readBytes(responseOf(chunk, chunk, "x"), maximum)).rejects.toMatchObject({
    reason: { code: "response_too_large", megabytes: 2 },
    type: "invalid_response",
    status: 200,
    requestId: "req_1",
  });
});

test("readJson quotes the first 100 characters of a response that is not JSON", async () => {
  await expect(readJson(responseOf("<html>", "x".repeat(5_000)))).rejects.toMatchObject({
    reason: { code: "not_json", start: `"<html>${"x".repeat(94)}"` },
    type: "invalid_response",
  });
});

test("an unpaired surrogate is sent as U+FFFD", async () => {
  const server = await startServer(streamed("Hi."));
  await run("chat", server, { initialMessage: "cut \ud83d" });
  expect(server.request().json).toMatchObject({
    messages: [{ role: "user", content: "cut \ufffd" }],
  });
});

test("readJson parses any JSON, however it is split and whatever its Content-Length", async () => {
  const length = fc.oneof(fc.nat(100).map(String), fc.constantFrom("", "-1", "1e9", "soon"));
  await fc.assert(
    fc.asyncProperty(fc.json(), splitPoints, length, async (json, cuts, length) => {
      const chunks = async function* () {
        yield* chunksOf(Buffer.from(json), cuts);
      };
      const headers = { "content-length": length };
      const body = { headers, chunks: chunks(), resetStallTimer: () => undefined };
      expect(await readJson(body as unknown as ResponseBody)).toEqual(JSON.parse(json));
    }),
    runs(),
  );
});
