import { action, outputSchema } from "@prismatic-io/spectral";
import { type Field, fieldsSchema, fieldTypes } from "../../claude/messages/fields";
import { replySchema } from "../../claude/messages/replySchema";
import {
  type Suggestion,
  suggestionExample,
  suggestionSchema,
} from "../../claude/messages/suggestionSchema";
import { attachments } from "../../parameters/attachments";
import { connection } from "../../parameters/connection";
import { model } from "../../parameters/model";
import { stepClient } from "../../steps/client";
import { IncompleteResponseError } from "../../steps/messageResult";
import { dataDraft, incomplete, instructions, requestData, text } from "../../steps/requestData";
import { labelsOf } from "../../wording/labels";

const inputs = { connection, model, text, attachments, instructions };
const labels = labelsOf(inputs, { message: `${text.label} or ${instructions.label}` });

const task =
  "Propose the fields of a record for documents like the user's sample. At most 20 fields, most important first. Names are short, in camelCase. A description says how to find the value in other documents, without values of the sample. Type oneOf is for a value that is one of few choices, which contain no commas.";

const textSchema = { type: "string" };
const flagSchema = { type: "boolean" };

const schema = replySchema({
  type: "object",
  properties: {
    fields: {
      type: "array",
      items: {
        type: "object",
        properties: {
          name: textSchema,
          type: { type: "string", enum: [...fieldTypes] },
          description: textSchema,
          required: { ...flagSchema, description: "Whether every document has it" },
          list: { ...flagSchema, description: "Whether a document has several values" },
          choices: { type: "array", items: textSchema, description: "Only for type oneOf" },
        },
        required: ["name", "type", "description", "required", "list", "choices"],
        additionalProperties: false,
      },
    },
  },
  required: ["fields"],
  additionalProperties: false,
});

/** @see https://platform.claude.com/docs/en/build-with-claude/structured-outputs */
export const suggestFields = action({
  display: {
    label: "Suggest Fields",
    description: "Suggest the fields for Extract Data from a sample document",
  },
  inputs,
  performSafety: "notAllowed",
  perform: async (context, params) => {
    const system = [task, params.instructions].filter(Boolean).join("\n\n");
    const draft = dataDraft(params, system, schema, labels);
    const client = stepClient(context, params, labels);
    const reply = await requestData(client, draft, schema, params.model, labels);
    const { json, result } = reply;
    if (json === null) throw new IncompleteResponseError(incomplete(reply, labels), result);
    const fields = usable((json as { fields: ProposedField[] }).fields);
    const { usage, cost, warnings, requestId } = result;
    const data: Suggestion = {
      fields: fields.map((field) => ({ ...field, choices: field.choices.join(", ") })),
      jsonSchema: fieldsSchema(fields),
      usage,
      cost,
      warnings,
      requestId,
    };
    return { data };
  },
  examplePerform: async () => ({ data: suggestionExample }),
  examplePayload: { data: suggestionExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: suggestionSchema }),
});

type ProposedField = Field & { description: string };

/** Proposed fields as Fields accepts them: each name once, and choices for the type that has them. */
const usable = (proposed: readonly ProposedField[]): ProposedField[] => {
  const byName = new Map(proposed.map((field) => [field.name.trim(), field]));
  byName.delete("");
  return [...byName].map(([name, { type, choices: given, ...rest }]) => {
    const choices = [...new Set(given.map((choice) => choice.trim()).filter(Boolean))];
    const isChoice = choices.length > 0 && !choices.some((choice) => choice.includes(","));
    if (type !== "oneOf") return { ...rest, name, type, choices: [] };
    return isChoice
      ? { ...rest, name, type, choices }
      : { ...rest, name, type: "text", choices: [] };
  });
};
