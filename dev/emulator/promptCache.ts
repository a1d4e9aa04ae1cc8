import { createHash } from "node:crypto";
import type { MessagesBody } from "./request";
import type { PromptPart } from "./tokens";

/** Shorter prompts are not cached. */
const minTokens = 1_024;
/** So many parts before a mark are compared with what is cached. */
const lookBack = 20;
const ttlMs = { "5m": 5 * 60_000, "1h": 60 * 60_000 };

/** The input tokens of a request, by how they are paid for. */
export interface InputUsage {
  input_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
  cache_creation: { ephemeral_5m_input_tokens: number; ephemeral_1h_input_tokens: number };
}

/**
 * The prompts that are cached: those up to a `cache_control`, for the time that it asks for. A request
 * that begins with one of them reads it.
 *
 * @param now The emulator's clock, in ms since the epoch.
 * @see https://platform.claude.com/docs/en/build-with-claude/prompt-caching
 */
export const createPromptCache = (now: () => number) => {
  const expiries = new Map<string, number>();

  return (body: MessagesBody, parts: readonly PromptPart[]): InputUsage => {
    const marks = parts.flatMap(({ cache }, index) => (cache ? [{ index, cache }] : []));
    if (body.cache_control) marks.push({ index: parts.length - 1, cache: body.cache_control });
    const last = marks.at(-1)?.index ?? -1;
    const hash = createHash("sha256").update(body.model);
    const prefixes: { key: string; tokens: number }[] = [];
    let tokens = 0;
    for (const [index, part] of parts.entries()) {
      tokens += part.tokens;
      if (index > last) continue;
      hash.update(JSON.stringify(part.value, withoutMarks)).update("\0");
      prefixes.push({ key: hash.copy().digest("base64"), tokens });
    }
    const cached = prefixes.findLast(
      ({ key, tokens: length }, index) =>
        length >= minTokens &&
        (expiries.get(key) ?? 0) > now() &&
        marks.some((mark) => mark.index >= index && mark.index - index < lookBack),
    );
    const read = cached?.tokens ?? 0;
    let written = read;
    const creation = { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 };
    for (const { index, cache } of marks) {
      const prefix = prefixes[index];
      if (!prefix || prefix.tokens < minTokens) continue;
      const ttl = (cache as { ttl?: unknown }).ttl === "1h" ? "1h" : "5m";
      expiries.set(prefix.key, now() + ttlMs[ttl]);
      if (prefix.tokens <= written) continue;
      creation[`ephemeral_${ttl}_input_tokens`] += prefix.tokens - written;
      written = prefix.tokens;
    }
    return {
      input_tokens: tokens - written,
      cache_creation_input_tokens: written - read,
      cache_read_input_tokens: read,
      cache_creation: creation,
    };
  };
};

/** Cache breakpoints are not part of the prompt. */
export const withoutMarks = (key: string, value: unknown) =>
  key === "cache_control" ? undefined : value;
