import { nullable } from "./nullable";

/** JSON Schema of ErrorData, or null. */
export const errorSchema = (description: string) => ({
  type: ["object", "null"],
  description,
  properties: {
    code: { type: "string", description: "The kind of error, such as rate_limited" },
    message: { type: "string", description: "The cause of the failure, and the input to change" },
    retryable: { type: "boolean", description: "Whether the same request may succeed later" },
    input: nullable("string", "The input to change"),
    status: nullable("integer", "HTTP status"),
    requestId: nullable("string", "Request ID, for Anthropic's support"),
  },
  required: ["code", "message", "retryable", "input", "status", "requestId"],
});
