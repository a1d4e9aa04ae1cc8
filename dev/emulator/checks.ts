/* What the API refuses, with its words. */
import { checkSchema } from "./checkSchema";
import { checkTools } from "./checkTools";
import { checkTurns } from "./checkTurns";
import { type FindFile, fileIdOf, sourceBlocks } from "./material";
import { models } from "./models";
import { isRecord, type MessagesBody } from "./request";
import { type EmulatorResponse, errorResponse, invalid } from "./response";
import { thinks } from "./thinking";

/** Models of generation 5 and later accept system turns after the first turn. */
const acceptsSystemTurns = /claude-[a-z]+-([5-9]|\d\d)(?!\d)/;

/**
 * Checks a request for a message, as far as its tokens are not known.
 *
 * @param isCount Whether it asks for a count of tokens, which has no limit on the reply.
 * @returns The API's response if it refuses the request.
 */
export const checkRequest = (
  body: unknown,
  findFile: FindFile,
  isCount: boolean,
): EmulatorResponse | undefined => {
  if (!isRecord(body)) return invalid("The request body is not valid JSON.");
  const { model, max_tokens: maxTokens, messages } = body;
  for (const name of ["model", "messages", ...(isCount ? [] : ["max_tokens"])]) {
    if (body[name] === undefined) return invalid(`${name}: Field required`);
  }
  if (typeof model !== "string") return invalid("model: Input should be a valid string");
  const info = models.find(({ id }) => id === model);
  if (!info) return errorResponse(404, "not_found_error", `model: ${model}`);
  if (!isCount) {
    if (!Number.isInteger(maxTokens)) return invalid("max_tokens: Input should be a valid integer");
    const limit = info.max_tokens ?? Infinity;
    if (Number(maxTokens) < 1) {
      return invalid("max_tokens: Input should be greater than or equal to 1");
    }
    if (Number(maxTokens) > limit) {
      return invalid(
        `max_tokens: ${maxTokens} > ${limit}, which is the maximum allowed number of output tokens for ${model}`,
      );
    }
  }
  const message =
    checkTurns(messages, acceptsSystemTurns.test(model)) ??
    checkTools(body as unknown as MessagesBody) ??
    checkFormat(body as unknown as MessagesBody) ??
    checkSettings(body as unknown as MessagesBody);
  if (message !== undefined) return invalid(message);
  for (const { block } of sourceBlocks(body as unknown as MessagesBody)) {
    const id = fileIdOf(block);
    if (id !== null && !findFile(id)) {
      return errorResponse(404, "not_found_error", `File not found: ${id}`);
    }
  }
  return undefined;
};

const checkFormat = (body: MessagesBody): string | undefined => {
  const { output_config, output_format } = body;
  const path = output_config?.format ? "output_config.format" : "output_format";
  const format = output_config?.format ?? output_format;
  if (!format) return undefined;
  if (format.type !== "json_schema") return `${path}.type: Input should be 'json_schema'`;
  if (!isRecord(format.schema)) return `${path}.schema: Field required`;
  const cites = sourceBlocks(body).some(
    ({ block: { citations } }) => isRecord(citations) && citations.enabled === true,
  );
  if (cites) return `${path}: citations cannot be combined with structured output`;
  return checkSchema(format.schema, `${path}.schema`);
};

const checkSettings = (body: MessagesBody & { temperature?: unknown }): string | undefined => {
  const { thinking, tool_choice: choice, max_tokens: maxTokens, temperature } = body;
  if (temperature !== undefined && !(Number(temperature) >= 0 && Number(temperature) <= 1)) {
    return "temperature: range: 0..1";
  }
  if (thinking?.type !== "enabled" || !thinks(body)) return undefined;
  const budget = thinking.budget_tokens;
  if (!Number.isInteger(budget)) return "thinking.enabled.budget_tokens: Field required";
  if (Number(budget) < 1_024) {
    return "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024";
  }
  if (maxTokens !== undefined && Number(budget) >= maxTokens) {
    return "`max_tokens` must be greater than `thinking.budget_tokens`.";
  }
  return choice?.type === "any" || choice?.type === "tool"
    ? "Thinking may not be enabled when tool_choice forces tool use."
    : undefined;
};
