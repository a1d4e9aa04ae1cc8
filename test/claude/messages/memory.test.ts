import type { MessageParam } from "@anthropic-ai/sdk/resources/messages";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keepTurns, unansweredResults } from "../../../src/claude/messages/memory";
import { runs } from "../../support/propertyRuns";

type Block = Record<string, unknown> & { type: string };

const text = fc.oneof(fc.string({ minLength: 1, maxLength: 40 }), fc.constant("é🙂".repeat(50)));
const textBlock = text.map((text): Block => ({ type: "text", text }));
const base64 = "QUJD".repeat(30);
const attachment = fc.constantFrom<Block>(
  { type: "image", source: { type: "base64", media_type: "image/png", data: base64 } },
  { type: "document", source: { type: "base64", media_type: "application/pdf", data: base64 } },
  { type: "document", source: { type: "file", file_id: "file_1" } },
);
const thinking = fc.constant<Block>({ type: "thinking", thinking: "Hm.", signature: "s" });

interface Turn {
  question: string | Block[];
  /** Rounds of tool calls before the reply. */
  rounds: { calls: number; before: Block }[];
  reply: string | Block[];
}

const turn: fc.Arbitrary<Turn> = fc.record({
  question: fc.oneof(
    text,
    fc.array(fc.oneof(attachment, textBlock), { minLength: 1, maxLength: 3 }),
  ),
  rounds: fc.array(fc.record({ calls: fc.integer({ min: 1, max: 3 }), before: thinking }), {
    maxLength: 3,
  }),
  reply: fc.oneof(text, fc.tuple(thinking, textBlock), fc.tuple(textBlock)),
});

let ids = 0;

const messagesOf = ({ question, rounds, reply }: Turn) => [
  { role: "user", content: question },
  ...rounds.flatMap(({ calls, before }) => {
    const names = Array.from({ length: calls }, () => `toolu_${ids++}`);
    const uses = names.map((id) => ({ type: "tool_use", id, name: "look", input: {} }));
    return [
      { role: "assistant", content: [before, ...uses] },
      {
        role: "user",
        content: names.map((id) => ({
          type: "tool_result",
          tool_use_id: id,
          content: [
            { type: "text", text: "found" },
            { type: "image", source: { type: "base64", media_type: "image/png", data: base64 } },
          ],
        })),
      },
    ];
  }),
  { role: "assistant", content: reply },
];

/** Turns, of which the last may lack its reply, or the results of its last calls. */
const conversation = fc
  .tuple(fc.array(turn, { maxLength: 8 }), fc.nat(3))
  .map(([turns, missing]): MessageParam[] => {
    const messages = turns.flatMap(messagesOf);
    return messages.slice(0, Math.max(messages.length - missing, 0)) as MessageParam[];
  });

const blocksOf = ({ content }: MessageParam): Block[] =>
  typeof content === "string" ? [] : (content as unknown as Block[]);

/** What the API refuses of a conversation. */
const faultsOf = (messages: readonly MessageParam[]): string[] =>
  messages.flatMap((message, index) => {
    const [before, after] = [messages[index - 1], messages[index + 1]];
    const of = (turn: MessageParam | undefined, type: string, key: string) =>
      turn ? blocksOf(turn).flatMap((block) => (block.type === type ? [block[key]] : [])) : [];
    const calls = of(message, "tool_use", "id");
    const results = of(message, "tool_result", "tool_use_id");
    const isSame = (a: unknown[], b: unknown[]) => JSON.stringify(a) === JSON.stringify(b);
    return [
      index === 0 && message.role !== "user" && "does not start with the user",
      before?.role === "assistant" && message.role === "assistant" && "two turns of Claude",
      message.content.length === 0 && "an empty turn",
      calls.length > 0 && !isSame(calls, of(after, "tool_result", "tool_use_id")) && "an open call",
      results.length > 0 && !isSame(results, of(before, "tool_use", "id")) && "a lost result",
    ].filter((fault) => fault !== false);
  });

const next = (kept: MessageParam[]): MessageParam[] => {
  const results = unansweredResults(kept, []);
  const question = { type: "text" as const, text: "And now?" };
  return [...kept, { role: "user", content: [...results, question] }];
};

