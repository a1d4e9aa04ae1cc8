import type { Message, RawMessageStreamEvent } from "@anthropic-ai/sdk/resources/messages";
import { parse as parsePartialJson } from "partial-json";
import { Failure } from "../../client/failure";
import { isObject, isRecord } from "../../client/values";

/** A block on its way. Its kind decides which of these it has. */
interface Draft {
  type: string;
  text?: string;
  thinking?: string;
  signature?: string;
  citations?: unknown[] | null;
  input?: unknown;
}

/** What a block is whose pieces come without its beginning, as some gateways send them. */
const draftFor = new Map<string, () => Draft>([
  ["text_delta", () => ({ type: "text", text: "" })],
  ["thinking_delta", () => ({ type: "thinking", thinking: "", signature: "" })],
]);

/** Hosts leave out pieces, or send something else in their place. */
const text = (piece: unknown): string => (typeof piece === "string" ? piece : "");

/** The message of a stream that does not begin with one. */
const emptyMessage = () =>
  ({ type: "message", role: "assistant", content: [] }) as unknown as Message;

/**
 * Folds the events of a stream into the Message that the API would have answered at once. By hand:
 * the SDK's own fold copies each block with every delta and brings the whole SDK along.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/streaming#event-types
 */
export class MessageFold {
  /** What has come so far, undefined before `message_start`. */
  message: Message | undefined;
  /** Whether `message_stop` has come. */
  complete = false;
  /** Whether the message says why it ends: hosts that send no `message_stop` end like this. */
  get ended(): boolean {
    return this.complete || typeof this.message?.stop_reason === "string";
  }
  /** Whether `message_start` has come. */
  #begun = false;
  /** Blocks by the index that events give them. Content keeps the order they came in. */
  readonly #blocks = new Map<number, Draft>();
  /** JSON text of tool inputs, by index of the block. */
  readonly #inputs = new Map<number, string>();

  /**
   * Takes the next event. Kinds that are not known change nothing, nor does what comes after the end.
   *
   * @throws Failure when the message begins anew in its midst: what has come would be told twice.
   */
  add(event: RawMessageStreamEvent): void {
    if (this.complete) return;
    if (event.type === "message_start") {
      if (this.#begun && this.message && this.message.content.length > 0) {
        this.complete = this.ended;
        if (this.complete) return;
        throw new Failure("The answer begins anew in its midst.", { type: "broken_answer" });
      }
      this.#begun = true;
      // Gateways leave out what they do not know.
      const { message } = event;
      const begun = Array.isArray(message?.content) ? message.content : [];
      const content = this.message?.content ?? [...begun];
      this.message = { ...emptyMessage(), ...message, content };
      return;
    }
    if (event.type === "content_block_start" || event.type === "content_block_delta") {
      this.message ??= emptyMessage();
    }
    const { message } = this;
    if (!message) return;
    switch (event.type) {
      case "content_block_start":
        if (!isRecord(event.content_block)) break;
        message.content.push(event.content_block);
        this.#blocks.set(event.index, event.content_block);
        break;
      case "content_block_delta":
        this.#addDelta(event.index, event.delta);
        break;
      case "content_block_stop":
        this.#closeInput(event.index);
        break;
      case "message_delta": {
        const given = isObject(event.delta) ? (event.delta as Partial<Message>) : {};
        const { container, content, ...delta } = given;
        Object.assign(message, delta);
        if (container) message.container = container;
        // Counts are totals so far; those that do not apply are left out or null.
        const usage = isObject(event.usage) ? event.usage : {};
        const counts = Object.entries(usage).filter(([, count]) => count != null);
        if (counts.length > 0) message.usage = { ...message.usage, ...Object.fromEntries(counts) };
        break;
      }
      case "message_stop":
        this.complete = true;
        break;
    }
  }

  /** Closes blocks that a stream cut short left open. Call it once no event will come. */
  end(): void {
    for (const index of this.#inputs.keys()) this.#closeInput(index);
  }

  #addDelta(
    index: number,
    delta: Extract<RawMessageStreamEvent, { type: "content_block_delta" }>["delta"],
  ): void {
    const block = this.#blocks.get(index) ?? this.#begin(index, draftFor.get(delta?.type));
    if (!block) return;
    switch (delta?.type) {
      case "text_delta":
        block.text = text(block.text) + text(delta.text);
        break;
      case "thinking_delta":
        block.thinking = text(block.thinking) + text(delta.thinking);
        break;
      case "signature_delta":
        block.signature = delta.signature;
        break;
      case "citations_delta":
        if (!isObject(delta.citation)) break;
        block.citations = [
          ...(Array.isArray(block.citations) ? block.citations : []),
          delta.citation,
        ];
        break;
      case "input_json_delta":
        this.#inputs.set(index, text(this.#inputs.get(index)) + text(delta.partial_json));
        break;
    }
  }

  #begin(index: number, draft: (() => Draft) | undefined): Draft | undefined {
    const block = draft?.();
    if (!block || !this.message) return undefined;
    this.message.content.push(block as Message["content"][number]);
    this.#blocks.set(index, block);
    return block;
  }

  #closeInput(index: number): void {
    const json = this.#inputs.get(index);
    const block = this.#blocks.get(index);
    if (json === undefined || !block) return;
    this.#inputs.delete(index);
    // Some hosts send the input whole with its block, and then a piece of nothing.
    const given = isRecord(block.input) ? block.input : {};
    block.input = json.trim() === "" ? given : parseInput(json);
  }
}

/** An input as far as it has come. What is no JSON at all stays the text it is: nothing is lost. */
const parseInput = (json: string): unknown => {
  for (const parse of [JSON.parse, parsePartialJson]) {
    try {
      return parse(json);
    } catch {
      // The next one takes less.
    }
  }
  return json;
};
