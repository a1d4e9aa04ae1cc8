import type { StopReason } from "../claude/agent/agent";
import type { ResultReason } from "../claude/batches/results";
import type { Mismatch, Notice, PauseCause, Shortfall } from "../claude/notice";
import type { WebhookRefusal } from "../claude/webhooks/webhooks";
import type { Labels } from "./labels";
import { describeProblem } from "./problems";
import { counted } from "./sentence";

/** The warning of a notice, in the words of a step. */
export const describeNotice = (notice: Notice, labels: Labels): string => {
  const thinking = labels.thinking ?? "Thinking";
  const effort = labels.effort ?? "Effort";
  switch (notice.code) {
    case "sampling_not_supported":
      return `${settingLabel(notice.setting, labels)} ${notice.value} was ignored: ${notice.by} only accepts 1.`;
    case "sampling_not_supported_with_thinking":
      return `${settingLabel(notice.setting, labels)} ${notice.value} was ignored: it must be 1 if the model thinks.`;
    case "top_p_with_temperature":
      return `${settingLabel("top_p", labels)} ${notice.value} was ignored: it cannot be combined with ${settingLabel("temperature", labels)}.`;
    case "max_tokens_reduced":
      return `${labels.maxTokens ?? "The token limit"} was reduced to ${notice.limit}, the maximum of ${notice.model}.`;
    case "model_retires":
      return `${notice.model} is deprecated${notice.date ? ` and retires on ${notice.date}` : ""}. Choose another model.`;
    case "thinking_always_on":
      return `Thinking was not turned off: ${notice.model} always thinks.`;
    case "thinking_not_supported":
      return `${thinking} was ignored: ${notice.model} does not support it.`;
    case "thinking_sent_as_adaptive":
      return `${thinking} was sent as Adaptive: ${notice.model} does not support a fixed budget.`;
    case "thinking_budget_only":
      return `${thinking} was ignored: ${notice.model} only supports a fixed budget of at least ${notice.minimum} tokens, below ${labels.maxTokens ?? "the token limit"}${labels.toolChoice ? `, and with ${labels.toolChoice} auto or none` : ""}.`;
    case "thinking_sent_as_budget": {
      const limit = labels.maxTokens ?? "the token limit";
      return notice.isReplacement
        ? `${thinking} was sent as a fixed budget of ${notice.budget} tokens: ${notice.model} does not support Adaptive.`
        : `${thinking} was sent with a budget of ${notice.budget} tokens: it must be less than ${limit}.`;
    }
    case "effort_not_supported":
      return `${effort} ${notice.effort} was ignored: ${notice.model} does not support it.`;
    case "effort_changed":
      return notice.isThinkingOff
        ? `${effort} was sent as ${notice.effort}: ${notice.asked} requires thinking.`
        : `${effort} was sent as ${notice.effort}: ${notice.model} does not support ${notice.asked}.`;
    case "schema_properties_closed":
      return `${labels.jsonSchema ?? "The schema"}: the object at ${notice.at} can only have the properties that the schema names.`;
    case "example_without_type":
      return `${labels.jsonSchema ?? "The schema"}: the example has no value at ${notice.at}, so the type is text. Enter an example value.`;
    case "example_list_empty":
      return `${labels.jsonSchema ?? "The schema"}: the list at ${notice.at} of the example is empty, so its entries are texts. Enter an example entry.`;
    case "tool_schema_simplified":
      return `Tool ${notice.tool}: ${notice.names.join(", ")} at the root of its schema was moved to its description, because the API does not accept it there.`;
    case "property_renamed":
      return `${notice.tool ? `Tool ${notice.tool}` : (labels.jsonSchema ?? "The schema")}: the property "${notice.given}" is ${notice.name} in the results, because the API does not accept its name.`;
    case "tool_schema":
      return `Tool ${notice.tool}: ${describeNotice(notice.notice, { jsonSchema: "parameters" })}`;
    case "tool_not_strict":
      return `Tool ${notice.tool}: strict was sent as false, because the schema is too complex.`;
    case "old_thinking_dropped": {
      const leftOut = "The thinking of earlier turns was left out, because";
      if (notice.cause === "model") return `${leftOut} it was made by another model.`;
      if (notice.cause === "account") return `${leftOut} it was made by another account.`;
      const changed = new Intl.ListFormat("en", { type: "disjunction" }).format(
        [labels.systemPrompt, labels.tools, labels.conversation].filter(
          (label) => label !== undefined,
        ),
      );
      return `${leftOut} ${changed || "the conversation"} has changed since then.`;
    }
    case "tool_not_forced":
      return `${labels.toolChoice ?? "The tool choice"} was sent as auto, with an instruction to call ${notice.tool ? `the tool ${notice.tool}` : "a tool"}: the model cannot be forced.`;
    case "schema_sent_as_text":
      return `${labels.jsonSchema ?? "The schema"} was sent in the system prompt, because ${
        notice.cause === "complexity"
          ? "it is too complex for structured output"
          : `the ${notice.cause} does not support structured output`
      }.`;
    case "system_turns_moved":
      return `${labels.conversation ?? "The conversation"}: system turns were moved to the system prompt, because the host only accepts them there.`;
    case "request_repaired":
      return describeRepair(notice, labels);
    case "text_not_utf8":
      return "The file is not UTF-8 and was read as Windows-1252.";
    case "document_converted":
      return describeConversion(notice);
    case "mail_converted":
      return notice.attachments > 0
        ? `The e-mail was converted to text, and its ${counted(notice.attachments, "attachment")} ${were(notice.attachments)} attached too.`
        : "The e-mail was converted to text.";
    case "mail_attachment_left_out":
      return `The attachment "${notice.name}" of the e-mail was left out: it ${describeProblem(notice.problem, labels)}`;
    case "attachments_not_stored": {
      const { count, name } = notice;
      const ways = [
        labels.uploadAttachments && `turn on ${labels.uploadAttachments}`,
        labels.keepAttachments && `change ${labels.keepAttachments}`,
        "attach it again",
      ].filter(Boolean);
      return `conversation does not contain ${counted(count, "attachment")}, such as "${name}". To ask about it in a later step, ${ways.slice(0, 2).join(", or ")}.`;
    }
    case "read_as_url":
      return "The text was read as the URL of a file. If that is intended, end the name with the ending of the file, such as .pdf.";
    case "read_as_file_id":
      return "The text was read as the ID of an uploaded file. If that is intended, end the name with the ending of the file, such as .pdf.";

    case "refused":
    case "truncated_by_max_tokens":
    case "truncated_by_context_window":
    case "truncated_out_of_time":
    case "paused":
      return describeShortfall(notice, labels);
    case "mismatch":
      return `${describeMismatch(notice.mismatch, labels)}, so json is null.`;
    case "tool_call_dropped":
      return `The call to tool ${notice.tool} is incomplete and was dropped.`;
    case "thinking_dropped":
      return "The thinking is incomplete and was dropped from conversation.";
    case "stopped_after_compaction":
      return "The API stopped after it summarized the conversation. Continue the conversation for the reply.";
    case "stop_reason_unknown":
      return `The stop reason ${notice.reason} is not known: check whether the response is complete.`;
    case "large_integers_as_text":
      return "Integers of more than 15 digits in json are text, because a number would change them.";
    case "time_without_zone":
      return "A date and time in json has no time zone.";
    case "blocks_dropped":
      return notice.count === 1
        ? "1 item in the response was not a valid content block and was ignored."
        : `${notice.count} items in the response were not valid content blocks and were ignored.`;

    case "usage_missing":
      return "The host does not report token usage, so cost is null.";
    case "usage_unknown":
      return `The price of ${notice.name} in the token usage is not known, so cost is null.`;
    case "price_unknown":
      return `The price of ${notice.model ? `model ${notice.model}` : "a model without a name"} is not known, so cost is null.`;
    case "fast_price_unknown":
      return "The price of fast mode is not known, so cost is null.";
    case "cost_unknown_out_of_time":
      return "The token usage of an interrupted response is not known, so cost is null.";
    case "context_window_unknown":
      return `The context window of model ${notice.model} is not known, so fits is null.`;
    case "server_tools_cost_extra":
      return "The use of server tools costs extra, which cost does not include.";

    case "ids_truncated":
      return `${labels.idField}: ${counted(notice.count, "value")} ${were(notice.count)} truncated, because the API limits the length of IDs, for example ${JSON.stringify(notice.value)}. truncatedIds has the values by custom ID; row identifies each result.`;
    case "result_unreadable":
      return `Line ${notice.line} of the results is not valid and was ignored.`;
    case "more_results_unreadable":
      return `${counted(notice.count, "more line")} of the results could not be read.`;
    case "batch_may_exist":
      return batchMayExist(notice);

    case "reply_dropped_out_of_time":
      return `A reply was interrupted because the execution ran out of time, and was dropped. It had already used ${notice.tools.join(", ")}.`;
    case "tool_result_truncated":
      return `A result of ${notice.tool} was too long for Claude: its last ${notice.characters} characters were dropped.`;

    case "parameter_without_counterpart":
      return `${notice.name}${notice.message === undefined ? "" : ` in message ${notice.message}`} was ignored: Claude's API has no counterpart.`;
    case "message_empty":
      return `Message ${notice.message} was ignored: it has no content.`;
    case "temperature_reduced":
      return `temperature ${notice.value} was sent as ${notice.limit}, the maximum for Claude.`;
    case "tool_without_counterpart":
      return `A tool of type ${notice.type} was ignored: Claude's API has no counterpart.`;
    case "tool_choice_without_counterpart":
      return `tool_choice of type ${notice.type} was sent as auto: Claude's API has no counterpart.`;
    case "json_object_as_instruction":
      return "response_format json_object has no counterpart in Claude's API: the system prompt asks for JSON instead.";
    case "blank_stop_sequences":
      return "stop: blank texts were ignored, because Claude's API does not accept them.";
    case "model_replaced":
      return `model ${notice.asked} of the request was replaced by ${notice.model} from ${labels.model}.`;
  }
};

