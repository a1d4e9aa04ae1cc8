/* Every problem with the value of an input, for the page of errors. */
import type { Problem } from "../../src/claude/problem";

const MB = 1_024 * 1_024;

type ByCode = { [Code in Problem["code"]]: Extract<Problem, { code: Code }> };

/** By code, so that none is missing on the page. */
export const problemExamples: ByCode = {
  file_empty: { code: "file_empty" },
  file_too_large: { code: "file_too_large", bytes: 40 * MB, limit: 32 * MB },
  file_format_unsupported: { code: "file_format_unsupported" },
  document_encrypted: { code: "document_encrypted" },
  document_damaged: { code: "document_damaged" },
  document_too_large: { code: "document_too_large", limit: 80 * MB },
  document_is_archive: { code: "document_is_archive" },
  document_format_old: { code: "document_format_old", format: ".doc" },
  file_content_missing: { code: "file_content_missing" },
  file_list: { code: "file_list" },
  file_is_text: { code: "file_is_text", name: "invoice.pdf" },
  file_read_as_text: { code: "file_read_as_text" },
  file_reference_as_text: { code: "file_reference_as_text", text: "s3://bucket/invoice.pdf" },
  content_type_invalid: { code: "content_type_invalid", type: "pdf" },
  url_unreadable: { code: "url_unreadable", url: "https://" },
  data_url_invalid: { code: "data_url_invalid" },
  data_url_not_base64: { code: "data_url_not_base64" },
  image_format_unsupported: { code: "image_format_unsupported", format: "TIFF" },
  image_dimensions_too_large: {
    code: "image_dimensions_too_large",
    width: 9_000,
    height: 400,
    limit: 8_000,
  },
  image_too_large: { code: "image_too_large", bytes: 12 * MB, limit: 10 * MB },
  pdf_encrypted: { code: "pdf_encrypted" },
  url_invalid: { code: "url_invalid" },
  url_of_text: { code: "url_of_text" },
  url_type_unknown: { code: "url_type_unknown" },
  file_id_type_unsupported: { code: "file_id_type_unsupported", type: "text/csv" },
  file_id_type_unknown: { code: "file_id_type_unknown" },
  file_data_missing: { code: "file_data_missing" },
  file_data_not_base64: { code: "file_data_not_base64" },
  too_many_images: { code: "too_many_images", count: 700, limit: 600, isModelLimit: false },
  too_many_pages: { code: "too_many_pages", count: 120, limit: 100, isModelLimit: true },
  many_images_too_large: {
    code: "many_images_too_large",
    name: "plan.png",
    side: 4_000,
    images: 21,
    limit: 2_000,
  },
  attachments_too_large: {
    code: "attachments_too_large",
    bytes: 40 * MB,
    limit: 32 * MB,
    largest: "scan.pdf",
  },
  schema_rejected: { code: "schema_rejected", cause: "required must be a list" },
  schema_member_invalid: {
    code: "schema_member_invalid",
    at: "#/properties/total",
    expected: "schema",
  },
  schema_type_missing: { code: "schema_type_missing", at: "#/properties/total" },
  schema_type_invalid: {
    code: "schema_type_invalid",
    at: "#/properties/total",
    type: '"text"',
    types: ["array", "boolean", "integer", "null", "number", "object", "string"],
  },
  schema_pattern_invalid: { code: "schema_pattern_invalid", at: "#/properties/number" },
  schema_reference_invalid: { code: "schema_reference_invalid", reference: "other.json" },
  schema_reference_missing: { code: "schema_reference_missing", reference: "#/$defs/line" },
  schema_reference_circular: { code: "schema_reference_circular", reference: "#/$defs/line" },
  field_repeated: { code: "field_repeated", name: "total" },
  tool_not_an_object: { code: "tool_not_an_object", position: 2 },
  tool_name_invalid: { code: "tool_name_invalid", position: 2, maxLength: 128 },
  tool_schema_missing: { code: "tool_schema_missing", name: "get_order" },
  tool_repeated: { code: "tool_repeated", name: "get_order" },
  request_not_an_object: { code: "request_not_an_object", position: 2 },
  request_params_missing: { code: "request_params_missing", position: 2 },
  custom_id_invalid: { code: "custom_id_invalid", position: 2 },
  custom_id_repeated: { code: "custom_id_repeated", id: "A-1042", positions: [1, 3] },
  request_unsupported: {
    code: "request_unsupported",
    position: 2,
    id: "A-1042",
    fault: { code: "max_tokens_missing" },
  },
  row_value_repeated: { code: "row_value_repeated", value: "A-1042", rows: [1, 3] },
  batch_archived: { code: "batch_archived", id: "msgbatch_01", until: undefined },
  batch_not_ended: { code: "batch_not_ended", id: "msgbatch_01", status: "in_progress" },
  state_invalid: { code: "state_invalid" },
  state_not_readable: { code: "state_not_readable" },
  openai_invalid: { code: "openai_invalid", at: "messages[0]", cause: "it must be an object." },
  openai_not_serializable: { code: "openai_not_serializable", cause: "it contains itself" },
  openai_parameter: {
    code: "openai_parameter",
    parameter: "response_format",
    problem: { code: "schema_type_missing", at: "the root" },
  },
  openai_file: { code: "openai_file", message: 2, problem: { code: "file_empty" } },
  role_invalid: { code: "role_invalid", message: 2 },
  content_missing: { code: "content_missing", message: 2 },
  part_not_text: { code: "part_not_text", message: 2 },
  part_unsupported: { code: "part_unsupported", message: 2, type: "input_audio" },
  tool_call_id_repeated: { code: "tool_call_id_repeated", message: 2 },
  tool_call_without_result: {
    code: "tool_call_without_result",
    tool: "get_order",
    id: "call_1",
    before: undefined,
  },
  tool_result_without_call: { code: "tool_result_without_call", message: 2, id: "call_1" },
  tool_arguments_invalid: {
    code: "tool_arguments_invalid",
    message: 2,
    tool: "get_order",
    isJson: false,
  },
  last_message_not_user: { code: "last_message_not_user" },
  tool_choice_without_tools: { code: "tool_choice_without_tools" },
  tool_choice_invalid: { code: "tool_choice_invalid", choice: "always" },
  tool_choice_unknown: { code: "tool_choice_unknown", name: "get_ordr", names: ["get_order"] },
  web_search_repeated: { code: "web_search_repeated" },
};

