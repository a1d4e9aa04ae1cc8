import type {
  Message,
  RawContentBlockDelta,
  RawMessageStreamEvent,
} from "@anthropic-ai/sdk/resources/messages";
import { Failure } from "../../client/failure";
import { asText, isObject, isRecord, isText } from "../../client/values";
import { asStopReason } from "./message";

const emptyMessage = (): Message =>
  ({ type: "message", role: "assistant", content: [] }) as unknown as Message;

/** The type of block that each known kind of delta belongs to. */
const typeByDelta = new Map([
  ["text_delta", "text"],
  ["citations_delta", "text"],
  ["thinking_delta", "thinking"],
  ["signature_delta", "thinking"],
  ["input_json_delta", "tool_use"],
]);

/** A block that has started. */
interface StartedBlock {
  type: unknown;
  /** The index under which its events are emitted. */
  index: number;
  id: unknown;
  isOpen: boolean;
}

/**
 * Normalizes the events of a stream to what Anthropic documents: every stream starts with a
 * `message_start`, every block with a `content_block_start`, texts are texts, and each delta
 * belongs to a block of its kind. Only `message_delta` has a stop reason. docs/hosts.md lists what
 * hosts send. Kinds of events that are not known pass unchanged.
 *
 * @param emit Receives the normalized events, in order.
 * @returns Takes the next event of the host. Throws Failure for a tool input without its call.
 */
export const normalizeStream = (
  emit: (event: RawMessageStreamEvent) => void,
): ((event: RawMessageStreamEvent) => void) => {
  let start: "none" | "implicit" | "received" = "none";
  const blocks = new Map<unknown, StartedBlock>();
  let lastIndex = -1;

  const startMessage = () => {
    if (start !== "none") return;
    start = "implicit";
    emit({ type: "message_start", message: emptyMessage() });
  };
  /** @param key The host's index, or what tells a block apart that the host did not start. */
  const startBlock = (key: unknown, content_block: object) => {
    const { type, id } = content_block as { type?: unknown; id?: unknown };
    const block = { type, id, index: ++lastIndex, isOpen: true };
    blocks.set(key, block);
    emit({
      type: "content_block_start",
      index: block.index,
      content_block,
    } as RawMessageStreamEvent);
    return block;
  };
  const stopBlock = (block: StartedBlock | undefined) => {
    if (!block?.isOpen) return;
    block.isOpen = false;
    emit({ type: "content_block_stop", index: block.index });
  };
  /** The block of a delta. Text that comes with a tool call gets a block of its own. */
  const blockFor = (index: number, delta: RawContentBlockDelta): StartedBlock | undefined => {
    const block = blocks.get(index);
    const type = typeByDelta.get(delta.type);
    if (type === "tool_use") {
      if (block?.isOpen && block.type !== "text" && block.type !== "thinking") return block;
      if ((delta as { partial_json: string }).partial_json.trim() === "") return undefined;
      throw new Failure({ code: "input_without_call" }, { type: "broken_response" });
    }
    if (block && (!type || block.type === type || !isKnownBlock(block.type))) return block;
    const own = type ?? /^(.+)_delta$/.exec(delta.type)?.[1];
    if (!own) return undefined;
    const key = block ? `${index} ${own}` : index;
    return blocks.get(key) ?? startBlock(key, withText({ type: own }));
  };

  return (event) => {
    switch (event.type) {
      case "message_start": {
        const message = isObject(event.message) ? event.message : emptyMessage();
        const content = Array.isArray(message.content) ? message.content : [];
        if (start === "implicit") {
          // Content came first: what the late start says is added.
          const { content: _, stop_reason: __, usage, ...delta } = message;
          emit({
            type: "message_delta",
            delta,
            usage: isObject(usage) ? usage : {},
          } as unknown as RawMessageStreamEvent);
        } else {
          // Gateways fill in a stop reason before anything has been generated.
          const stop_reason = null;
          const started = { ...emptyMessage(), ...message, content, stop_reason };
          emit({ type: "message_start", message: started });
        }
        start = "received";
        break;
      }
      case "content_block_start": {
        startMessage();
        const { index, content_block } = event;
        if (!isRecord(content_block)) break;
        const before = blocks.get(index);
        if (before?.isOpen && isText(before.id) && before.id === content_block.id) break;
        stopBlock(before);
        startBlock(index, withText(content_block));
        break;
      }
      case "content_block_delta": {
        startMessage();
        const { index, delta } = event;
        if (!isValid(delta)) break;
        const block = blockFor(index, delta);
        if (!block) break;
        emit(block.index === index ? event : { ...event, index: block.index });
        break;
      }
      case "content_block_stop":
        stopBlock(blocks.get(event.index));
        break;
      case "message_delta": {
        if (start === "none") return;
        const { stop_reason, ...delta } = isObject(event.delta)
          ? event.delta
          : ({} as Partial<Message>);
        const usage = isObject(event.usage) ? event.usage : {};
        const reason = asStopReason(stop_reason);
        emit({
          ...event,
          delta: reason === null ? delta : { stop_reason: reason, ...delta },
          usage,
        } as RawMessageStreamEvent);
        break;
      }
      default:
        if (start !== "none") emit(event);
    }
  };
};

/** Blocks with deltas of a known kind. Other blocks take any delta. */
const isKnownBlock = (type: unknown): boolean =>
  typeof type === "string" && /^(text|thinking|(.+_)?tool_use)$/.test(type);

/** Deltas add to `text` and `thinking`, which therefore are texts from the start of the block. */
const withText = (block: Record<string, unknown>): object => {
  const textOf = (key: "text" | "thinking") =>
    key in block || block.type === key ? { [key]: asText(block[key]) ?? "" } : {};
  return { ...block, ...textOf("text"), ...textOf("thinking") };
};

/** Hosts omit the value of a delta, or send something else in its place. */
const isValid = (delta: RawContentBlockDelta | undefined): delta is RawContentBlockDelta => {
  switch (delta?.type) {
    case "text_delta":
      return typeof delta.text === "string";
    case "thinking_delta":
      return typeof delta.thinking === "string";
    case "citations_delta":
      return isObject(delta.citation);
    case "input_json_delta":
      return typeof delta.partial_json === "string";
    default:
      return isObject(delta) && typeof delta.type === "string";
  }
};
