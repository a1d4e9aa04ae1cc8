import {
  type Agent,
  type AgentLimits,
  type AgentRun,
  type Decision,
  type Progress,
  pendingCalls,
  runAgent as run,
} from "../claude/agent/agent";
import type { AgentOutput } from "../claude/agent/schema";
import { seal, unseal } from "../claude/agent/state";
import { inDollars, totalTokens } from "../claude/messages/cost";
import { replySchema } from "../claude/messages/replySchema";
import { readReply } from "../claude/messages/result";
import type { MessageClient } from "../claude/messages/send";
import { withoutAttachments } from "../claude/messages/storedAttachments";
import { deadline } from "../client/deadline";
import { rateLimits } from "../client/rateLimits";
import type { FlowContext, FlowTool } from "../parameters/flows";
import { asInput, InputError } from "../parameters/InputError";
import { mcpTokens } from "../parameters/mcpServers";
import type { MemoryOptions } from "../parameters/memory";
import { describeMissingApproval } from "../wording/approvals";
import type { Labels } from "../wording/labels";
import { describeNotice, describeStopReason } from "../wording/notices";
import { offerApproval } from "./approvals";
import { flowTools } from "./callFlows";
import { remember } from "./memory";
import type { StateContext } from "./sharedState";

/** The branches of Run Agent and Resume Agent. */
export const branches = { done: "Done", waiting: "Waiting", stopped: "Stopped" };

/** What Resume Agent needs in addition to a connection. It contains no credential. */
export interface AgentState {
  request: Agent["request"];
  betas: string[];
  flows: FlowTool[];
  /** The flow that a person's decision starts. */
  approvalFlow?: string;
  outputSchema?: Record<string, unknown>;
  progress: Progress;
  limits: AgentLimits;
  /** The input of that name, if it hides data. */
  privacy?: unknown;
  /** Stored once the run is done. */
  memory?: MemoryOptions;
  /** MCP servers whose token is not stored. */
  withToken: string[];
}

/** A request without the tokens of MCP servers, and which servers had one. */
const withoutTokens = (
  request: Agent["request"],
): { request: Agent["request"]; withToken: string[] } => {
  const servers = request.mcp_servers ?? [];
  const withoutToken = servers.map(({ authorization_token: _, ...server }) => server);
  return {
    request: servers.length > 0 ? { ...request, mcp_servers: withoutToken } : request,
    withToken: servers.flatMap(({ name, authorization_token: token }) => (token ? name : [])),
  };
};

/** @throws InputError for a server whose token is missing. */
export const restoreTokens = (
  { request, withToken }: AgentState,
  rows: readonly { key: string; value: string }[],
): Agent["request"] => {
  const tokens = new Map(rows.map(({ key, value }) => [key.trim(), value]));
  const missing = withToken.find((name) => !tokens.has(name));
  if (missing !== undefined) {
    throw new InputError(
      mcpTokens.label.value,
      `is required for ${missing}, because the state contains no tokens.`,
    );
  }
  const servers = request.mcp_servers?.map((server) => {
    const token = tokens.get(server.name);
    return token ? { ...server, authorization_token: token } : server;
  });
  return servers ? { ...request, mcp_servers: servers } : request;
};

/**
 * The secret of a state: the instance of one customer cannot open the state of another. Undefined
 * without a credential: anyone could make a state that opens.
 */
const stateSecret = (client: MessageClient, { instance }: FlowContext): string | undefined =>
  client.hasCredential ? [client.account, instance?.id ?? ""].join(".") : undefined;

/**
 * @throws InputError for a state that was changed, truncated, or is of another connection or
 *   instance, and for a connection without a credential.
 */
export const readState = (
  label: string,
  client: MessageClient,
  context: FlowContext,
  state: string,
): AgentState => {
  const secret = stateSecret(client, context);
  if (secret === undefined) {
    throw new InputError(
      label,
      "cannot be verified, because the connection has no credential. Choose a connection with one for Run Agent and Resume Agent.",
    );
  }
  return asInput(label, () => unseal(state, secret)) as AgentState;
};

