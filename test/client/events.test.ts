import fc from "fast-check";
import { expect, test } from "vitest";
import type { ResponseBody } from "../../src/client/body";
import { readEvents } from "../../src/client/events";
import { chunksOf, splitPoints } from "../support/chunks";
import { runs } from "../support/propertyRuns";

const eventsOf = async (chunks: Buffer[]) => {
  const body = {
    chunks: (async function* () {
      yield* chunks;
    })(),
    resetStallTimer: () => undefined,
    secrets: [],
  } as unknown as ResponseBody;
  const events: string[] = [];
  await readEvents(body, (data) => events.push(data));
  return events;
};

const text = fc.string({ unit: "grapheme" }).map((line) => line.replace(/[\r\n]/g, ""));

test("accepts \\r as a line ending and emits each event as soon as it is complete", async () => {
  expect(await eventsOf([Buffer.from("data: a\r\rdata: b\r\r")])).toEqual(["a", "b"]);
  const chunks = ["data: a\n\r", "data: b"].map((chunk) => Buffer.from(chunk));
  expect(await eventsOf(chunks)).toEqual(["a"]);
  // An event without a blank line after it is incomplete.
  expect(await eventsOf([Buffer.from("data: a\r")])).toEqual([]);
});

test("reads any events, with any line ending and split anywhere", async () => {
  const event = fc.record({ data: fc.array(text, { minLength: 1, maxLength: 3 }), comment: text });
  const end = fc.constantFrom("\n", "\r\n", "\r");
  await fc.assert(
    fc.asyncProperty(
      fc.array(event),
      end,
      fc.boolean(),
      splitPoints,
      async (events, end, mark, cuts) => {
        const lines = events.flatMap(({ data, comment }) => [
          `: ${comment}`,
          "event: a",
          ...data.map((line) => `data: ${line}`),
          "",
        ]);
        const stream = (mark ? "\ufeff" : "") + lines.map((line) => line + end).join("");
        const read = await eventsOf(chunksOf(Buffer.from(stream), cuts));
        const sent = events.map(({ data }) => data.join("\n"));
        expect(read).toEqual(sent);
      },
    ),
    runs(),
  );
});

test("any bytes give the same events, split anywhere", async () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom("data", "data: a\n", "\n", "\n\n", "\r", ":", " ", "\ufeff", "🙂", "id: 1\n")
      .map((part) => Buffer.from(part)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(noise), splitPoints, async (parts, cuts) => {
      const bytes = Buffer.concat(parts);
      expect(await eventsOf(chunksOf(bytes, cuts))).toEqual(await eventsOf([bytes]));
    }),
    runs(300),
  );
});
