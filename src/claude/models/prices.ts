/** US dollars per million tokens. */
export interface Price {
  input: number;
  output: number;
  /** Writing to the prompt cache, for 5 minutes and for 1 hour. */
  cacheWrite5m: number;
  cacheWrite1h: number;
  cacheRead: number;
}

/** Every model in service can write this many tokens: the limit of the smallest, claude-haiku-4-5. */
export const outputOfEveryModel = 64_000;

/** `[input, output, cacheRead]`; cache writes cost 1.25 and 2 times the input. */
const price = (input: number, output: number, cacheRead: number): Price => ({
  input,
  output,
  cacheWrite5m: input * 1.25,
  cacheWrite1h: input * 2,
  cacheRead,
});

/** Up to this many prompt tokens, Claude Haiku 5.5 costs less. */
export const haiku55LowerTier = 100_000;

/**
 * Anthropic's list prices as of 2026-11-21.
 *
 * @see https://platform.claude.com/docs/en/about-claude/pricing
 */
const prices: Record<string, Price | ((promptTokens: number) => Price)> = {
  "claude-fable-5-2": price(8, 40, 0.2),
  "claude-fable-5-1": price(10, 50, 0.25),
  "claude-fable-5": price(10, 50, 1),
  "claude-mythos-5-2": price(8, 40, 0.2),
  "claude-mythos-5-1": price(10, 50, 0.25),
  "claude-mythos-5": price(10, 50, 1),
  "claude-opus-5-5": price(4, 20, 0.2),
  "claude-opus-5": price(5, 25, 0.5),
  "claude-opus-4-8": price(5, 25, 0.5),
  "claude-opus-4-7": price(5, 25, 0.5),
  "claude-opus-4-6": price(5, 25, 0.5),
  "claude-opus-4-5": price(5, 25, 0.5),
  "claude-sonnet-5-5": price(2, 10, 0.1),
  "claude-sonnet-5": price(2, 10, 0.2),
  "claude-sonnet-4-6": price(3, 15, 0.3),
  "claude-sonnet-4-5": price(3, 15, 0.3),
  "claude-haiku-5-5": (promptTokens) =>
    promptTokens <= haiku55LowerTier ? price(0.1, 0.5, 0.01) : price(0.5, 2.5, 0.05),
  "claude-haiku-4-5": price(1, 5, 0.1),
};

/** Models with a known price, the newest of each line first. */
export const pricedModels: readonly string[] = Object.keys(prices);

/** Fast mode costs twice as much. Its price is public for these models. */
const fastModels = ["claude-fable-5-2", "claude-opus-5-5", "claude-opus-5", "claude-opus-4-8"];

/** How many times as much fast mode costs, undefined if that is not known. */
export const fastFactor = (model: string | undefined): number | undefined =>
  fastModels.includes(withoutDate(model)) ? 2 : undefined;

export const withoutDate = (model: string | undefined): string =>
  (model ?? "").replace(/-\d{8}$/, "");

/**
 * The list price of a model, undefined if it is not in the table.
 *
 * @param model ID as the API returns it, with or without a date suffix. Gateways may omit it.
 * @param promptTokens All tokens of the prompt, cached ones included.
 */
export const listPrice = (model: string | undefined, promptTokens: number): Price | undefined => {
  const id = withoutDate(model);
  const entry = Object.hasOwn(prices, id) ? prices[id] : undefined;
  return typeof entry === "function" ? entry(promptTokens) : entry;
};
