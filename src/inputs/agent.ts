/* What Run Agent and Resume Agent have in common. */
import { input, structuredObjectInput } from "@prismatic-io/spectral";
import {
  type Agent,
  type AgentLimits,
  type Decision,
  type PendingCall,
  type Progress,
  pendingCalls,
  runAgent,
} from "../claude/agent/agent";
import type { AgentOutput } from "../claude/agent/schema";
import { seal, unseal } from "../claude/agent/state";
import { promptTokens } from "../claude/messages/cost";
import { toResult } from "../claude/messages/result";
import type { Answer } from "../claude/messages/send";
import { answerSchema } from "../claude/messages/structured";
import type { ApiResponse, Client } from "../client/client";
import { deadline } from "../client/deadline";
import { agentFlows, type FlowContext, type FlowTool } from "./flows";
import { asInput, InputError } from "./InputError";
import { group, optionalInteger, optionalNumber } from "./read";

const fields = {
  turns: input({
    label: "Turns",
    type: "string",
    required: false,
    default: "20",
    comments: "Most turns of Claude (default: 20). In each it may call several flows.",
    placeholder: "Enter a whole number",
    example: "20",
    clean: optionalInteger("Turns", { min: 1, max: 1_000 }),
  }),
  tokens: input({
    label: "Total Tokens",
    type: "string",
    required: false,
    comments: "Most tokens of all requests together, prompts and answers. Empty: no limit.",
    placeholder: "Enter a whole number",
    example: "200000",
    clean: optionalInteger("Total Tokens", { min: 1 }),
  }),
  cost: input({
    label: "Cost (US dollars)",
    type: "string",
    required: false,
    comments: "Most that all requests together may cost at list price. Empty: no limit.",
    placeholder: "Enter an amount",
    example: "0.50",
    clean: optionalNumber("Cost (US dollars)", { min: 0 }),
  }),
  minutes: input({
    label: "Minutes",
    type: "string",
    required: false,
    comments:
      "Longest time, looked at between two turns. Empty: as long as the run has left, 15 minutes at most.",
    placeholder: "Enter a number of minutes",
    example: "5",
    clean: optionalNumber("Minutes", { min: 0.01, max: 15 }),
  }),
};

export const limits = structuredObjectInput({
  label: "Limits",
  comments:
    "What this step may use up. When a limit is met, the step ends on the branch Stopped, with a state that Resume Agent goes on from.",
  inputs: fields,
});

export const readLimits = group({ label: "Limits", inputs: fields });

const { default: _, ...turns } = fields.turns;

const fieldsOfResumed = {
  ...fields,
  turns: { ...turns, comments: "Most turns of Claude in this part of the run." },
};

export const limitsOfResumed = structuredObjectInput({
  label: "Limits",
  comments: "What this part of the run may use up. An empty field: as in Run Agent.",
  inputs: fieldsOfResumed,
});

/** Limits that are given again, the others as they were. */
export const readLimitsOfResumed = (value: unknown, before: AgentLimits): AgentLimits => {
  const given = Object.entries(readResumed(value)).filter(([, limit]) => limit !== undefined);
  return { ...before, ...Object.fromEntries(given) };
};

const readResumed = group({ label: "Limits", inputs: fieldsOfResumed });

const defaultTurns = 20;

/** The ways out of a step. */
export const branches = { done: "Done", waiting: "Waiting", stopped: "Stopped" };

/** All that Resume Agent needs besides a connection. It holds no credential. */
export interface AgentState {
  request: Agent["request"];
  betas: string[];
  flows: FlowTool[];
  outputSchema?: Record<string, unknown>;
  progress: Progress;
  limits: AgentLimits;
  /** MCP servers whose token is not kept. */
  withToken: string[];
}

/** The calls that a state waits with. */
export const pendingOf = ({ flows, progress }: AgentState, context: FlowContext): PendingCall[] =>
  pendingCalls(agentFlows(flows, context), progress);