/** Headings, with the labels that the messages start with, and how the codes begin. */
export const problemTopics: { title: string; labels: [label: string, codes: RegExp][] }[] = [
  {
    title: "Files",
    labels: [
      ["Attachments", /^(too_many|many_images|attachments)/],
      ['Attachments "invoice.pdf"', /^(file|document|content_type|url|data_url|image|pdf)/],
    ],
  },
  {
    title: "JSON Schema",
    labels: [
      ["Fields", /^field_/],
      ["JSON Schema", /^schema/],
    ],
  },
  { title: "Tools", labels: [["Tool Definitions", /^tool_(not|name|schema|repeated)/]] },
  {
    title: "Batches",
    labels: [
      ["Requests", /^(request|custom_id)/],
      ["ID Field", /^row_value/],
      ["Batch ID", /^batch/],
    ],
  },
  { title: "State of an agent", labels: [["State", /^state/]] },
  {
    title: "OpenAI's format",
    labels: [
      ["Parameters", /^(openai_parameter|web_search)/],
      ["Parameters (tool_choice)", /^tool_choice/],
      ["Messages", /^(openai|role|content_missing|part|tool_(call|result|arguments)|last)/],
    ],
  },
];

/** The label that messages about a problem start with. */
export const labelOf = (code: string): string | undefined =>
  problemTopics.flatMap(({ labels }) => labels).find(([, codes]) => codes.test(code))?.[0];