const describeConversion = ({
  format,
  pictures,
  cutRows,
}: Extract<Notice, { code: "document_converted" }>): string =>
  [
    `The ${format} document was converted to text.`,
    pictures > 0 && `${counted(pictures, "picture")} ${were(pictures)} left out.`,
    cutRows > 0 &&
      `${counted(cutRows, "row")} ${were(cutRows)} left out, because a sheet can have at most 20,000.`,
  ]
    .filter(Boolean)
    .join(" ");

const describeRepair = (
  { repair, count }: Extract<Notice, { code: "request_repaired" }>,
  labels: Labels,
): string => {
  const where = labels.conversation ?? "The conversation";
  switch (repair) {
    case "compacted":
      return `${where}: what came before the compaction was left out, because its summary replaces it.`;
    case "thinking_without_signature":
      return `${where}: ${counted(count, "thinking block")} without a signature ${were(count)} left out, because the API does not accept them.`;
    case "tool_id":
      return `${where}: ${counted(count, "ID")} of tool calls ${were(count)} changed, because the API only accepts unique IDs of letters, digits, _ and -.`;
    case "tool_input":
      return `${where}: the input of ${counted(count, "tool call")} was converted to an object.`;
    case "empty_text":
      return `${where}: ${counted(count, "empty text")} ${were(count)} left out.`;
    case "empty_error":
      return `${where}: ${counted(count, "failed tool result")} without a message got one.`;
    case "server_tool_without_result":
      return `${where}: ${counted(count, "block")} of server tools ${were(count)} left out, because the call or its result is missing.`;
    case "results_first":
      return `${where}: tool results were moved to the start of ${counted(count, "turn")}.`;
    case "cache_marks":
      return `${where}: ${counted(count, "cache breakpoint")} ${were(count)} removed, because a request can have at most 4.`;
    case "image_type":
      return `${where}: the type of ${counted(count, "image")} was corrected.`;
    case "user_id_email":
      return `${labels.metadataUserId ?? "The user ID"} is an email address and was sent as its hash.`;
  }
};

