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
  // Not an object: a host may name a limit like what every object inherits.
  const limits = new Map<string, RateLimit>();
  for (const [name, value] of Object.entries(headers)) {
    // Every response has about twelve of them: a regular expression would show in the CPU time of a call.
    if (!name.startsWith(prefix)) continue;
    const end = name.lastIndexOf("-");
    const field = name.slice(end + 1);
    if (end <= prefix.length || !isField(field)) continue;
    const key = camelCase(name.slice(prefix.length, end));
    const read = field === "reset" ? value : Number(value);
    if (typeof read === "number" && !Number.isFinite(read)) continue;
    limits.set(key, { ...limits.get(key), [field]: read });
  }
  return limits.size > 0 ? Object.fromEntries(limits) : null;
};

const prefix = "anthropic-ratelimit-";

const isField = (name: string): name is keyof RateLimit =>
  name === "limit" || name === "remaining" || name === "reset";

const camelCase = (name: string): string =>
  name.includes("-")
    ? name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
    : name;
