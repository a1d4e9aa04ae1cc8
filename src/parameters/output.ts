import { type ReplySchema, replySchema } from "../claude/messages/replySchema";
import { flag, group, json, list, parameter } from "./define";
import { asInput } from "./InputError";
import { optionalObject, type Reader } from "./read";

/** The reader of a JSON Schema for replies. */
const readSchema: Reader<ReplySchema | undefined> = (label) => (value) => {
  const schema = optionalObject(label)(value);
  return schema && asInput(label, () => replySchema(schema));
};

export const jsonSchema = json(
  "JSON Schema",
  {
    comments:
      "The structure of the response as a JSON Schema. The response is then validated and returned as data in json.",
    placeholder: "Enter a JSON Schema",
    example:
      '{"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": false}',
  },
  readSchema,
);

export const output = group(
  "Output",
  {
    other: "The structure of the response, and where it stops.",
    countTokens: "The structure of the response. It is part of the prompt.",
    createBatch: "The structure of the responses, and where they stop.",
  },
  {
    jsonSchema: parameter({
      input: jsonSchema,
      steps: ["chat", "countTokens", "createBatch"],
      commentsFor: {
        createBatch:
          "The structure of the responses as a JSON Schema. Pass it to Get Batch Results too, which validates them.",
      },
    }),
    stopSequences: parameter({
      input: list("Stop Sequences", {
        comments: "Claude stops when it is about to output one of these strings.",
        placeholder: "Enter a text",
        example: "END",
      }),
      steps: ["chat", "createBatch"],
      body: (texts) => (texts.length > 0 ? { stop_sequences: texts } : {}),
    }),
    failWhenIncomplete: parameter({
      input: flag("Fail When Incomplete", {
        comments:
          "If on, the step fails when the response is truncated, refused, paused or does not match JSON Schema. If off, check truncated, refused, paused and warnings.",
      }),
      steps: ["chat"],
    }),
  },
);
