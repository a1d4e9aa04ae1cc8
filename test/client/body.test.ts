/** Large bodies, which are written while they are sent, and the first bytes of streams. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { batchExample } from "../../src/claude/batches/schema";
import { type ResponseBody, readBytes, readJson } from "../../src/client/body";
import { gatewayTo, run } from "../support/component";
import { cutsOf, piecesOf } from "../support/pieces";
import { runs } from "../support/runs";
import { eventStream, refusal, startServer, streamed, textEvents } from "../support/server";

const long = (text: string) => text.repeat(Math.ceil(1_500_000 / text.length));

test("long texts arrive as they are, each in its place, and again with a retry", async () => {
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
      max_tokens: 4096,
      messages: [{ role: "user", content: [...content, { type: "text", text: second }] }],
      stream: true,
    });
    // Not every host takes a body of unknown length.
    expect(headers["content-type"]).toBe("application/json");
    expect(headers["content-length"]).toBe(String(raw.length));
    expect(headers["transfer-encoding"]).toBeUndefined();
  }
});

test("headers are the same bytes beside a long text and a short one", async () => {
  const server = await startServer(streamed("Hi."));
  const connection = gatewayTo(server.url, { headers: "x-team: Müller" });
  for (const initialMessage of ["short", long("x")]) {
    await run("chat", server, { connection, initialMessage });
  }
  const teams = server.requests.map(({ headers }) => headers["x-team"]);
  expect(teams).toEqual(["Müller", "Müller"]);
});

test("a mark of the byte order before a stream does no harm, whatever pieces it comes in", async () => {
  const [start, ...rest] = textEvents("Hi.");
  const bytes = Buffer.from(`\ufeffdata: ${JSON.stringify(start)}\n\n${eventStream(rest)}`);
  const server = await startServer(async (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const piece of [bytes.subarray(0, 1), bytes.subarray(1, 2), bytes.subarray(2)]) {
      response.write(piece);
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

test("a mark of the byte order before JSON does no harm", async () => {
  const server = await startServer({ body: `\ufeff${JSON.stringify(batchExample)}` });
  expect(await run("getBatch", server, { batchId: "a" })).toEqual(batchExample);
});

test.each(["999999999999999", "2", "-1", "soon", undefined])(
  "an answer that announces %s bytes is as long as it is",
  async (length) => {
    const headers = length === undefined ? {} : { "content-length": length };
    const pieces = async function* () {
      for (const text of ["whole", "", " ", "answer"]) yield Buffer.from(text);
    };
    const body = { headers, pieces: pieces(), alive: () => undefined };
    expect(String(await readBytes(body as unknown as ResponseBody))).toBe("whole answer");
  },
);

const answerOf = (...texts: string[]) => {
  const pieces = async function* () {
    for (const text of texts) yield Buffer.from(text);
  };
  const headers = { "request-id": "req_1" };
  const body = { status: 200, headers, pieces: pieces(), alive: () => undefined, secrets: [] };
  return body as unknown as ResponseBody;
};

test("an answer may be as long as a step can hold, and no byte longer", async () => {
  const most = 2_000_000;
  const piece = "x".repeat(1_000_000);
  expect(await readBytes(answerOf(piece, piece), most)).toHaveLength(most);
  await expect(readBytes(answerOf(piece, piece, "x"), most)).rejects.toMatchObject({
    message: "The answer is longer than 2 MB.",
    type: "invalid_response",
    status: 200,
    requestId: "req_1",
  });
});

test("an answer that is no JSON is shown by its first 100 characters", async () => {
  await expect(readJson(answerOf("<html>", "x".repeat(5_000)))).rejects.toMatchObject({
    message: `The answer is not JSON but begins with "<html>${"x".repeat(94)}".`,
    type: "invalid_response",
  });
});

test("half an emoji, where a text was cut, becomes the sign for it", async () => {
  const server = await startServer(streamed("Hi."));
  await run("chat", server, { initialMessage: "cut \ud83d" });
  expect(server.request().json).toMatchObject({
    messages: [{ role: "user", content: "cut \ufffd" }],
  });
});

test("any JSON comes out as it went in, wherever it is cut and whatever length is announced", async () => {
  const length = fc.oneof(fc.nat(100).map(String), fc.constantFrom("", "-1", "1e9", "soon"));
  await fc.assert(
    fc.asyncProperty(fc.json(), cutsOf, length, async (json, cuts, length) => {
      const pieces = async function* () {
        yield* piecesOf(Buffer.from(json), cuts);
      };
      const headers = { "content-length": length };
      const body = { headers, pieces: pieces(), alive: () => undefined };
      expect(await readJson(body as unknown as ResponseBody)).toEqual(JSON.parse(json));
    }),
    runs(),
  );
});