describe("what is kept of any conversation", () => {
  test("is a history that the API takes with another message", () => {
    fc.assert(
      fc.property(
        conversation,
        fc.nat(6),
        fc.oneof(fc.nat(3_000), fc.constant(200_000)),
        (messages, maxTurns, maxBytes) => {
          const { messages: kept, turns } = keepTurns(messages, { maxTurns, maxBytes });
          expect(faultsOf(next(kept))).toEqual([]);
          expect(turns).toBeLessThanOrEqual(maxTurns);
          expect(Buffer.byteLength(JSON.stringify(kept))).toBeLessThanOrEqual(
            maxBytes + 2 + kept.length,
          );
          expect(JSON.stringify(kept)).not.toContain(base64);
        },
      ),
      runs(500),
    );
  });

  test("is its end, in whole turns that are unchanged but for attachments and thinking", () => {
    fc.assert(
      fc.property(conversation, fc.integer({ min: 1, max: 6 }), (messages, maxTurns) => {
        const {
          messages: kept,
          turns,
          turnsLeft,
        } = keepTurns(messages, {
          maxTurns,
          maxBytes: 10_000_000,
        });
        const isStart = ({ role, content }: MessageParam) =>
          role === "user" &&
          !blocksOf({ role, content }).some(({ type }) => type === "tool_result");
        const starts = messages.filter(isStart).length;
        const isOpen = messages.at(-1) !== undefined && isStart(messages.at(-1) as MessageParam);
        expect(turns + turnsLeft).toBe(starts - (isOpen ? 1 : 0));
        const end = isOpen ? messages.slice(0, -1) : messages;
        const given = end.slice(end.length - kept.length);
        const texts = (turn: MessageParam) =>
          typeof turn.content === "string"
            ? turn.content
            : blocksOf(turn).filter(
                ({ type }) => type !== "thinking" && type !== "image" && type !== "document",
              );
        for (const [index, turn] of given.entries()) {
          const found = kept[index];
          expect(found?.role).toBe(turn.role);
          if (typeof turn.content === "string") expect(found?.content).toBe(turn.content);
          else if (!JSON.stringify(turn.content).includes(base64)) {
            expect(texts(found as MessageParam)).toEqual(texts(turn));
          }
        }
      }),
      runs(300),
    );
  });
});

const user = (content: MessageParam["content"]): MessageParam => ({ role: "user", content });
const claude = (content: MessageParam["content"]): MessageParam => ({ role: "assistant", content });
const call = (id: string) => ({ type: "tool_use" as const, id, name: "look", input: {} });
const result = (id: string) => ({
  type: "tool_result" as const,
  tool_use_id: id,
  content: "found",
});

describe("turns", () => {
  const two = [user("a"), claude("1"), user("b"), claude("2")];

  test("above the number leave from the start", () => {
    expect(keepTurns(two, { maxTurns: 1, maxBytes: 1_000 })).toEqual({
      messages: [user("b"), claude("2")],
      turns: 1,
      turnsLeft: 1,
      attachmentsLeft: 0,
    });
  });

  test("above the size leave from the start, a last one that is too large too", () => {
    const large = [user("a"), claude("x".repeat(500)), user("b"), claude("2")];
    expect(keepTurns(large, { maxTurns: 9, maxBytes: 200 }).messages).toEqual(large.slice(2));
    const last = [user("a"), claude("1"), user("b"), claude("x".repeat(500))];
    expect(keepTurns(last, { maxTurns: 9, maxBytes: 200 }).messages).toEqual([]);
  });

  test("with tool calls stay whole", () => {
    const turn = [
      user("a"),
      claude([call("1"), call("2")]),
      user([result("1"), result("2")]),
      claude("Found."),
    ];
    expect(keepTurns([...two, ...turn], { maxTurns: 1, maxBytes: 10_000 }).messages).toEqual(turn);
  });

  test("without a reply are not kept", () => {
    expect(keepTurns([...two, user("c")], { maxTurns: 9, maxBytes: 1_000 }).messages).toEqual(two);
  });

  test("keep the thinking of an open call only", () => {
    const thought = { type: "thinking" as const, thinking: "Hm.", signature: "s" };
    const open = [
      user("a"),
      claude([thought, { type: "text", text: "1" }]),
      user("b"),
      claude([thought, call("1")]),
    ];
    expect(keepTurns(open, { maxTurns: 9, maxBytes: 10_000 }).messages).toEqual([
      user("a"),
      claude([{ type: "text", text: "1" }]),
      user("b"),
      claude([thought, call("1")]),
    ]);
  });
});

test("a call without a result gets an error as its result, one that has a result does not", () => {
  const messages = [user("a"), claude([call("1"), call("2")])];
  expect(unansweredResults(messages, [{ tool_use_id: "1" }])).toEqual([
    {
      type: "tool_result",
      tool_use_id: "2",
      content: "This call has no result.",
      is_error: true,
    },
  ]);
});
