import { exampleOfSchema } from "../claude/messages/exampleOfSchema";
import type { ReplySchema } from "../claude/messages/replySchema";

/** A reply of a given structure, for the designer to show its fields before the first run. */
export const exampleJson = ({ whole, example }: ReplySchema) => {
  const json = example ?? exampleOfSchema(whole);
  return { json, text: JSON.stringify(json), ...(example ? { schema: whole } : {}) };
};
