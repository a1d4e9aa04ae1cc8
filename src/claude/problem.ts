/*
 * What is wrong with a value that was given, as data. src/wording/problems.ts makes the sentence,
 * with the label of the input.
 */

export type Problem =
  // Files
  | { code: "file_empty" }
  | { code: "file_too_large"; bytes: number; limit: number }
  | { code: "file_format_unsupported" }
  | { code: "document_encrypted" }
  | { code: "document_damaged" }
  | { code: "document_too_large"; limit: number }
  | { code: "document_is_archive" }
  | { code: "document_format_old"; format: string }
  | { code: "file_content_missing" }
  | { code: "file_list" }
  | { code: "file_is_text"; name: string }
  | { code: "file_read_as_text" }
  | { code: "file_reference_as_text"; text: string }
  | { code: "content_type_invalid"; type: string }
  | { code: "url_unreadable"; url: string }
  | { code: "data_url_invalid" }
  | { code: "data_url_not_base64" }
  | { code: "image_format_unsupported"; format: string }
  | { code: "image_dimensions_too_large"; width: number; height: number; limit: number }
  | { code: "image_too_large"; bytes: number; limit: number }
  | { code: "pdf_encrypted" }
  | { code: "url_invalid" }
  | { code: "url_of_text" }
  | { code: "url_type_unknown" }
  | { code: "file_id_type_unsupported"; type: string }
  | { code: "file_id_type_unknown" }
  | { code: "file_data_missing" }
  | { code: "file_data_not_base64" }
  | { code: "too_many_images"; count: number; limit: number; isModelLimit: boolean }
  | { code: "too_many_pages"; count: number; limit: number; isModelLimit: boolean }
  | { code: "many_images_too_large"; name: string; side: number; images: number; limit: number }
  | { code: "attachments_too_large"; bytes: number; limit: number; largest: string }
  // JSON Schema
  | { code: "schema_rejected"; cause: string }
  | { code: "schema_member_invalid"; at: string; expected: ExpectedMember }
  | { code: "schema_type_missing"; at: string }
  | { code: "schema_type_invalid"; at: string; type: string; types: readonly string[] }
  | { code: "schema_pattern_invalid"; at: string }
  | { code: "schema_reference_invalid"; reference: string }
  | { code: "schema_reference_missing"; reference: string }
  | { code: "schema_reference_circular"; reference: string }
  | { code: "field_repeated"; name: string }
  // Tools
  | { code: "tool_not_an_object"; position: number }
  | { code: "tool_name_invalid"; position: number; maxLength: number }
  | { code: "tool_schema_missing"; name: string }
  | { code: "tool_repeated"; name: string }
  // Batches
  | { code: "request_not_an_object"; position: number }
  | { code: "request_params_missing"; position: number }
  | { code: "custom_id_invalid"; position: number }
  | { code: "custom_id_repeated"; id: string; positions: [number, number] }
  | { code: "request_unsupported"; position: number; id: string; fault: RequestFault }
  | { code: "row_value_repeated"; value: string; rows: [number, number] }
  | { code: "batch_archived"; id: string; until: string | undefined }
  | { code: "batch_not_ended"; id: string; status: string }
  // Agents
  | { code: "state_invalid" }
  | { code: "state_not_readable" }
  // OpenAI's format
  | { code: "openai_invalid"; at: string; cause: string }
  | { code: "openai_not_serializable"; cause: string }
  | { code: "openai_parameter"; parameter: string; problem: Problem }
  | { code: "openai_file"; message: number; problem: Problem }
  | { code: "role_invalid"; message: number }
  | { code: "content_missing"; message: number }
  | { code: "part_not_text"; message: number }
  | { code: "part_unsupported"; message: number; type: string | undefined }
  | { code: "tool_call_id_repeated"; message: number }
  | { code: "tool_call_without_result"; tool: string; id: string; before: number | undefined }
  | { code: "tool_result_without_call"; message: number; id: string }
  | { code: "tool_arguments_invalid"; message: number; tool: string; isJson: boolean }
  | { code: "last_message_not_user" }
  | { code: "tool_choice_without_tools" }
  | { code: "tool_choice_invalid"; choice: string }
  | { code: "tool_choice_unknown"; name: string; names: string[] }
  | { code: "web_search_repeated" };

type ExpectedMember = "schema" | "schemas by name" | "schemas" | "text" | "values" | "names";

/** Why a batch does not accept the parameters of a request. */
export type RequestFault =
  | { code: "model_missing" }
  | { code: "messages_missing" }
  | { code: "max_tokens_missing" }
  | { code: "parameter_unsupported"; name: string };

/** A value that Claude's API would refuse, found before it is sent. */
export class InvalidInput extends Error {
  override name = "InvalidInput";

  constructor(readonly problem: Problem) {
    super(problem.code);
  }
}
