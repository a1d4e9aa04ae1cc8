import type { Usage } from "@anthropic-ai/sdk/resources/messages";
import { listPrice } from "../models/prices";
import type { Notice } from "../notice";
import type { MessageRequest } from "./send";

/** The cost of a call at list price, in US dollars. */
export interface Cost {
  /** Prompt tokens, including those read from and written to the cache. */
  input: number;
  output: number;
  /** Input, output and the web searches of the call. */
  total: number;
  currency: "USD";
}

const perWebSearch = 10 / 1_000;

/**
 * The cost of a complete Message at list price, from the usage of the requests that it took.
 *
 * @returns null and why, if the price is not known: no figure is better than a wrong one.
 * @see https://platform.claude.com/docs/en/about-claude/pricing
 */
export const messageCost = (
  model: string | undefined,
  usages: readonly Usage[],
): { cost: Cost | null; notice?: Notice } => {
  const sum = { input: 0, output: 0, searches: 0 };
  for (const usage of usages) {
    if (usage?.output_tokens == null || usage.input_tokens == null) {
      return { cost: null, notice: { code: "usage_missing" } };
    }
    const { uncached, written5m, written1h, read, total } = promptTokens(usage);
    const price = listPrice(model, total);
    if (!price) return { cost: null, notice: { code: "price_unknown", model } };
    if (usage.speed === "fast") return { cost: null, notice: { code: "fast_price_unknown" } };
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
  const input = sum.input / perMillion;
  const output = sum.output / perMillion;
  return { cost: inDollars({ input, output, total: input + output + sum.searches }) };
};

/**
 * The maximum cost of a request before it is sent: nothing is read from the cache, everything that
 * may be cached is written to it, and the reply is as long as it may be.
 *
 * @param cache The longest time that a part of the prompt is cached for.
 * @returns null and why, if the price is not known.
 */
export const maxCost = (
  { model, max_tokens, speed, inference_geo }: MessageRequest,
  promptTokens: number,
  cache: "5m" | "1h" | undefined,
): { cost: Cost | null; notice?: Notice } => {
  const price = listPrice(model, promptTokens);
  if (!price) return { cost: null, notice: { code: "price_unknown", model } };
  if (speed === "fast") return { cost: null, notice: { code: "fast_price_unknown" } };
  const each = { none: price.input, "5m": price.cacheWrite5m, "1h": price.cacheWrite1h };
  const factor = geoFactor(inference_geo) / perMillion;
  const input = promptTokens * each[cache ?? "none"] * factor;
  const output = max_tokens * price.output * factor;
  return { cost: inDollars({ input, output, total: input + output }) };
};

const perMillion = 1_000_000;

/** Replies that are generated only in the United States cost more. */
const geoFactor = (geo: string | null | undefined): number => (geo === "us" ? 1.1 : 1);

/** Tokens of the prompt by price. Counts that do not apply may be null or missing. */
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

/** An amount in dollars without the noise of binary fractions. */
export const roundDollars = (amount: number): number => Number(amount.toFixed(10));

/** A cost from its unrounded amounts. */
export const inDollars = ({ input, output, total }: Omit<Cost, "currency">): Cost => ({
  input: roundDollars(input),
  output: roundDollars(output),
  total: roundDollars(total),
  currency: "USD",
});
