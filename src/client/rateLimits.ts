/** One rate limit and what remains of it. */
export interface RateLimit {
  limit?: number;
  remaining?: number;
  /** When the limit is fully replenished, RFC 3339. */
  reset?: string;
}

/** By kind: `requests`, `tokens`, `inputTokens`, `outputTokens`. */
export type RateLimits = Record<string, RateLimit>;

/**
 * Reads `anthropic-ratelimit-…` headers. Null if the host sends none.
 *
 * @see https://platform.claude.com/docs/en/api/rate-limits#response-headers
 */
export const rateLimits = (headers: Record<string, string>): RateLimits | null => {
  const limits: RateLimits = {};
  for (const [name, value] of Object.entries(headers)) {
    const match = /^anthropic-ratelimit-([a-z-]+)-(limit|remaining|reset)$/.exec(name);
    if (!match) continue;
    const [, kind = "", field = ""] = match;
    const key = kind.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const read = field === "reset" ? value : Number(value);
    if (typeof read === "number" && !Number.isFinite(read)) continue;
    limits[key] = { ...limits[key], [field]: read };
  }
  return Object.keys(limits).length > 0 ? limits : null;
};
