import fc from "fast-check";
import { expect, test } from "vitest";
import type { ResponseBody } from "../../src/client/body";
import { readEvents } from "../../src/client/events";
import { cutsOf, piecesOf } from "../support/pieces";
import { runs } from "../support/runs";

const eventsOf = async (pieces: Buffer[]) => {
  const body = {
    pieces: (async function* () {
      yield* pieces;
    })(),
    alive: () => undefined,
    secrets: [],
  } as unknown as ResponseBody;
  const events: string[] = [];
  await readEvents(body, (data) => events.push(data));
  return events;
};

const text = fc.string({ unit: "grapheme" }).map((line) => line.replace(/[\r\n]/g, ""));

test("lines that end with \\r alone are events too, the last one as soon as it is there", async () => {
  expect(await eventsOf([Buffer.from("data: a\r\rdata: b\r\r")])).toEqual(["a", "b"]);
  const pieces = ["data: a\n\r", "data: b"].map((piece) => Buffer.from(piece));
  expect(await eventsOf(pieces)).toEqual(["a"]);
  // Without a blank line after it, an event is not whole.
  expect(await eventsOf([Buffer.from("data: a\r")])).toEqual([]);
});

test("events come out as they went in, whatever ends their lines and wherever they are cut", async () => {
  const event = fc.record({ data: fc.array(text, { minLength: 1, maxLength: 3 }), comment: text });
  const end = fc.constantFrom("\n", "\r\n", "\r");
  await fc.assert(
    fc.asyncProperty(
      fc.array(event),
      end,
      fc.boolean(),
      cutsOf,
      async (events, end, mark, cuts) => {
        const lines = events.flatMap(({ data, comment }) => [
          `: ${comment}`,
          "event: a",
          ...data.map((line) => `data: ${line}`),
          "",
        ]);
        const stream = (mark ? "\ufeff" : "") + lines.map((line) => line + end).join("");
        const read = await eventsOf(piecesOf(Buffer.from(stream), cuts));
        const sent = events.map(({ data }) => data.join("\n"));
        expect(read).toEqual(sent);
      },
    ),
    runs(),
  );
});

test("any bytes are the same events, wherever they are cut", async () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom("data", "data: a\n", "\n", "\n\n", "\r", ":", " ", "\ufeff", "🙂", "id: 1\n")
      .map((piece) => Buffer.from(piece)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(noise), cutsOf, async (parts, cuts) => {
      const bytes = Buffer.concat(parts);
      expect(await eventsOf(piecesOf(bytes, cuts))).toEqual(await eventsOf([bytes]));
    }),
    runs(300),
  );
});
