import { rateLimits } from "./rateLimits";

/** Paces the requests of a step that sends many, which share the rate limits of their key. */
export interface Pace {
  /** Milliseconds until the next request may be sent. */
  delay(): number;
  /** A request is sent. */
  begin(): void;
  /** What a response says about the rate limits. */
  observe(headers: Record<string, string>): void;
  /** No request may be sent before this many milliseconds have passed. */
  hold(ms: number): void;
  /** What a request used, to estimate the next one: by kind of rate limit. */
  learn(used: Record<string, number>): void;
}

/** What is available of a rate limit, which the API replenishes continuously. */
interface Bucket {
  limit: number;
  available: number;
  perMs: number;
  /** When this was known, in ms since the epoch. */
  at: number;
}

/**
 * By hand: libraries limit requests by fixed numbers, not by what responses report.
 *
 * @see https://platform.claude.com/docs/en/api/rate-limits#response-headers
 */
export const createPace = (): Pace => {
  let notBefore = 0;
  const buckets = new Map<string, Bucket>();
  const needs = new Map([["requests", 1]]);
  const availableOf = ({ limit, available, perMs, at }: Bucket, now: number): number =>
    Math.min(limit, available + perMs * (now - at));
  const needOf = (kind: string, { limit }: Bucket): number => Math.min(needs.get(kind) ?? 0, limit);
  return {
    delay: () => {
      const now = Date.now();
      const waits = [...buckets].map(([kind, bucket]) => {
        const missing = needOf(kind, bucket) - availableOf(bucket, now);
        return missing > 0 ? missing / bucket.perMs : 0;
      });
      return Math.ceil(Math.max(0, notBefore - now, ...waits));
    },
    begin: () => {
      const now = Date.now();
      for (const [kind, bucket] of buckets) {
        bucket.available = availableOf(bucket, now) - needOf(kind, bucket);
        bucket.at = now;
      }
    },
    observe: (headers) => {
      const now = Date.now();
      for (const [kind, { limit, remaining, reset = "" }] of Object.entries(
        rateLimits(headers) ?? {},
      )) {
        if (!limit || remaining === undefined) continue;
        // Without a time, a limit is one per minute.
        const until = Date.parse(reset) - now;
        const isKnown = until > 0 && remaining < limit;
        const perMs = isKnown ? (limit - remaining) / until : limit / 60_000;
        buckets.set(kind, { limit, available: remaining, perMs, at: now });
      }
    },
    hold: (ms) => {
      notBefore = Math.max(notBefore, Date.now() + ms);
    },
    learn: (used) => {
      // The mean of all so far would follow a change of size too slowly.
      for (const [kind, amount] of Object.entries(used)) {
        needs.set(kind, needs.has(kind) ? ((needs.get(kind) ?? 0) * 3 + amount) / 4 : amount);
      }
    },
  };
};