/** The state without tokens, and which servers had one. */
export const withoutTokens = (
  request: Agent["request"],
): { request: Agent["request"]; withToken: string[] } => {
  const servers = request.mcp_servers ?? [];
  const open = servers.map(({ authorization_token: _, ...server }) => server);
  return {
    request: servers.length > 0 ? { ...request, mcp_servers: open } : request,
    withToken: servers.flatMap(({ name, authorization_token: token }) => (token ? name : [])),
  };
};

/** @throws InputError for a server whose token is missing. */
export const withTokens = (
  { request, withToken }: AgentState,
  rows: readonly { key: string; value: string }[],
): Agent["request"] => {
  const tokens = new Map(rows.map(({ key, value }) => [key.trim(), value]));
  const missing = withToken.find((name) => !tokens.has(name));
  if (missing !== undefined) {
    throw new InputError(
      "MCP Server Tokens",
      `is required for ${missing}: the state keeps no token.`,
    );
  }
  const servers = request.mcp_servers?.map((server) => {
    const token = tokens.get(server.name);
    return token ? { ...server, authorization_token: token } : server;
  });
  return servers ? { ...request, mcp_servers: servers } : request;
};

/** What a state is sealed with: one customer's instance does not open another's. */
const secretOf = (client: Client, { instance }: FlowContext): string =>
  [client.account, instance?.id ?? ""].join(".");

/** @throws InputError for a state that is changed, cut off, or of another connection or instance. */
export const readState = (client: Client, context: FlowContext, state: string): AgentState =>
  asInput("State", () => unseal(state, secretOf(client, context))) as AgentState;

/** A run, or the next part of one, and what the flow gets to see of it. */
export const runAndReport = async (
  client: Client,
  context: FlowContext & { startedAt?: string },
  state: Omit<AgentState, "withToken">,
  decisions?: ReadonlyMap<string, Decision>,
): Promise<{ branch: string; data: AgentOutput }> => {
  const { request, betas, flows, outputSchema, limits, progress } = state;
  const schema = outputSchema && answerSchema(outputSchema);
  const read = (answer: ApiResponse<Answer>, isFinal: boolean) =>
    toResult(
      answer,
      { messages: [], max_tokens: request.max_tokens },
      { schema: isFinal ? schema : undefined },
    );
  const tools = agentFlows(flows, context);
  const run = await runAgent(
    {
      client,
      request,
      betas,
      tools,
      limits: { ...limits, turns: limits.turns ?? defaultTurns },
      doneBy: deadline(context.startedAt),
      shortfall: (answer) => (schema ? read(answer, true).problem : undefined),
    },
    progress,
    decisions,
  );
  const { status, reason, answer, mayGoOn } = run;
  const result = answer && read(answer, status === "done").result;
  const kept: AgentState = { ...state, ...withoutTokens(request), progress: run.progress };
  const { usage, cost, isCostKnown, steps, turns, messages, warnings } = run.progress;
  const total = promptTokens(usage ?? undefined).total + (usage?.output_tokens ?? 0);
  const data: AgentOutput = {
    status,
    reason,
    text: result?.text ?? "",
    json: result?.json ?? null,
    pending: pendingCalls(tools, run.progress),
    state: mayGoOn ? seal(kept, secretOf(client, context)) : null,
    steps,
    turns,
    usage: { ...usage, total_tokens: total },
    cost: isCostKnown ? { ...cost, currency: "USD" } : null,
    warnings: [...new Set(warnings)],
    refused: status === "refused",
    thinking: result?.thinking ?? "",
    sources: result?.sources ?? [],
    files: result?.files ?? [],
    conversation: messages,
    model: result?.model ?? request.model,
    stop_reason: result?.stop_reason ?? null,
    content: result?.content ?? [],
    requestId: result?.requestId ?? null,
    rateLimit: result?.rateLimit ?? null,
  };
  const branch =
    status === "done" ? branches.done : status === "waiting" ? branches.waiting : branches.stopped;
  return { branch, data };
};
