import type { Problem, RequestFault } from "../claude/problem";
import type { Labels } from "./labels";
import { inMB } from "./sentence";
import { didYouMean, nearest } from "./suggest";

/**
 * What is wrong with the value of an input, as the rest of a sentence that starts with its label.
 *
 * @param labels Of the step.
 */
export const describeProblem = (problem: Problem, labels: Labels): string => {
  switch (problem.code) {
    case "file_empty":
      return "is empty.";
    case "file_too_large":
      return `is ${inMB(problem.bytes)} when sent, but a request can have at most ${inMB(problem.limit)}. Attach less, or upload the file and attach it by its file ID.`;
    case "file_format_unsupported":
      return "has an unsupported format. Claude reads JPEG, PNG, GIF and WebP images, PDFs, Office documents, e-mails and text files. Convert it to one of these.";
    case "document_encrypted":
      return "is protected by a password. Save it without one.";
    case "document_damaged":
      return "is damaged and cannot be read. Save it again, or save it as PDF.";
    case "document_too_large":
      return `has more than ${inMB(problem.limit)} when unpacked. Split it or save it as PDF.`;
    case "document_is_archive":
      return "is a ZIP archive. Unpack it in an earlier step and attach its files.";
    case "document_format_old":
      return problem.format === ".msg"
        ? "is an e-mail in Outlook's format (.msg), which is not read. Save it as .eml, or as PDF."
        : `has the old Office format ${problem.format}, which is not read. Save it as ${problem.format}x or PDF.`;
    case "file_content_missing":
      return "describes a file, but has no content. Download the file in an earlier step and reference the result.";
    case "file_list":
      return "is a list of files. Reference one of them, or reference the whole list in place of the rows.";
    case "file_is_text":
      return `is text, but the name "${problem.name}" is not that of a text file. Reference the file itself. For text, end the name with .txt.`;
    case "file_read_as_text":
      return "is a binary file that an earlier step read as text, which damages it. Set the response type of that step to binary.";
    case "file_reference_as_text":
      return `is the text ${JSON.stringify(problem.text)}, not a file. Download the file in an earlier step and reference the result.`;
    case "content_type_invalid":
      return `has an invalid content type: ${JSON.stringify(problem.type)}.`;
    case "url_unreadable":
      return `is not a valid URL: ${problem.url}.`;
    case "data_url_invalid":
      return "is a data URL with invalid encoding.";
    case "data_url_not_base64":
      return "is a data URL whose data is not base64.";
    case "image_format_unsupported":
      return `is a ${problem.format} image, which Claude does not read. Convert it to JPEG or PNG.`;
    case "image_dimensions_too_large":
      return `is an image of ${problem.width} × ${problem.height} pixels, but the API accepts at most ${problem.limit} on each side. Scale it down.`;
    case "image_too_large":
      return `is an image of ${inMB(problem.bytes)}, but the API accepts at most ${inMB(problem.limit)}. Scale it down or save it as JPEG.`;
    case "pdf_encrypted":
      return "is an encrypted PDF, which the API does not read. Save it without a password.";
    case "url_invalid":
      return "has no URL that starts with https:// or http://.";
    case "url_of_text":
      return "is the URL of a text file, but the API only fetches images and PDFs. Fetch it in an earlier step and attach the result.";
    case "url_type_unknown":
      return "is a URL that does not show the type of the file. End the name with .pdf for a PDF, or with .png, .jpg, .gif or .webp for an image.";
    case "file_id_type_unsupported":
      return labels.codeExecution
        ? `is a file of type ${problem.type}, which Claude only reads by file ID if ${labels.codeExecution} is on. Turn it on, or attach the file itself.`
        : `is a file of type ${problem.type}, which Claude does not read by file ID. Send the file itself.`;
    case "file_id_type_unknown":
      return "is a file ID that does not show the type of the file. End the name with .pdf, .txt, .png, .jpg, .gif or .webp.";
    case "file_data_missing":
      return "has no data.";
    case "file_data_not_base64":
      return "is neither base64 nor a data URL.";
    case "too_many_images":
    case "too_many_pages": {
      const what = problem.code === "too_many_images" ? "images" : "PDF pages";
      const who = problem.isModelLimit ? "the model" : "the API";
      return `has ${problem.count} ${what}, but ${who} accepts at most ${problem.limit} in a request. Split them over several requests.`;
    }
    case "many_images_too_large":
      return `has more than 20 images, of which "${problem.name}" has ${problem.side} pixels on one side. With more than 20 images, the API accepts at most ${problem.limit}. Scale it down.`;
    case "attachments_too_large":
      return `has a total size of ${inMB(problem.bytes)} when sent, but a request can have at most ${inMB(problem.limit)}. The largest is "${problem.largest}". Attach less, or upload large files and attach them by their file ID.`;

    case "schema_rejected":
      return `is not a valid JSON Schema: ${problem.cause}.`;
    case "schema_member_invalid":
      return `is not a valid JSON Schema: ${problem.at} must be ${members[problem.expected]}.`;
    case "schema_type_missing":
      return `has no type at ${problem.at}: the API requires one.`;
    case "schema_type_invalid":
      return `has an invalid type at ${problem.at}: ${problem.type}. Use one of ${problem.types.join(", ")}.${didYouMean(nearest(problem.type, problem.types))}`;
    case "schema_pattern_invalid":
      return `has a pattern at ${problem.at} that is not a valid regular expression.`;
    case "schema_reference_invalid":
      return `refers to ${problem.reference}, but references must start with #/$defs/.`;
    case "schema_reference_missing":
      return `refers to ${problem.reference}, which it does not contain.`;
    case "schema_reference_circular":
      return `has a $ref that refers to itself: ${problem.reference}.`;
    case "field_repeated":
      return `has two fields named ${problem.name}.`;

    case "tool_not_an_object":
      return `must be a list of tools, but tool ${problem.position} is not an object.`;
    case "tool_name_invalid":
      return `has an invalid name in tool ${problem.position}: it must consist of letters, digits, _ and -, at most ${problem.maxLength} characters.`;
    case "tool_schema_missing":
      return `requires an input_schema with "type": "object" for tool ${problem.name}.`;
    case "tool_repeated":
      return `has two tools named ${problem.name}.`;

    case "request_not_an_object":
      return `must be a list of objects with custom_id and params, but request ${problem.position} is not an object.`;
    case "request_params_missing":
      return `has no params in request ${problem.position}.`;
    case "custom_id_invalid":
      return `has no valid custom_id in request ${problem.position}: it must consist of 1 to 64 letters, digits, _ and -.`;
    case "custom_id_repeated":
      return `has the custom_id ${problem.id} twice, in requests ${problem.positions.join(" and ")}.`;
    case "request_unsupported":
      return `has a request that batches do not accept: request ${problem.position} (${problem.id}) ${describeRequestFault(problem.fault)}.`;
    case "row_value_repeated":
      return `has the value ${JSON.stringify(problem.value)} twice, in rows ${problem.rows.join(" and ")}.`;
    case "batch_archived":
      return `is ${problem.id}, whose results are no longer available: they are kept for 29 days${problem.until ? ` (until ${problem.until})` : ""}.`;
    case "batch_not_ended":
      return `is ${problem.id}, which has not ended (${problem.status}). Start a flow with the trigger Batch Ended, or check again later with Get Batch.`;

    case "state_invalid":
      return "must be the unchanged state that Run Agent or Resume Agent returned.";
    case "state_not_readable":
      return "cannot be read: it was changed, truncated, or made with another connection, API key or instance.";

    case "openai_invalid":
      return `does not have OpenAI's format at ${problem.at}: ${problem.cause}`;
    case "openai_not_serializable":
      return `cannot be written as JSON: ${problem.cause}.`;
    case "openai_parameter":
      return `(${problem.parameter}) ${describeProblem(problem.problem, labels)}`;
    case "openai_file":
      return `has a file in message ${problem.message} that ${describeProblem(problem.problem, labels)}`;
    case "role_invalid":
      return `has an invalid role in message ${problem.message}: it must be system, developer, user, assistant or tool.`;
    case "content_missing":
      return `has no content in message ${problem.message}: it must be text or a list of parts.`;
    case "part_not_text":
      return `has a part in message ${problem.message} that is not text.`;
    case "part_unsupported": {
      const which = problem.type ? `of type ${JSON.stringify(problem.type)}` : "without a type";
      return `has a part ${which} in message ${problem.message}. Supported types are text, image_url and file.`;
    }
    case "tool_call_id_repeated":
      return `has two tool calls with the same ID in message ${problem.message}.`;
    case "tool_call_without_result":
      return `has a call to tool ${problem.tool} (${problem.id}) without a tool message ${problem.before === undefined ? "after it" : `before message ${problem.before}`}.`;
    case "tool_result_without_call":
      return `has a tool message for ${JSON.stringify(problem.id)} in message ${problem.message}, which the assistant did not call before.`;
    case "tool_arguments_invalid":
      return `has arguments that are not ${problem.isJson ? "a JSON object" : "JSON"} in message ${problem.message}, in the call to tool ${problem.tool}.`;
    case "last_message_not_user":
      return "must end with a user or tool message: current models do not continue an assistant message.";
    case "tool_choice_without_tools":
      return "requires a tool, but the request has none.";
    case "tool_choice_invalid":
      return `is ${JSON.stringify(problem.choice)}, but must be auto, none, required or a function.`;
    case "tool_choice_unknown":
      return `is ${problem.name}, but the request has no such tool.${didYouMean(nearest(problem.name, problem.names))}`;
    case "web_search_repeated":
      return "(tools) has a tool named web_search, which web_search_options adds too.";
  }
};

const members = {
  schema: "a schema",
  "schemas by name": "an object of schemas",
  schemas: "a list of schemas",
  text: "text",
  values: "a list of values",
  names: "a list of names",
};

/** A fault of a request of a batch, as a clause whose subject is the request. */
export const describeRequestFault = (fault: RequestFault): string => {
  switch (fault.code) {
    case "model_missing":
      return "has no model";
    case "messages_missing":
      return "has no messages";
    case "max_tokens_missing":
      return "has no max_tokens of at least 1";
    case "parameter_unsupported":
      return `has ${fault.name}, which batches do not support`;
  }
};
