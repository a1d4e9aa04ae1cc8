import type { Field } from "./fields";
import type { MessageResult } from "./result";
import { messageResultExample, messageResultSchema } from "./schema";

/** A row of Fields. */
export interface SuggestedField extends Omit<Field, "choices" | "description"> {
  description: string;
  /** Separated by commas. */
  choices: string;
}

/** What Suggest Fields returns. */
export interface Suggestion
  extends Pick<MessageResult, "usage" | "cost" | "warnings" | "requestId"> {
  fields: SuggestedField[];
  /** The JSON Schema of a record with these fields. */
  jsonSchema: Record<string, unknown>;
}

const { usage, cost, warnings, requestId } = messageResultSchema.properties;
const text = { type: "string" };
const flag = { type: "boolean" };

/** JSON Schema of Suggestion, for the designer. */
export const suggestionSchema = {
  type: "object",
  properties: {
    fields: {
      type: "array",
      description: "The rows to enter in Fields of Extract Data",
      items: {
        type: "object",
        properties: {
          name: text,
          type: text,
          description: text,
          required: flag,
          list: flag,
          choices: text,
        },
        required: ["name", "type", "description", "required", "list", "choices"],
      },
    },
    jsonSchema: { type: "object", description: "The fields as a JSON Schema, to use instead" },
    usage,
    cost,
    warnings,
    requestId,
  },
  required: ["fields", "jsonSchema", "usage", "cost", "warnings", "requestId"],
};

export const suggestionExample: Suggestion = {
  fields: [
    {
      name: "total",
      type: "number",
      description: "The amount to pay, with tax",
      required: true,
      list: false,
      choices: "",
    },
  ],
  jsonSchema: {
    type: "object",
    properties: {
      total: {
        type: ["number", "null"],
        description: "total: The amount to pay, with tax. Null if it is not in the text.",
      },
    },
    required: ["total"],
    additionalProperties: false,
  },
  usage: messageResultExample.usage,
  cost: messageResultExample.cost,
  warnings: [],
  requestId: messageResultExample.requestId,
};
