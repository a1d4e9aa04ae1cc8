import { type Schema, Validator } from "@cfworker/json-schema";
import { InvalidInput } from "../problem";

const nullableType = (...types: string[]) => ({ type: [...types, "null"] });

const call = {
  type: "object",
  required: ["name"],
  properties: { name: { type: "string" }, parameters: { type: ["object", "null"] } },
};

const toolCall = {
  type: "object",
  required: ["id"],
  properties: { id: { type: "string" } },
  anyOf: [
    { properties: { type: { enum: ["function"] }, function: call }, required: ["function"] },
    { properties: { type: { const: "custom" }, custom: call }, required: ["type", "custom"] },
  ],
};

const message = {
  type: "object",
  required: ["role"],
  properties: {
    role: { type: "string" },
    tool_call_id: { type: "string" },
    tool_calls: { type: ["array", "null"], items: toolCall },
    function_call: { anyOf: [call, { type: "null" }] },
  },
};

/** The types of the parameters that are converted. Their values are checked when they are converted. */
const parameters = {
  max_completion_tokens: nullableType("integer"),
  max_tokens: nullableType("integer"),
  temperature: { ...nullableType("number"), minimum: 0, maximum: 2 },
  top_p: { ...nullableType("number"), minimum: 0, maximum: 1 },
  tools: {
    ...nullableType("array"),
    items: {
      type: "object",
      required: ["type"],
      properties: { type: { type: "string" }, function: call },
    },
  },
  functions: { ...nullableType("array"), items: call },
  tool_choice: {
    ...nullableType("string", "object"),
    properties: {
      type: { type: "string" },
      function: { type: "object", properties: { name: { type: "string" } } },
    },
  },
  function_call: nullableType("string", "object"),
  parallel_tool_calls: nullableType("boolean"),
  response_format: {
    ...nullableType("object"),
    required: ["type"],
    properties: {
      type: { enum: ["text", "json_object", "json_schema"] },
      json_schema: { type: "object", properties: { schema: { type: "object" } } },
    },
  },
  stop: { ...nullableType("string", "array"), items: { type: "string" } },
  user: nullableType("string"),
  safety_identifier: nullableType("string"),
  reasoning_effort: { enum: ["none", "minimal", "low", "medium", "high", "xhigh", "max", null] },
  web_search_options: nullableType("object"),
};

const validator = (properties: object) =>
  new Validator({ type: "object", properties } as Schema, "2020-12", true);

const validators = {
  messages: validator({ messages: { type: "array", minItems: 1, items: message } }),
  parameters: validator(parameters),
};

/**
 * Checks the types of a part of a chat request.
 *
 * @throws InvalidInput with the location of the first fault.
 */
export const checkShape = (part: keyof typeof validators, value: unknown): void => {
  const { valid, errors } = validators[part].validate(asJsonData(value));
  if (valid) return;
  // The last fault is the innermost one: what contains it is reported before.
  const { instanceLocation = "#", error = "" } = errors.at(-1) ?? {};
  const at = instanceLocation.slice(1) || "/";
  throw new InvalidInput({ code: "openai_invalid", at, cause: error });
};

/** The value as it would be sent, without undefined members, and with long texts truncated. */
const asJsonData = (value: unknown): unknown => {
  try {
    return JSON.parse(
      JSON.stringify(value, (_, member: unknown) =>
        typeof member === "string" ? member.slice(0, 1_000) : member,
      ),
    );
  } catch (error) {
    throw new InvalidInput({ code: "openai_not_serializable", cause: (error as Error).message });
  }
};
