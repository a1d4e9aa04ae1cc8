import { type Schema, Validator } from "@cfworker/json-schema";
import { InvalidInput } from "../InvalidInput";

const maybe = (...types: string[]) => ({ type: [...types, "null"] });

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

/** The types of what is translated. What a value means is checked where it is translated. */
const parameters = {
  max_completion_tokens: maybe("integer"),
  max_tokens: maybe("integer"),
  temperature: { ...maybe("number"), minimum: 0, maximum: 2 },
  top_p: { ...maybe("number"), minimum: 0, maximum: 1 },
  tools: {
    ...maybe("array"),
    items: {
      type: "object",
      required: ["type"],
      properties: { type: { type: "string" }, function: call },
    },
  },
  functions: { ...maybe("array"), items: call },
  tool_choice: {
    ...maybe("string", "object"),
    properties: {
      type: { type: "string" },
      function: { type: "object", properties: { name: { type: "string" } } },
    },
  },
  function_call: maybe("string", "object"),
  parallel_tool_calls: maybe("boolean"),
  response_format: {
    ...maybe("object"),
    required: ["type"],
    properties: {
      type: { enum: ["text", "json_object", "json_schema"] },
      json_schema: { type: "object", properties: { schema: { type: "object" } } },
    },
  },
  stop: { ...maybe("string", "array"), items: { type: "string" } },
  user: maybe("string"),
  safety_identifier: maybe("string"),
  reasoning_effort: { enum: ["none", "minimal", "low", "medium", "high", "xhigh", "max", null] },
  web_search_options: maybe("object"),
};

const validator = (properties: object) =>
  new Validator({ type: "object", properties } as Schema, "2020-12", true);

const validators = {
  messages: validator({ messages: { type: "array", minItems: 1, items: message } }),
  parameters: validator(parameters),
};

/**
 * Holds a part of a chat request against its types.
 *
 * @throws InvalidInput that says where the first fault is.
 */
export const checkShape = (part: keyof typeof validators, value: unknown): void => {
  const { valid, errors } = validators[part].validate(plain(value));
  if (valid) return;
  // The last fault is the innermost one: what contains it comes before.
  const { instanceLocation = "#", error = "" } = errors.at(-1) ?? {};
  throw new InvalidInput(
    `is not as OpenAI's API takes it, at ${instanceLocation.slice(1) || "/"}: ${error}`,
  );
};

/** As it would be sent, undefined left out, and without the weight of files. */
const plain = (value: unknown): unknown => {
  try {
    return JSON.parse(
      JSON.stringify(value, (_, part: unknown) =>
        typeof part === "string" ? part.slice(0, 1_000) : part,
      ),
    );
  } catch (error) {
    throw new InvalidInput(`cannot be written as JSON: ${(error as Error).message}.`);
  }
};
