import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { isRecord } from "./request";

/** A message of the API, as the emulator sends it. */
export interface ReplyMessage extends Record<string, unknown> {
  content: Record<string, unknown>[];
  stop_reason: string;
  stop_sequence: string | null;
  stop_details?: unknown;
  usage: Record<string, unknown> & { output_tokens: number };
}

type Event = { type: string } & Record<string, unknown>;

/** The number of characters in a delta. */
const deltaLength = 12;

/** Streams a message as the API does. @param delayMs Time between two deltas. */
export const streamMessage = async (
  response: ServerResponse,
  message: ReplyMessage,
  delayMs: number,
): Promise<void> => {
  let text = "";
  for (const event of eventsOf(message)) {
    text += `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
    if (event.type !== "content_block_delta" || delayMs === 0) continue;
    response.write(text);
    text = "";
    await sleep(delayMs);
    if (response.destroyed) return;
  }
  response.end(text);
};

/**
 * The events of a message.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/streaming
 */
export function* eventsOf(message: ReplyMessage): Generator<Event> {
  const { content, stop_reason, stop_sequence, stop_details, usage, ...rest } = message;
  const { input_transformations, ...start } = rest;
  yield {
    type: "message_start",
    message: {
      ...start,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      ...(input_transformations ? { input_transformations } : {}),
      usage: { ...usage, output_tokens: 1 },
    },
  };
  for (const [index, block] of content.entries()) {
    const { content_block, deltas } = startAndDeltas(block);
    yield { type: "content_block_start", index, content_block };
    if (index === 0) yield { type: "ping" };
    for (const delta of deltas) yield { type: "content_block_delta", index, delta };
    yield { type: "content_block_stop", index };
  }
  yield {
    type: "message_delta",
    delta: { stop_reason, stop_sequence, ...(stop_details ? { stop_details } : {}) },
    usage,
  };
  yield { type: "message_stop" };
}

/** A block as it is streamed. Blocks of results come whole. */
const startAndDeltas = (block: Record<string, unknown>) => {
  if (block.type === "thinking") {
    const { thinking, signature } = block;
    return {
      content_block: { ...block, thinking: "", signature: "" },
      deltas: [
        ...inParts(String(thinking)).map((part) => ({ type: "thinking_delta", thinking: part })),
        { type: "signature_delta", signature },
      ],
    };
  }
  if (block.type === "text") {
    const { text, citations } = block;
    return {
      content_block: { ...block, text: "", ...(Array.isArray(citations) ? { citations: [] } : {}) },
      deltas: [
        ...inParts(String(text)).map((part) => ({ type: "text_delta", text: part })),
        ...(Array.isArray(citations) ? citations : []).map((citation) => ({
          type: "citations_delta",
          citation,
        })),
      ],
    };
  }
  if (/tool_use$/.test(String(block.type)) && isRecord(block.input)) {
    const json = JSON.stringify(block.input);
    return {
      content_block: { ...block, input: {} },
      deltas: inParts(json).map((part) => ({ type: "input_json_delta", partial_json: part })),
    };
  }
  return { content_block: block, deltas: [] };
};

/** A text in parts that contain whole characters. */
const inParts = (text: string): string[] =>
  text.match(new RegExp(`[\\s\\S]{1,${deltaLength}}`, "gu")) ?? [];
