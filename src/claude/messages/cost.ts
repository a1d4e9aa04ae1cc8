import type { Usage } from "@anthropic-ai/sdk/resources/messages";
import { listPrice } from "../models/prices";
import type { MessageRequest } from "./send";

/** What a call costs at list price, in US dollars. */
export interface Cost {
  /** Prompt tokens, read from and written to the cache ones included. */
  input: number;
  output: number;
  /** Input, output and the web searches of the call. */
  total: number;
  currency: "USD";
}

const perWebSearch = 10 / 1_000;

/**
 * Costs of a finished Message at list price, from the counts of the requests it took.
 *
 * @returns null and why, where the price is not known: no figure is better than a wrong one.
 * @see https://platform.claude.com/docs/en/about-claude/pricing
 */
export const messageCost = (
  model: string | undefined,
  usages: readonly Usage[],
): { cost: Cost | null; warning?: string } => {
  const sum = { input: 0, output: 0, searches: 0 };
  for (const usage of usages) {
    if (usage?.output_tokens == null || usage.input_tokens == null) {
      return { cost: null, warning: "The host does not report usage: cost is null." };
    }
    const { uncached, written5m, written1h, read, total } = promptTokens(usage);
    const price = listPrice(model, total);
    if (!price) return { cost: null, warning: unknownPrice(model) };
    if (usage.speed === "fast") return { cost: null, warning: unknownSpeed };
    const factor = (usage.service_tier === "batch" ? 0.5 : 1) * geoFactor(usage.inference_geo);
    const input =
      uncached * price.input +
      written5m * price.cacheWrite5m +
      written1h * price.cacheWrite1h +
      read * price.cacheRead;
    sum.input += input * factor;
    sum.output += usage.output_tokens * price.output * factor;
    sum.searches += (usage.server_tool_use?.web_search_requests ?? 0) * perWebSearch;
  }
  return {
    cost: {
      input: dollars(sum.input),
      output: dollars(sum.output),
      total: dollars(sum.input + sum.output, sum.searches),
      currency: "USD",
    },
  };
};

/**
 * What a request costs at most, before it is sent: nothing comes from the cache, what may be cached
 * is written to it, and the answer is as long as it may be.
 *
 * @param cache The longest time that a part of the prompt is cached for.
 * @returns null and why, where the price is not known.
 */
export const worstCost = (
  { model, max_tokens, speed, inference_geo }: MessageRequest,
  promptTokens: number,
  cache: "5m" | "1h" | undefined,
): { cost: Cost | null; warning?: string } => {
  const price = listPrice(model, promptTokens);
  if (!price) return { cost: null, warning: unknownPrice(model) };
  if (speed === "fast") return { cost: null, warning: unknownSpeed };
  const each = { none: price.input, "5m": price.cacheWrite5m, "1h": price.cacheWrite1h };
  const factor = geoFactor(inference_geo);
  const input = promptTokens * each[cache ?? "none"] * factor;
  const output = max_tokens * price.output * factor;
  return {
    cost: {
      input: dollars(input),
      output: dollars(output),
      total: dollars(input + output),
      currency: "USD",
    },
  };
};

/** Answers made in the United States alone cost more. */
const geoFactor = (geo: string | null | undefined): number => (geo === "us" ? 1.1 : 1);

const unknownSpeed = "The price of the fast speed is not known: cost is null.";

const unknownPrice = (model: string | undefined): string =>
  `The price of the model ${model ?? "without a name"} is not known: cost is null.`;

/** Tokens of the prompt by what they cost. Counts that do not apply may be null or missing. */
export const promptTokens = (usage: Usage | undefined) => {
  const uncached = usage?.input_tokens ?? 0;
  const written = usage?.cache_creation_input_tokens ?? 0;
  const written1h = usage?.cache_creation?.ephemeral_1h_input_tokens ?? 0;
  const read = usage?.cache_read_input_tokens ?? 0;
  return {
    uncached,
    written5m: written - written1h,
    written1h,
    read,
    total: uncached + written + read,
  };
};

/** From dollars for a million tokens, without the noise of binary fractions. */
const dollars = (perMillion: number, extra = 0): number =>
  Number((perMillion / 1_000_000 + extra).toFixed(10));
