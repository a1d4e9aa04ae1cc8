import type { CacheControlEphemeral } from "@anthropic-ai/sdk/resources/messages";
import { input, structuredObjectInput } from "@prismatic-io/spectral";
import { group, oneOf } from "./read";

export const cache = input({
  label: "Cache",
  type: "string",
  required: false,
  default: "off",
  model: [
    { label: "Off", value: "off" },
    { label: "5 minutes", value: "5m" },
    { label: "1 hour", value: "1h" },
  ],
  comments:
    "How long Claude remembers the prompt. Repeating it within that time costs a tenth or less for what it has in common; storing it costs a quarter more for 5 minutes, twice as much for 1 hour. What was saved shows in usage and cost.",
  placeholder: "Choose how long to remember",
  example: "5m",
  clean: (value) => oneOf("Cache", ["off", "5m", "1h"])(value) ?? "off",
});

const fields = { cache };

export const caching = structuredObjectInput({
  label: "Caching",
  comments: "Pays off for long prompts that are sent again and again.",
  inputs: fields,
});

const readFields = group({ label: "Caching", inputs: fields });

/** @see https://platform.claude.com/docs/en/build-with-claude/prompt-caching#automatic-caching */
export const readCaching = (value: unknown): CacheControlEphemeral | undefined => {
  const { cache } = readFields(value);
  if (cache === "off") return undefined;
  return cache === "1h" ? { type: "ephemeral", ttl: "1h" } : { type: "ephemeral" };
};