/** Runs an agent, or the next part of a run, and returns the output of the step. */
export const runAgent = async (
  client: MessageClient,
  context: FlowContext & StateContext & { startedAt?: string },
  state: Omit<AgentState, "withToken">,
  labels: Labels,
  decisions?: ReadonlyMap<string, Decision>,
): Promise<{ branch: string; data: AgentOutput; crossFlowState?: Record<string, unknown> }> => {
  const { request, betas, flows, outputSchema, limits, progress } = state;
  const schema = outputSchema && replySchema(outputSchema);
  const maxTokens = request.max_tokens;
  const tools = flowTools(flows, context);
  const agentRun = await run(
    {
      client,
      request,
      betas,
      tools,
      limits,
      doneBy: deadline(context.startedAt),
      mismatch: (reply) => readReply(reply, { maxTokens, schema }).mismatch,
    },
    progress,
    decisions,
  );
  const { status, reason, response, notices } = agentRun;
  progress.warnings = [
    ...new Set([...progress.warnings, ...notices.map((notice) => describeNotice(notice, labels))]),
  ];
  const isDone = status === "done";
  const last =
    response && readReply(response.data, { maxTokens, schema: isDone ? schema : undefined });
  const branch = isDone
    ? branches.done
    : status === "waiting"
      ? branches.waiting
      : branches.stopped;
  const stored: AgentState = { ...state, ...withoutTokens(request), progress };
  const secret = stateSecret(client, context);
  if (agentRun.canResume && secret === undefined) {
    progress.warnings.push(
      "state is null, because the connection has no credential: a later step could not verify it.",
    );
  }
  const pending = pendingCalls(tools, progress);
  const sealed = agentRun.canResume && secret !== undefined ? seal(stored, secret) : null;
  const offered =
    status === "waiting" && sealed !== null && state.approvalFlow !== undefined
      ? offerApproval(context, state.approvalFlow, sealed, pending, flows)
      : undefined;
  if (typeof offered === "string") {
    progress.warnings.push(describeMissingApproval(offered, labels));
  }
  const { approval, ...changed } = typeof offered === "object" ? offered : {};
  const remembered = remember(context, isDone ? state.memory : undefined, progress.messages);
  return {
    branch,
    ...remembered.state,
    ...changed,
    data: {
      status,
      reason: reason && describeStopReason(reason, labels),
      text: last?.content.text ?? "",
      json: last?.content.json ?? null,
      pending,
      ...(approval && { approval }),
      state: sealed,
      ...outputOf(agentRun, labels),
      ...(schema?.example ? { schema: schema.whole } : {}),
      memory: remembered.memory,
      thinking: last?.content.thinking ?? "",
      sources: last?.content.sources ?? [],
      files: last?.content.files ?? [],
      model: last?.message.model ?? request.model,
      stop_reason: last?.message.stop_reason ?? null,
      content: last?.message.content ?? [],
      requestId: response?.requestId ?? null,
      rateLimit: response ? rateLimits(response.headers) : null,
      ...(client.masker ? { hidden: client.masker.hidden() } : {}),
    },
  };
};

/** The part of the output that is about the whole run. */
const outputOf = ({ status, progress }: AgentRun, labels: Labels) => {
  const { usage, cost, isCostKnown, steps, turns, messages, warnings } = progress;
  // A run that goes on still needs its attachments.
  const stored = withoutAttachments(messages, status === "done" ? "small" : "all");
  return {
    steps,
    turns,
    usage: { ...usage, total_tokens: totalTokens(usage ?? undefined) },
    cost: isCostKnown ? inDollars(cost) : null,
    warnings: [...warnings, ...stored.notices.map((notice) => describeNotice(notice, labels))],
    refused: status === "refused",
    conversation: stored.messages,
  };
};
