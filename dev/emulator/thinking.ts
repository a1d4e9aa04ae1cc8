import { createHash } from "node:crypto";
import { thinksByDefault } from "../../src/claude/models/modelInfo";
import { withoutMarks } from "./promptCache";
import { blocksOf, type MessagesBody } from "./request";
import { type EmulatorResponse, errorResponse } from "./response";

/** Thinking that does not fit the conversation any more, as the API reports it. */
export interface DroppedThinking {
  type: "thinking_dropped";
  path: string;
  reason: "prefix_mismatch";
}

/** Whether the reply to a request has thinking. */
export const thinks = ({ model, thinking }: MessagesBody): boolean =>
  thinking?.type === "enabled" ||
  thinking?.type === "adaptive" ||
  (thinksByDefault(model) && thinking?.type !== "disabled");

/**
 * The signature of thinking before each turn, and after the last one: a hash of all that comes before
 * it.
 */
export const signaturesOf = ({ system, tools, messages }: MessagesBody): string[] => {
  const hash = createHash("sha256");
  const add = (value: unknown) => hash.update(`${JSON.stringify(value, withoutMarks)}\n`);
  add([system === undefined ? system : blocksOf(system), tools]);
  const signatures = [hash.copy().digest("base64")];
  for (const { role, content } of messages) {
    add([role, blocksOf(content)]);
    signatures.push(hash.copy().digest("base64"));
  }
  return signatures;
};

/**
 * Compares each thinking block with the conversation before it. Those that do not fit are dropped if
 * the request asks for it, else the request is refused.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/preserved-thinking/prefix-checks
 */
export const checkThinking = (
  body: MessagesBody,
  betas: string,
): { dropped: DroppedThinking[] } | { refused: EmulatorResponse } => {
  const signatures = thinks(body) ? signaturesOf(body) : [];
  const paths = signatures.flatMap((signature, turn) =>
    blocksOf(body.messages[turn]?.content).flatMap((block, index) =>
      block.type === "thinking" && block.signature !== signature
        ? `messages.${turn}.content.${index}`
        : [],
    ),
  );
  const isDropping =
    betas.includes("thinking-binding-controls-2026-08-01") &&
    body.thinking?.block_binding?.prefix_mismatch_behavior === "drop_block";
  if (paths.length > 0 && !isDropping) {
    const message = `${paths[0]}: Invalid \`signature\` in \`thinking\` block. The block is bound to a different conversation.`;
    return { refused: errorResponse(400, "invalid_request_error", message) };
  }
  return {
    dropped: paths.map((path) => ({ type: "thinking_dropped", path, reason: "prefix_mismatch" })),
  };
};
