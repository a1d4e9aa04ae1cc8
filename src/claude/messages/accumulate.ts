import type {
  Message,
  RawContentBlockDelta,
  RawMessageStreamEvent,
} from "@anthropic-ai/sdk/resources/messages";
import { Failure } from "../../client/failure";
import { isKnownStopReason } from "../hosts/message";
import { asToolInput } from "../hosts/values";

/** A block that is being received. Its type decides which members it has. */
type ReceivedBlock = Record<string, unknown> & { text?: string };

/** Members that a delta does not change, and a running estimate that is no part of a block. */
const notOfBlocks = ["id", "name", "__proto__", "estimated_tokens"];

/**
 * Accumulates the events of a stream into the Message that the API would have returned without
 * streaming. By hand: the SDK's own accumulator copies each block with every delta, drops what it
 * does not know, and needs the whole SDK.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/streaming#event-types
 */
export class MessageAccumulator {
  /** What was received so far, undefined before `message_start`. */
  message: Message | undefined;
  /** Whether `message_stop` was received. */
  isStopped = false;
  /** Blocks by the index of their events. Content keeps the order in which they started. */
  readonly #blocks = new Map<number, ReceivedBlock>();
  /** JSON text of the input of each open block, by index. */
  readonly #inputs = new Map<number, string>();

  /**
   * Whether the message is whole: it has a stop reason, and no tool call is open. Some hosts send no
   * `message_stop`; it decides for a stop reason that is not known.
   */
  get isWhole(): boolean {
    const reason = this.message?.stop_reason;
    const hasEnded = reason != null && (this.isStopped || isKnownStopReason(reason));
    return hasEnded && this.#inputs.size === 0;
  }

  /**
   * Adds the next event (see normalizeStream). Unknown events and events after the end are ignored.
   *
   * @throws Failure if the message restarts in its middle: its start would be returned twice.
   */
  add(event: RawMessageStreamEvent): void {
    if (this.isStopped) return;
    switch (event.type) {
      case "message_start":
        this.#start(event.message);
        break;
      case "content_block_start": {
        const block = { ...event.content_block };
        this.message?.content.push(block);
        this.#blocks.set(event.index, block as unknown as ReceivedBlock);
        if (typeof block.type === "string" && block.type.endsWith("tool_use"))
          this.#inputs.set(event.index, "");
        break;
      }
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
        this.isStopped = true;
        break;
    }
  }

  /** Closes blocks that the stream left open, if their input is complete. */
  end(): void {
    for (const [index, json] of this.#inputs) {
      if (json.trim() !== "") this.#closeInput(index);
    }
  }

  #start(message: Message): void {
    if (this.message && this.message.content.length > 0) {
      this.isStopped = this.isWhole;
      if (this.isStopped) return;
      throw new Failure({ code: "stream_restarted" }, { type: "broken_response" });
    }
    this.message = { ...message, content: [...message.content] };
  }

  #change(event: Extract<RawMessageStreamEvent, { type: "message_delta" }>): void {
    if (!this.message) return;
    const { type: _, delta, usage, ...members } = event;
    const { container, content: __, ...changes } = delta as Partial<Message>;
    Object.assign(this.message, members, changes);
    if (container) this.message.container = container;
    // Counts are totals so far; those that do not apply are missing or null.
    const counts = Object.entries(usage).filter(([, count]) => count != null);
    if (counts.length > 0) {
      this.message.usage = { ...this.message.usage, ...Object.fromEntries(counts) };
    }
  }

  /** Adds what a delta says, of any kind: texts are appended, other values set. */
  #addDelta(index: number, delta: RawContentBlockDelta): void {
    const block = this.#blocks.get(index);
    if (!block) return;
    const { type } = delta;
    // Not Object.entries: it would allocate lists for each of many deltas.
    for (const name in delta) {
      if (name === "type") continue;
      // Most deltas by far: a static name is faster.
      if (name === "text" && type === "text_delta") {
        block.text = (block.text ?? "") + delta.text;
        continue;
      }
      const value: unknown = delta[name as keyof RawContentBlockDelta];
      const before = block[name];
      if (notOfBlocks.includes(name) || value == null) continue;
      if (name === "partial_json" && type === "input_json_delta") {
        this.#inputs.set(index, (this.#inputs.get(index) ?? "") + value);
      } else if (name === "citation" && type === "citations_delta") {
        if (!Array.isArray(block.citations)) block.citations = [];
        (block.citations as unknown[]).push(value);
      } else if (typeof value === "string" && typeof before === "string" && name !== "signature") {
        block[name] = before + value;
      } else {
        block[name] = value;
      }
    }
  }

  #closeInput(index: number): void {
    const json = this.#inputs.get(index);
    const block = this.#blocks.get(index);
    if (json === undefined || !block) return;
    this.#inputs.delete(index);
    // Some hosts send the whole input in content_block_start, and an empty delta after it.
    if (json.trim() !== "") block.input = asToolInput(json);
  }
}
