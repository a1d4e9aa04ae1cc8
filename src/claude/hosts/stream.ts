import type {
  Message,
  RawContentBlockDelta,
  RawMessageStreamEvent,
} from "@anthropic-ai/sdk/resources/messages";
import { asText, isObject, isRecord } from "../../client/values";

/** The block that a delta without a `content_block_start` belongs to. */
const implicitBlocks = new Map<string, () => object>([
  ["text_delta", () => ({ type: "text", text: "" })],
  ["thinking_delta", () => ({ type: "thinking", thinking: "", signature: "" })],
]);

const emptyMessage = (): Message =>
  ({ type: "message", role: "assistant", content: [] }) as unknown as Message;

/**
 * Normalizes the events of a stream to what Anthropic documents: every stream starts with a
 * `message_start`, every block with a `content_block_start`, and texts are texts. docs/hosts.md
 * lists what hosts send. Kinds of events that are not known pass unchanged.
 *
 * @param emit Receives the normalized events, in order.
 * @returns Takes the next event of the host.
 */
export const normalizeStream = (
  emit: (event: RawMessageStreamEvent) => void,
): ((event: RawMessageStreamEvent) => void) => {
  let start: "none" | "implicit" | "received" = "none";
  const blocks = new Set<number>();

  const startMessage = () => {
    if (start !== "none") return;
    start = "implicit";
    emit({ type: "message_start", message: emptyMessage() });
  };
  const startBlock = (index: number, content_block: object) => {
    blocks.add(index);
    emit({ type: "content_block_start", index, content_block } as RawMessageStreamEvent);
  };

  return (event) => {
    switch (event.type) {
      case "message_start": {
        const message = isObject(event.message) ? event.message : emptyMessage();
        const content = Array.isArray(message.content) ? message.content : [];
        if (start === "implicit") {
          // Content came first: what the late start says is added.
          const { content: _, usage, ...delta } = message;
          emit({
            type: "message_delta",
            delta,
            usage: isObject(usage) ? usage : {},
          } as unknown as RawMessageStreamEvent);
        } else {
          emit({ type: "message_start", message: { ...emptyMessage(), ...message, content } });
        }
        start = "received";
        break;
      }
      case "content_block_start":
        startMessage();
        if (isRecord(event.content_block)) startBlock(event.index, withText(event.content_block));
        break;
      case "content_block_delta": {
        startMessage();
        const { index, delta } = event;
        if (!blocks.has(index)) {
          const block = implicitBlocks.get(delta?.type)?.();
          if (!block) return;
          startBlock(index, block);
        }
        if (isValid(delta)) emit(event);
        break;
      }
      case "message_delta": {
        if (start === "none") return;
        const delta = isObject(event.delta) ? event.delta : {};
        const usage = isObject(event.usage) ? event.usage : {};
        emit({ ...event, delta, usage } as RawMessageStreamEvent);
        break;
      }
      default:
        if (start !== "none") emit(event);
    }
  };
};

/** Deltas add to `text` and `thinking`, which therefore are texts from the start of the block. */
const withText = (block: Record<string, unknown>): object => {
  const textOf = (key: "text" | "thinking") =>
    key in block || block.type === key ? { [key]: asText(block[key]) ?? "" } : {};
  return { ...block, ...textOf("text"), ...textOf("thinking") };
};

/** Hosts omit the value of a delta, or send something else in its place. */
const isValid = (delta: RawContentBlockDelta | undefined): boolean => {
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
      return isObject(delta);
  }
};