const were = (count: number): string => (count === 1 ? "was" : "were");

const settingLabel = (setting: "temperature" | "top_p", labels: Labels): string =>
  (setting === "temperature" ? labels.temperature : labels.topP) ?? setting;

/** Why a reply is not a whole answer, and what to change in this step. */
export const describeShortfall = (shortfall: Shortfall, labels: Labels): string => {
  switch (shortfall.code) {
    case "refused": {
      const { category, explanation } = shortfall;
      const why = [category, explanation].filter(Boolean).join(": ");
      const change = labels.message && `Change ${labels.message}`;
      const otherModel = labels.fallbackModels
        ? `, or add ${labels.fallbackModels}`
        : labels.model && ", or choose another model";
      return `Claude refused to reply${why && ` (${why})`}.${change ? ` ${change}${otherModel ?? ""}.` : ""}`;
    }
    case "truncated_by_max_tokens": {
      const { maxTokens, thinkingTokens } = shortfall;
      const thinking = thinkingTokens ? `, ${thinkingTokens} of which were thinking` : "";
      return `The response was truncated at ${maxTokens} tokens${thinking}. ${labels.maxTokens ? `Increase ${labels.maxTokens}` : "Ask for less in one request"}.`;
    }
    case "truncated_by_context_window":
      return "The response was truncated because the context window of the model is full. Send less.";
    case "truncated_out_of_time":
      return "The response was truncated because the execution ran out of time. Ask for less in one step.";
    case "paused":
      return describePause(shortfall.cause, "Continue its conversation in another step.");
    case "mismatch": {
      const change = [labels.jsonSchema, labels.message].filter(Boolean).join(" or ");
      return `${describeMismatch(shortfall.mismatch, labels)}.${change && ` Change ${change}.`}`;
    }
  }
};

