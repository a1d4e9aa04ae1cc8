/* How an agent calls flows of the integration. */
import type { AgentTool } from "../claude/agent/agent";
import { isTextual } from "../claude/files/format";
import { withGivenNames } from "../claude/messages/propertyNames";
import { schemaValidator } from "../claude/messages/replySchema";
import { notSentCodes } from "../client/attempt";
import { redact, redactAll, truncate } from "../client/redact";
import type { FlowContext, FlowTool } from "../parameters/flows";
import { sentence } from "../wording/sentence";

/** Flows as tools of an agent: a call invokes the flow, its response is returned to Claude. */
export const flowTools = (tools: readonly FlowTool[], context: FlowContext): AgentTool[] => {
  const secrets = secretsOf(context);
  return tools.map(({ flow, definition, names = {}, needsApproval }) => {
    const validate = schemaValidator(definition.input_schema);
    return {
      name: definition.name,
      needsApproval,
      inputFault: (input) => {
        const fault = validate(input);
        return fault && `The input does not match the schema of ${definition.name}: ${fault}`;
      },
      run: async (input, timeoutMs) => {
        try {
          const config = { headers: synchronous, timeout: Math.max(1, timeoutMs) };
          const data = withGivenNames(input, names) as Record<string, unknown>;
          const response = await context.invokeFlow(flow, data, config);
          return redactAll(readResponse(response), secrets);
        } catch (error) {
          // Never the original error: axios keeps the request's headers on it.
          throw new Error(redact(flowError(flow, error as FlowFailure), secrets));
        }
      },
    };
  });
};

/** The platform only returns the result of the flow if it is asked to. */
const synchronous = { "prismatic-synchronous": "true" };

/** Values that allow calling the flows. A flow may return what it received. */
const secretsOf = ({ webhookApiKeys = {}, executionFrame }: FlowContext): string[] =>
  [...Object.values(webhookApiKeys).flat(), executionFrame?.invokedByExecutionJWT].filter(
    (secret) => typeof secret === "string" && secret.length >= 8,
  ) as string[];

/** The response of a flow. Files are replaced by a note: Claude does not read them from a result. */
const readResponse = ({ data, headers }: FlowResponse): unknown => {
  const { "content-type": type = "text/plain" } = { ...headers } as Record<string, string>;
  if (typeof data === "string" && !isTextual(type)) return `[a file of the type ${type}]`;
  if (typeof data !== "object" || data === null) return data;
  return JSON.parse(JSON.stringify(data), (_, member) =>
    member?.type === "Buffer" && Array.isArray(member.data)
      ? `[a file of ${member.data.length} bytes]`
      : member,
  );
};

interface FlowResponse {
  data: unknown;
  headers?: object;
}

interface FlowFailure {
  name: string;
  code?: string;
  response?: { status: number; data: unknown };
}

/** Statuses that the flow, or a gateway before it, may return although the flow runs. */
const mayHaveRunStatuses = [408, 502, 504];

/** The error for Claude, which may call again: it says whether the flow may have run. */
const flowError = (flow: string, { name, code = name, response }: FlowFailure): string => {
  const mayHaveRun = "It may have run anyway.";
  if (response && response.status >= 400) {
    const { status, data } = response;
    const text = typeof data === "string" ? data : JSON.stringify(data);
    return [
      `The flow ${flow} failed with ${status}${text ? `: ${sentence(truncate(text))}` : "."}`,
      mayHaveRunStatuses.includes(status) && mayHaveRun,
    ]
      .filter(Boolean)
      .join(" ");
  }
  if (notSentCodes.has(code) || code === "ERR_INVALID_URL") {
    return `The flow ${flow} could not be called: ${code}.`;
  }
  if (code === "ECONNABORTED" || code === "ETIMEDOUT") {
    return `The flow ${flow} did not respond in time. ${mayHaveRun}`;
  }
  return `The flow ${flow} gave no complete response: ${code}. ${mayHaveRun}`;
};
