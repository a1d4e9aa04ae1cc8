/* What the demonstration may cost with a real key. */
import { listPrice } from "../../src/claude/models/prices";
import { defaultModel } from "../../src/parameters/model";

/** The limit that Run Agent has in the demonstration, for each of its two parts. */
export const agentCostLimit = 0.05;

/** More than any input of the demonstration has: the longest are a page and a picture. */
const inputTokens = 8_000;

/** `maxTokens` is what the step allows for a reply. Replies with a schema may be corrected once. */
const requests = [
  { step: "Chat, six times, once with a schema", count: 7, maxTokens: 16_000, factor: 1 },
  { step: "Extract Data", count: 2, maxTokens: 16_000, factor: 1 },
  { step: "Classify and Branch, three times", count: 6, maxTokens: 16_000, factor: 1 },
  // Run Agent checks its limit between turns, so one more turn may exceed it.
  { step: "Run Agent and Resume Agent", count: 2, maxTokens: 32_000, factor: 1 },
  { step: "Create Batch, half price", count: 4, maxTokens: 16_000, factor: 0.5 },
];

/** The most that the requests can cost together, in US dollars at list price, rounded up to 10 cents. */
export const maxCost = (): number => {
  const price = listPrice(defaultModel, inputTokens);
  if (!price) throw new Error(`${defaultModel} has no list price.`);
  const total = requests.reduce(
    (sum, { count, maxTokens, factor }) =>
      sum + (count * factor * (inputTokens * price.input + maxTokens * price.output)) / 1e6,
    2 * agentCostLimit,
  );
  return Math.ceil(total * 10) / 10;
};
