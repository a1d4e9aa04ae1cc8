import { input, SpectralError, structuredObjectInput } from "@prismatic-io/spectral";
import type { MessageResult } from "../claude/messages/result";
import { type AnswerSchema, answerSchema } from "../claude/messages/structured";
import { asInput } from "./InputError";
import { flag, group, optionalObject, texts } from "./read";

export const jsonSchema = input({
  label: "JSON Schema",
  type: "code",
  language: "json",
  required: false,
  comments:
    "The shape of the answer as a JSON Schema. The answer then comes as data in json, checked against the schema.",
  placeholder: "Enter a JSON Schema",
  example:
    '{"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": false}',
  clean: (value): AnswerSchema | undefined => {
    const schema = optionalObject("JSON Schema")(value);
    return schema && asInput("JSON Schema", () => answerSchema(schema));
  },
});

const fields = {
  jsonSchema,
  stopSequences: input({
    label: "Stop Sequences",
    type: "string",
    collection: "valuelist",
    required: false,
    comments: "Texts that end the answer when Claude is about to write one of them.",
    placeholder: "Enter a text",
    example: "END",
    clean: texts("Stop Sequences"),
  }),
  failWhenIncomplete: input({
    label: "Fail When Incomplete",
    type: "boolean",
    required: false,
    default: "false",
    comments:
      "On: an answer that is cut off, declined, paused or not of the JSON Schema's shape is an error. Off: the output tells, in truncated, refused, paused and warnings.",
    clean: flag("Fail When Incomplete"),
  }),
};

export const output = structuredObjectInput({
  label: "Output",
  comments: "The shape of the answer, and where it ends.",
  inputs: fields,
});

export const countedOutput = structuredObjectInput({
  label: "Output",
  comments: "The shape of the answer. It is part of the prompt.",
  inputs: { jsonSchema },
});

export const readCountedOutput = group({ label: "Output", inputs: { jsonSchema } });

const fieldsOfBatches = {
  jsonSchema: {
    ...jsonSchema,
    comments:
      "The shape of the answers as a JSON Schema. Get Batch Results takes it too, to check them against it.",
  },
  stopSequences: fields.stopSequences,
};

export const batchOutput = structuredObjectInput({
  label: "Output",
  comments: "The shape of the answers, and where they end.",
  inputs: fieldsOfBatches,
});

export const readBatchOutput = group({ label: "Output", inputs: fieldsOfBatches });

export const readOutput = group({ label: "Output", inputs: fields });

/** An answer that is not all that was asked for, where Fail When Incomplete is on. */
export class IncompleteAnswerError extends SpectralError {
  readonly stopReason: string | null;
  readonly requestId: string | null;

  /** @param shortfall In which way the answer falls short, and what to change. */
  constructor(shortfall: string, { stop_reason, requestId }: MessageResult) {
    super(`${shortfall}${requestId ? ` (request id ${requestId})` : ""}`);
    this.name = "IncompleteAnswerError";
    this.stopReason = stop_reason;
    this.requestId = requestId;
  }
}
