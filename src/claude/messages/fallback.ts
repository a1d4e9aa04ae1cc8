import { ApiError } from "../../client/errors";
import { messageCost } from "./cost";
import type { Answer } from "./send";

/** Statuses that say a model has no capacity, while another may have some. */
const overloaded = [503, 529];

/**
 * Asks models in turn until one neither declines nor is overloaded. When none is left, the first
 * refusal counts, or else the last error.
 *
 * @param ask Asks one model.
 * @param answerOf What the model answered.
 * @returns The answer, and a warning for each model that was passed over.
 * @throws What `ask` throws for another reason than overload, unless a model has declined before.
 */
export const withFallbacks = async <T>(
  models: readonly [string, ...string[]],
  ask: (model: string) => Promise<T>,
  answerOf: (asked: T) => Answer,
): Promise<{ answer: T; warnings: string[] }> => {
  const warnings: string[] = [];
  let declined: T | undefined;
  for (const [index, model] of models.entries()) {
    const last = index === models.length - 1;
    try {
      const answer = await ask(model);
      const { message, usages } = answerOf(answer);
      if (message.stop_reason !== "refusal") return { answer, warnings };
      declined ??= answer;
      if (last) break;
      const { cost } = messageCost(message.model, usages);
      const price = cost ? `, for $${cost.total} that are not part of cost` : "";
      warnings.push(`${model} declined to answer${price}: the next model was asked.`);
    } catch (error) {
      const passes = error instanceof ApiError && overloaded.includes(error.status ?? 0);
      if (last || !passes) {
        if (declined !== undefined) {
          warnings.push(`${model} did not answer: ${(error as Error).message}`);
          break;
        }
        if (error instanceof Error && warnings.length > 0) {
          error.message = `${error.message} ${warnings.join(" ")}`;
        }
        throw error;
      }
      warnings.push(`${model} is overloaded: the next model was asked.`);
    }
  }
  return { answer: declined as T, warnings };
};
