import type { BetaUsage } from "@anthropic-ai/sdk/resources/beta/messages";
import type { Message, ServerToolUsage, Usage } from "@anthropic-ai/sdk/resources/messages";
import { fastFactor, listPrice } from "../models/prices";
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

export const perWebSearch = 10 / 1_000;

/** Tokens that one model is paid for. */
export interface BilledUsage {
  /** Undefined for a host that does not name it. */
  model: string | undefined;
  usage: Usage;
}

/**
 * The tokens of a request by model. A compaction, an advisor or a fallback on the server is an
 * iteration of its own: its tokens are not in the counts of the whole, or cost another price.
 *
 * @param model Of the Message.
 * @see https://platform.claude.com/docs/en/build-with-claude/compaction#understanding-usage
 */
export const billedUsages = (
  model: string | undefined,
  usage: Usage | undefined,
): BilledUsage[] => {
  if (!usage) return [];
  const iterations = (usage as BetaUsage).iterations ?? [];
  if (iterations.every(({ type }) => type === "message")) return [{ model, usage }];
  const { speed, service_tier, inference_geo } = usage;
  return iterations.map((iteration) => ({
    model: ("model" in iteration ? iteration.model : null) ?? model,
    usage: { speed, service_tier, inference_geo, ...iteration } as Partial<Usage> as Usage,
  }));
};

/** Tokens by price. */
export interface Tokens {
  /** Of the prompt, without those that were written to or read from the cache. */
  input: number;
  output: number;
  cacheWrite: number;
  cacheRead: number;
}

/** All tokens of a request. */
export const tokensOf = (usage: Usage | undefined): Tokens => {
  const sum = { input: 0, output: 0, cacheWrite: 0, cacheRead: 0 };
  for (const { usage: billed } of billedUsages(undefined, usage)) {
    const { uncached, written5m, written1h, read } = promptTokens(billed);
    sum.input += uncached;
    sum.output += billed.output_tokens ?? 0;
    sum.cacheWrite += written5m + written1h;
    sum.cacheRead += read;
  }
  return sum;
};

/** The number of all tokens of a request. */
export const totalTokens = (usage: Usage | undefined): number => {
  const { input, output, cacheWrite, cacheRead } = tokensOf(usage);
  return input + output + cacheWrite + cacheRead;
};

/**
 * The cost of a complete Message at list price, from the usage of the requests that it took.
 *
 * @returns null and why, if the cost is not known: no figure is better than a wrong one.
 * @see https://platform.claude.com/docs/en/about-claude/pricing
 */
export const messageCost = (
  { model, content }: Pick<Message, "content"> & { model?: string },
  usages: readonly Usage[],
): { cost: Cost | null; notice?: Notice } => {
  const sum = { input: 0, output: 0, searches: 0 };
  let outputTokens = 0;
  for (const usage of usages) {
    if (usage?.output_tokens == null || usage.input_tokens == null) {
      return { cost: null, notice: { code: "usage_missing" } };
    }
    const name = unknownCount(usage);
    if (name) return { cost: null, notice: { code: "usage_unknown", name } };
    for (const billed of billedUsages(model, usage)) {
      const { uncached, written5m, written1h, read, total } = promptTokens(billed.usage);
      const { output_tokens: output = 0, service_tier, inference_geo, speed } = billed.usage;
      const price = listPrice(billed.model, total);
      if (!price) return { cost: null, notice: { code: "price_unknown", model: billed.model } };
      const fast = speed === "fast" ? fastFactor(billed.model) : 1;
      if (!fast) return { cost: null, notice: { code: "fast_price_unknown" } };
      const factor = (service_tier === "batch" ? 0.5 : 1) * geoFactor(inference_geo) * fast;
      const input =
        uncached * price.input +
        written5m * price.cacheWrite5m +
        written1h * price.cacheWrite1h +
        read * price.cacheRead;
      sum.input += input * factor;
      sum.output += output * price.output * factor;
      outputTokens += output;
    }
    sum.searches += (usage.server_tool_use?.web_search_requests ?? 0) * perWebSearch;
  }
  if (outputTokens === 0 && content.some((block) => block?.type === "text" && block.text)) {
    return { cost: null, notice: { code: "usage_missing" } };
  }
  const input = sum.input / perMillion;
  const output = sum.output / perMillion;
  return { cost: inDollars({ input, output, total: input + output + sum.searches }) };
};

/** The counts that a price is known for, or that are parts of others. */
const knownCounts: Record<string, true> = {
  input_tokens: true,
  output_tokens: true,
  cache_creation_input_tokens: true,
  cache_read_input_tokens: true,
  // Of hosts
  total_tokens: true,
  prompt_tokens: true,
  completion_tokens: true,
  cached_tokens: true,
  reasoning_tokens: true,
};

const knownServerTools: Record<keyof ServerToolUsage, true> = {
  web_search_requests: true,
  web_fetch_requests: true,
};

const knownIterations: Record<NonNullable<BetaUsage["iterations"]>[number]["type"], true> = {
  message: true,
  compaction: true,
  advisor_message: true,
  fallback_message: true,
};

/** The name of something in a usage that may cost, but whose price is not known. */
const unknownCount = (usage: Usage): string | undefined => {
  const unknown = (
    counts: object | null | undefined,
    known: Record<string, true>,
    suffix: RegExp,
  ) =>
    Object.entries(counts ?? {}).find(
      ([name, count]) =>
        typeof count === "number" && count > 0 && suffix.test(name) && !Object.hasOwn(known, name),
    )?.[0];
  return (
    unknown(usage, knownCounts, /_(tokens|requests|seconds)$/) ??
    unknown(usage.server_tool_use, knownServerTools, /_requests$/) ??
    (usage as BetaUsage).iterations
      ?.map(({ type }) => type ?? "iterations")
      .find((type) => !Object.hasOwn(knownIterations, type))
  );
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
  const fast = speed === "fast" ? fastFactor(model) : 1;
  if (!fast) return { cost: null, notice: { code: "fast_price_unknown" } };
  const each = { none: price.input, "5m": price.cacheWrite5m, "1h": price.cacheWrite1h };
  const factor = (geoFactor(inference_geo) * fast) / perMillion;
  const input = promptTokens * each[cache ?? "none"] * factor;
  const output = max_tokens * price.output * factor;
  return { cost: inDollars({ input, output, total: input + output }) };
};

const perMillion = 1_000_000;

/** Replies that are generated only in the United States cost more. */
const geoFactor = (geo: string | null | undefined): number => (geo === "us" ? 1.1 : 1);

/** Tokens of the prompt by price. Counts that do not apply may be null or missing. */
const promptTokens = (usage: Usage | undefined) => {
  const uncached = usage?.input_tokens ?? 0;
  const read = usage?.cache_read_input_tokens ?? 0;
  const { ephemeral_1h_input_tokens: hour, ephemeral_5m_input_tokens: minutes } =
    usage?.cache_creation ?? {};
  const written1h = hour ?? 0;
  // Hosts report a total that does not fit its parts: the larger of both was written.
  const written = Math.max(usage?.cache_creation_input_tokens ?? 0, written1h + (minutes ?? 0));
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

type Amounts = Omit<Cost, "currency">;

export const noCost: Amounts = { input: 0, output: 0, total: 0 };

export const addCost = (a: Amounts, b: Amounts): Amounts => ({
  input: roundDollars(a.input + b.input),
  output: roundDollars(a.output + b.output),
  total: roundDollars(a.total + b.total),
});

/** A cost from its unrounded amounts. */
export const inDollars = (amounts: Amounts): Cost => ({
  ...addCost(noCost, amounts),
  currency: "USD",
});
