/** What is left of one limit. */
export interface RateLimit {
  limit?: number;
  remaining?: number;
  /** When the limit is full again, RFC 3339. */
  reset?: string;
}

/** By what is limited: `requests`, `tokens`, `inputTokens`, `outputTokens`. */
export type RateLimits = Record<string, RateLimit>;

/**
 * Reads `anthropic-ratelimit-…` headers. Null where the host sends none.
 *
 * @see https://platform.claude.com/docs/en/api/rate-limits#response-headers
 */
export const rateLimits = (headers: Record<string, string>): RateLimits | null => {
  const limits: RateLimits = {};
  for (const [name, value] of Object.entries(headers)) {
    const match = /^anthropic-ratelimit-([a-z-]+)-(limit|remaining|reset)$/.exec(name);
    if (!match) continue;
    const [, what = "", field = ""] = match;
    const key = what.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const known = field === "reset" ? value : Number(value);
    if (typeof known === "number" && !Number.isFinite(known)) continue;
    limits[key] = { ...limits[key], [field]: known };
  }
  return Object.keys(limits).length > 0 ? limits : null;
};
