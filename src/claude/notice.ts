/*
 * What was adjusted, dropped or could not be determined, as data. src/wording/notices.ts makes the
 * sentence for `warnings`, with the labels of the step.
 */

import type { Repair } from "./messages/repairRequest";
import type { Problem } from "./problem";

export type Notice =
  // Adapted to the model
  | { code: "sampling_not_supported"; setting: SamplingSetting; value: number; by: string }
  | { code: "sampling_not_supported_with_thinking"; setting: SamplingSetting; value: number }
  | { code: "top_p_with_temperature"; value: number }
  | { code: "max_tokens_reduced"; model: string; limit: number }
  | { code: "model_retires"; model: string; date: string | undefined }
  | { code: "thinking_always_on"; model: string }
  | { code: "thinking_not_supported"; model: string }
  | { code: "thinking_sent_as_adaptive"; model: string }
  | { code: "thinking_budget_only"; model: string; minimum: number }
  | { code: "thinking_sent_as_budget"; model: string; budget: number; isReplacement: boolean }
  | { code: "effort_not_supported"; model: string; effort: string }
  | { code: "effort_changed"; model: string; effort: string; asked: string; isThinkingOff: boolean }
  | { code: "tool_schema_simplified"; tool: string; names: string[] }
  | { code: "schema_properties_closed"; at: string }
  | { code: "example_without_type"; at: string }
  | { code: "example_list_empty"; at: string }
  | { code: "property_renamed"; tool: string; given: string; name: string }
  | { code: "tool_schema"; tool: string; notice: Notice }
  | { code: "tool_not_strict"; tool: string }
  | { code: "text_not_utf8" }
  | { code: "document_converted"; format: string; pictures: number; cutRows: number }
  | { code: "mail_converted"; attachments: number }
  | { code: "mail_attachment_left_out"; name: string; problem: Problem }
  | { code: "read_as_url" }
  | { code: "attachments_not_stored"; count: number; name: string }
  | { code: "read_as_file_id" }
  | { code: "request_repaired"; repair: Repair; count: number }
  // Adapted to what the host accepts
  | { code: "old_thinking_dropped"; cause: "conversation" | "model" | "account" }
  | { code: "tool_not_forced"; tool: string | undefined }
  | { code: "schema_sent_as_text"; cause: "complexity" | "model" | "host" }
  | { code: "system_turns_moved" }
  // What a reply lacks
  | Shortfall
  | { code: "tool_call_dropped"; tool: string }
  | { code: "thinking_dropped" }
  | { code: "stopped_after_compaction" }
  | { code: "stop_reason_unknown"; reason: string }
  | { code: "large_integers_as_text" }
  | { code: "time_without_zone" }
  | { code: "blocks_dropped"; count: number }
  // Cost and tokens
  | { code: "usage_missing" }
  | { code: "usage_unknown"; name: string }
  | { code: "price_unknown"; model: string | undefined }
  | { code: "fast_price_unknown" }
  | { code: "cost_unknown_out_of_time" }
  | { code: "context_window_unknown"; model: string }
  | { code: "server_tools_cost_extra" }
  // Batches
  | { code: "ids_truncated"; count: number; value: string }
  | { code: "result_unreadable"; line: number }
  | { code: "more_results_unreadable"; count: number }
  | { code: "batch_may_exist"; requests: number; found: string[] | null }
  // Agents
  | { code: "reply_dropped_out_of_time"; tools: string[] }
  | { code: "tool_result_truncated"; tool: string; characters: number }
  // OpenAI's format
  | { code: "parameter_without_counterpart"; name: string; message?: number }
  | { code: "message_empty"; message: number }
  | { code: "temperature_reduced"; value: number; limit: number }
  | { code: "tool_without_counterpart"; type: string }
  | { code: "tool_choice_without_counterpart"; type: string }
  | { code: "json_object_as_instruction" }
  | { code: "blank_stop_sequences" }
  | { code: "model_replaced"; asked: string; model: string };

type SamplingSetting = "temperature" | "top_p";

/** In which way a reply is not the whole answer that was asked for. */
export type Shortfall =
  | { code: "refused"; category: string | undefined; explanation: string | undefined }
  | { code: "truncated_by_max_tokens"; maxTokens: number; thinkingTokens: number | undefined }
  | { code: "truncated_by_context_window" }
  | { code: "truncated_out_of_time" }
  | { code: "paused"; cause: PauseCause }
  | { code: "mismatch"; mismatch: Mismatch };

/** Why a turn that the API paused was not continued to its end. */
export type PauseCause =
  | { code: "continued_too_often"; count: number }
  | { code: "nothing_to_continue" }
  | { code: "continuation_failed"; message: string };

/** Why a reply is not the data that was asked for. */
export type Mismatch =
  | { code: "reply_not_json"; cause: string }
  | { code: "schema_not_matched"; faults: string };
