import { choice, group, parameter } from "./define";
import { isBlank } from "./read";

export const cache = choice(
  "Cache",
  { off: "Off", "5m": "5 minutes", "1h": "1 hour" },
  {
    comments:
      "How long to cache the prompt. Cached input costs 10% of the normal price or less; writing to the cache costs 25% extra (5 minutes) or double (1 hour). usage and cost show the savings.",
    placeholder: "Choose how long to cache",
    example: "5m",
  },
);

const ofRows =
  "How long to cache System Prompt, if it has no {{field}}: all requests but the first then pay 10% or less for it.";

/** Shown in Advanced. Earlier versions had it in a group of its own, which flows may still pass. */
export const caching = group("Caching", "How long to cache the prompt.", {
  /** @see https://platform.claude.com/docs/en/build-with-claude/prompt-caching#automatic-caching */
  cache: parameter({
    input: cache,
    commentsFor: { createBatch: ofRows, processList: ofRows },
    body: (cache) =>
      cache === "off"
        ? {}
        : { cache_control: { type: "ephemeral", ...(cache === "1h" ? { ttl: cache } : {}) } },
  }),
});

/** An agent caches by default: between its turns, all but the end of the prompt is the same. */
export const agentCaching = group(
  "Caching",
  "Caches earlier turns, so they cost 10% or less from the second turn on.",
  {
    cache: {
      ...caching.parameters.cache,
      input: {
        ...cache,
        default: "5m",
        clean: (value: unknown) => cache.clean(isBlank(value) ? "5m" : value),
      },
    },
  },
);
