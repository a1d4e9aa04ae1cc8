import type { ReplySchema } from "../claude/messages/replySchema";

/** What is wrong with a fallback in place of a reply of a given structure. */
export const fallbackFault =
  (schema: ReplySchema | undefined, label = "JSON Schema", wrap?: string) =>
  (value: unknown): string | undefined => {
    if (!schema) return undefined;
    const text = typeof value === "string" ? value : JSON.stringify(value);
    // Stricter than a reply: what is around the JSON would make it a text.
    try {
      JSON.parse(text);
    } catch {
      return "must be JSON.";
    }
    const { mismatch } = schema.read(wrap ? `{${JSON.stringify(wrap)}:${text}}` : text);
    if (!mismatch) return undefined;
    return mismatch.code === "reply_not_json"
      ? "must be JSON."
      : `does not match ${label} (${mismatch.faults}).`;
  };