const describePause = (cause: PauseCause, advice: string): string => {
  const paused = "The response is incomplete: the API paused it, and";
  switch (cause.code) {
    case "continued_too_often":
      return `${paused} it was already continued ${cause.count} times. ${advice}`;
    case "nothing_to_continue":
      return `${paused} there is nothing to continue from.`;
    case "continuation_failed":
      return `${paused} it could not be continued: ${cause.message}`;
  }
};

/** Why a reply is not the data that was asked for, without a full stop. */
export const describeMismatch = (mismatch: Mismatch, labels: Labels): string => {
  switch (mismatch.code) {
    case "reply_not_json":
      return `The response is not JSON (${mismatch.cause})`;
    case "schema_not_matched":
      return `The response does not match ${labels.jsonSchema ?? "the schema"} (${mismatch.faults})`;
  }
};

const maxListed = 5;

const batchMayExist = ({
  requests,
  found,
}: Extract<Notice, { code: "batch_may_exist" }>): string => {
  const again = "Check again in a few minutes before retrying.";
  if (found === null) {
    return `The batch may have been created anyway, but List Batches cannot be read. ${again}`;
  }
  if (found.length === 0) {
    return `The batch may have been created anyway, but List Batches does not show one with ${counted(requests, "request")} yet. ${again}`;
  }
  const others = found.length - maxListed;
  const ids = found.slice(0, maxListed).join(", ") + (others > 0 ? ` and ${others} more` : "");
  return `The batch may have been created anyway: List Batches shows ${ids}, created recently with ${counted(requests, "request")}. Check this before retrying.`;
};

/** What a request of a batch was made of is not in the step that reads its result. */
const ofCreateBatch = {
  maxTokens: "the token limit in Create Batch",
  message: "the request in Create Batch",
};

/** Words the notices about results of a batch, and why a request has no reply. */
export const describeResult =
  (labels: Labels) =>
  (notice: Notice | ResultReason): string => {
    switch (notice.code) {
      case "request_errored":
        return (
          [notice.type, notice.message].filter(Boolean).join(": ") || "The API gives no reason."
        );
      case "request_canceled":
        return "The batch was canceled before this request was processed.";
      case "request_expired":
        return "The batch expired after 24 hours, before this request was processed. Submit it again.";
      default:
        return describeNotice(notice, { ...labels, ...ofCreateBatch });
    }
  };

/** Why an agent stopped before it was done. */
export const describeStopReason = (reason: StopReason, labels: Labels): string => {
  switch (reason.code) {
    case "out_of_time":
      return "The execution ran out of time.";
    case "turns_used":
      return `The limit ${labels.turns} was reached: Claude used ${counted(reason.turns, "turn")}.`;
    case "tokens_used":
      return `The limit ${labels.tokens} was reached: ${reason.tokens} of ${reason.limit} were used.`;
    case "minutes_used":
      return `The limit ${labels.minutes} was reached: the step ran for ${counted(reason.minutes, "minute")}.`;
    case "cost_used":
      return `The limit ${labels.cost} was reached: $${reason.cost} of $${reason.limit} were used.`;
    case "tokens_not_known":
      return `${labels.tokens} cannot be applied: the host does not report token usage.`;
    case "cost_not_known":
      return `${labels.cost} cannot be applied: the cost of a response is not known.`;
    case "reply_truncated":
      return `A response was truncated at ${reason.maxTokens} tokens. Increase ${labels.maxTokens ?? "Max Tokens"} in Limits.`;
    case "context_window_full":
      return "The context window of the model is full.";
    case "call_ids_repeated":
      return "Two calls of one turn have the same ID.";
    case "request_failed":
      return reason.message;
    case "refused":
      return reason.explanation ?? "Claude refused to reply.";
    case "paused":
      return describePause(reason.cause, "Continue with Resume Agent.");
    case "mismatch":
      return `${describeMismatch(reason.mismatch, labels)}.`;
  }
};

/** Why a webhook is refused, for the log. */
/** @param label Of the input with the signing secrets. */
export const describeWebhookRefusal = (refusal: WebhookRefusal, label: string): string => {
  switch (refusal.code) {
    case "webhook_not_verified":
      return {
        headers: "It has no valid signature headers, so Anthropic did not send it.",
        age: "Its signature is older than five minutes, or the clock of a host is wrong.",
        signature: `Its signature matches none of ${label}. Copy the secret of this webhook endpoint from the Claude Console.`,
      }[refusal.cause];
    case "webhook_not_json":
      return "The body is not JSON.";
    case "webhook_not_an_event":
      return "The body is not an event.";
  }
};
