import type { ModelInfo } from "@anthropic-ai/sdk/resources/models";
import type { Page } from "../../client/pages";
import { nullable } from "../nullable";

/** JSON Schema of a model, for the designer. Members that the API adds later are allowed. */
export const modelSchema = {
  type: "object",
  properties: {
    id: { type: "string", description: "ID of the model" },
    type: { type: "string", description: "Always model" },
    display_name: { type: "string", description: "Display name" },
    created_at: { type: "string", description: "When the model was released" },
    lifecycle: { type: "string", description: "active, deprecated or retired" },
    line: nullable("string", "Model line, such as sonnet"),
    deprecated_at: nullable("string", "When it was deprecated"),
    retires_at: nullable("string", "When it retires, if that is planned"),
    max_input_tokens: nullable("integer", "Maximum prompt, in tokens"),
    max_tokens: nullable("integer", "Maximum reply, in tokens"),
    capabilities: nullable("object", "Capabilities of the model"),
  },
  required: ["id"],
};

export const modelsPageSchema = {
  type: "object",
  properties: {
    data: { type: "array", description: "The models, newest first", items: modelSchema },
    has_more: { type: "boolean", description: "Whether there is a next page" },
    first_id: nullable("string", "ID of the first model, to get the previous page"),
    last_id: nullable("string", "ID of the last model, to get the next page"),
  },
  required: ["data", "has_more", "first_id", "last_id"],
};

const yes = { supported: true };
const no = { supported: false };

export const modelExample: ModelInfo = {
  id: "claude-sonnet-5-5",
  type: "model",
  display_name: "Claude Sonnet 5.5",
  created_at: "2026-09-28T00:00:00Z",
  lifecycle: "active",
  line: "sonnet",
  deprecated_at: null,
  retires_at: null,
  max_input_tokens: 1_000_000,
  max_tokens: 128_000,
  capabilities: {
    batch: yes,
    citations: yes,
    code_execution: yes,
    context_management: {
      supported: true,
      clear_thinking_20251015: yes,
      clear_tool_uses_20250919: yes,
      compact_20260112: yes,
    },
    effort: { supported: true, low: yes, medium: yes, high: yes, xhigh: yes, max: yes },
    image_input: yes,
    pdf_input: yes,
    server_tools: { supported: true, code_execution: yes, web_search: yes },
    structured_outputs: yes,
    thinking: {
      supported: true,
      types: { adaptive: yes, between_tools: yes, disabled: no, enabled: no },
    },
  },
};

export const modelsPageExample: Page<ModelInfo> = {
  data: [modelExample],
  has_more: false,
  first_id: "claude-sonnet-5-5",
  last_id: "claude-sonnet-5-5",
};
