import { messageCost } from "../claude/messages/cost";
import type { Reply } from "../claude/messages/send";
import { ApiError } from "../client/errors";

/** Statuses for a model without capacity, while another may have some. */
const overloadStatuses = [503, 529];

/**
 * Tries models in order until one neither refuses nor is overloaded. If all fail, the first refusal
 * counts, else the last error.
 *
 * @param send Sends the request to one model.
 * @param replyOf The reply in what `send` returns.
 * @returns The result, and a warning for each model that was skipped.
 * @throws What `send` throws for another reason than overload, unless a model has refused before.
 */
export const withFallbackModels = async <T>(
  models: readonly [string, ...string[]],
  send: (model: string) => Promise<T>,
  replyOf: (sent: T) => Reply,
): Promise<{ sent: T; warnings: string[] }> => {
  const warnings: string[] = [];
  let refused: T | undefined;
  for (const [index, model] of models.entries()) {
    const isLast = index === models.length - 1;
    try {
      const sent = await send(model);
      const { message, usages } = replyOf(sent);
      if (message.stop_reason !== "refusal") return { sent, warnings };
      refused ??= sent;
      if (isLast) break;
      const { cost } = messageCost(message, usages);
      const price = cost ? ` That cost $${cost.total}, which is not part of cost.` : "";
      warnings.push(`${model} refused to reply, so the next model was tried.${price}`);
    } catch (error) {
      const isOverloaded =
        error instanceof ApiError && overloadStatuses.includes(error.status ?? 0);
      if (isLast || !isOverloaded) {
        if (refused !== undefined) {
          warnings.push(`${model} failed: ${(error as Error).message}`);
          break;
        }
        if (error instanceof Error && warnings.length > 0) {
          error.message = `${error.message} ${warnings.join(" ")}`;
        }
        throw error;
      }
      warnings.push(`${model} is overloaded, so the next model was tried.`);
    }
  }
  return { sent: refused as T, warnings };
};
