import { checkRequest } from "./checks";
import { errorOutcome, markedOutcome, type Outcome } from "./marks";
import { type FindFile, readMaterials } from "./material";
import { models } from "./models";
import { createPromptCache, type InputUsage } from "./promptCache";
import { outputTokens, replyTo } from "./reply";
import type { MessagesBody } from "./request";
import { type EmulatorResponse, invalid, newId } from "./response";
import type { ReplyMessage } from "./stream";
import { checkThinking, signaturesOf, thinks } from "./thinking";
import { countTokens, promptParts } from "./tokens";

/** A message, or the API's response to a request that it refuses. */
export type MessageOutcome = { message: ReplyMessage } | { refused: EmulatorResponse };

export interface Messages {
  /** @param outcome The outcome that the reply must have, undefined for that of the mark in its text. */
  reply(
    body: unknown,
    options?: { betas?: string; outcome?: Outcome; isBatch?: boolean },
  ): Promise<MessageOutcome>;
  countTokens(body: unknown, betas: string): Promise<EmulatorResponse>;
}

/** What the emulator has instead of thinking. */
const thinkingText = "Emulated.";

/**
 * @param now The emulator's clock, in ms since the epoch.
 * @param files Finds uploaded files.
 */
export const createMessages = (
  now: () => number,
  files: { find: FindFile; created(): string | undefined },
): Messages => {
  const inputUsage = createPromptCache(now);

  /** Everything that the API checks, with the parts that it counts. */
  const prepare = async (given: unknown, betas: string, isCount: boolean) => {
    const refused = checkRequest(given, files.find, isCount);
    if (refused) return { refused };
    const body = given as MessagesBody;
    const checked = checkThinking(body, betas);
    if ("refused" in checked) return checked;
    const materials = await readMaterials(body, files.find);
    const parts = promptParts(body, materials);
    const tokens = countTokens(parts);
    const window = models.find(({ id }) => id === body.model)?.max_input_tokens ?? Infinity;
    if (tokens > window) {
      return { refused: invalid(`prompt is too long: ${tokens} tokens > ${window} maximum`) };
    }
    return { body, materials, parts, tokens, dropped: checked.dropped };
  };

  return {
    reply: async (given, { betas = "", outcome: asked, isBatch = false } = {}) => {
      const prepared = await prepare(given, betas, false);
      if ("refused" in prepared) return prepared;
      const { body, materials, parts, dropped } = prepared;
      const outcome = asked ?? markedOutcome(body);
      const error = errorOutcome(outcome);
      if (error) return { refused: error };
      const { content, server_tool_use, ...reply } = replyTo(body, {
        materials,
        outcome,
        fileId: files.created(),
      });
      const thinking = {
        type: "thinking",
        thinking: body.thinking?.display === "summarized" ? thinkingText : "",
        signature: signaturesOf(body).at(-1),
      };
      // The rest of a paused turn continues its thinking.
      const isContinued = body.messages.at(-1)?.role === "assistant";
      const hasThinking = thinks(body) && content.length > 0 && !isContinued;
      const usage: InputUsage = inputUsage(body, parts);
      const message: ReplyMessage = {
        id: newId("msg"),
        type: "message",
        role: "assistant",
        model: body.model,
        content: hasThinking ? [thinking, ...content] : content,
        ...reply,
        ...(dropped.length > 0 ? { input_transformations: dropped } : {}),
        usage: {
          ...usage,
          output_tokens: outputTokens(content),
          service_tier: isBatch ? "batch" : "standard",
          ...(server_tool_use ? { server_tool_use } : {}),
        },
      };
      return { message };
    },
    countTokens: async (given, betas) => {
      const prepared = await prepare(given, betas, true);
      return "refused" in prepared
        ? prepared.refused
        : { status: 200, body: { input_tokens: prepared.tokens } };
    },
  };
};
