import type {
  Message,
  RawContentBlockDelta,
  RawMessageStreamEvent,
} from "@anthropic-ai/sdk/resources/messages";
import { parse as parsePartialJson } from "partial-json";
import { Failure } from "../../client/failure";
import { isRecord } from "../../client/values";

/** A block that is being received. Its type decides which of these it has. */
interface OpenBlock {
  type: string;
  text?: string;
  thinking?: string;
  signature?: string;
  citations?: unknown[] | null;
  input?: unknown;
}

/**
 * Accumulates the events of a stream into the Message that the API would have returned without
 * streaming. By hand: the SDK's own accumulator copies each block with every delta, and needs the
 * whole SDK.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/streaming#event-types
 */
export class MessageAccumulator {
  /** What was received so far, undefined before `message_start`. */
  message: Message | undefined;
  /** Whether `message_stop` was received. */
  isComplete = false;
  /** Blocks by the index of their events. Content keeps the order in which they started. */
  readonly #blocks = new Map<number, OpenBlock>();
  /** JSON text of tool inputs, by index of the block. */
  readonly #inputs = new Map<number, string>();

  /** Whether the message has a stop reason: some hosts send no `message_stop`. */
  get hasEnded(): boolean {
    return this.isComplete || typeof this.message?.stop_reason === "string";
  }

  /**
   * Adds the next event (see normalizeStream). Unknown events and events after the end are ignored.
   *
   * @throws Failure if the message restarts in its middle: its start would be returned twice.
   */
  add(event: RawMessageStreamEvent): void {
    if (this.isComplete) return;
    switch (event.type) {
      case "message_start":
        this.#start(event.message);
        break;
      case "content_block_start":
        this.message?.content.push(event.content_block);
        this.#blocks.set(event.index, event.content_block);
        break;
      case "content_block_delta":
        this.#addDelta(event.index, event.delta);
        break;
      case "content_block_stop":
        this.#closeInput(event.index);
        break;
      case "message_delta":
        this.#change(event);
        break;
      case "message_stop":
        this.isComplete = true;
        break;
    }
  }

  /** Closes blocks that an interrupted stream left open. */
  end(): void {
    for (const index of this.#inputs.keys()) this.#closeInput(index);
  }

  #start(message: Message): void {
    if (this.message && this.message.content.length > 0) {
      this.isComplete = this.hasEnded;
      if (this.isComplete) return;
      throw new Failure({ code: "stream_restarted" }, { type: "broken_response" });
    }
    this.message = { ...message, content: [...message.content] };
  }

  #change({ delta, usage }: Extract<RawMessageStreamEvent, { type: "message_delta" }>): void {
    if (!this.message) return;
    const { container, content: _, ...changes } = delta as Partial<Message>;
    Object.assign(this.message, changes);
    if (container) this.message.container = container;
    // Counts are totals so far; those that do not apply are missing or null.
    const counts = Object.entries(usage).filter(([, count]) => count != null);
    if (counts.length > 0) {
      this.message.usage = { ...this.message.usage, ...Object.fromEntries(counts) };
    }
  }

  #addDelta(index: number, delta: RawContentBlockDelta): void {
    const block = this.#blocks.get(index);
    if (!block) return;
    switch (delta.type) {
      case "text_delta":
        block.text = (block.text ?? "") + delta.text;
        break;
      case "thinking_delta":
        block.thinking = (block.thinking ?? "") + delta.thinking;
        break;
      case "signature_delta":
        block.signature = delta.signature;
        break;
      case "citations_delta":
        block.citations = [
          ...(Array.isArray(block.citations) ? block.citations : []),
          delta.citation,
        ];
        break;
      case "input_json_delta":
        this.#inputs.set(index, (this.#inputs.get(index) ?? "") + delta.partial_json);
        break;
    }
  }

  #closeInput(index: number): void {
    const json = this.#inputs.get(index);
    const block = this.#blocks.get(index);
    if (json === undefined || !block) return;
    this.#inputs.delete(index);
    // Some hosts send the whole input in content_block_start, and an empty delta after it.
    const given = isRecord(block.input) ? block.input : {};
    block.input = json.trim() === "" ? given : parseInput(json);
  }
}

/** A tool input as far as it was received. Invalid JSON stays text, so that nothing is lost. */
const parseInput = (json: string): unknown => {
  for (const parse of [JSON.parse, parsePartialJson]) {
    try {
      return parse(json);
    } catch {
      // The next parser accepts less than complete JSON.
    }
  }
  return json;
};
