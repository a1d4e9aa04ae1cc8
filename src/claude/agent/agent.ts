import type {
  Message,
  MessageParam,
  ToolResultBlockParam,
  ToolUseBlock,
  Usage,
} from "@anthropic-ai/sdk/resources/messages";
import type { ApiResponse, Client } from "../../client/client";
import { completeMessage, sameContainer, sumUsages } from "../messages/complete";
import { addCost, messageCost, noCost, roundDollars, totalTokens } from "../messages/cost";
import { repairRequest } from "../messages/repairRequest";
import { mismatchForClaude } from "../messages/replySchema";
import { aboutStopReason, refusalOf } from "../messages/result";
import type { MessageRequest, Reply } from "../messages/send";
import { asTurn, completeBlocks, isTruncated } from "../messages/turn";
import type { Mismatch, Notice, Shortfall } from "../notice";

/** A tool that is run here, not by the API. */
export interface AgentTool {
  /** The name that Claude calls it by. */
  name: string;
  /** Whether a person must approve each call. */
  needsApproval: boolean;
  /** What is wrong with an input, for Claude to read. Undefined if it is valid. */
  inputFault(input: unknown): string | undefined;
  /** @throws Error with a message for Claude to read. */
  run(input: unknown, timeoutMs: number): Promise<unknown>;
}

/** A person's decision on a call. */
export interface Decision {
  approved: boolean;
  reason?: string;
  /** The input to run the call with, in place of Claude's. */
  input?: Record<string, unknown>;
}

/** Limits of one part of a run, checked between turns. What is undefined is not limited. */
export interface AgentLimits {
  turns?: number;
  /** Of all turns together, input and output. */
  tokens?: number;
  /** In US dollars. */
  cost?: number;
  minutes?: number;
}

export interface Agent {
  client: Client;
  /** Without messages. */
  request: Omit<MessageRequest, "messages">;
  betas: readonly string[];
  tools: readonly AgentTool[];
  limits: AgentLimits;
  /** When it must have stopped, in ms since the epoch. */
  doneBy: number;
  /** Why a final reply is not the data that was asked for. */
  mismatch(reply: Reply): Mismatch | undefined;
}

/** A call that a person must decide on. */
export interface PendingCall {
  id: string;
  tool: string;
  input: unknown;
}

/** A tool call that was run, for the output. */
export interface AgentStep {
  tool: string;
  input: unknown;
  /** What the tool returned, null if it failed. */
  output: unknown;
  /** Why it failed, null if it did not. */
  error: string | null;
  durationMs: number;
}

/** Everything needed to continue. Only data: it may be stored. */
export interface Progress {
  /** The conversation so far. Its last turn may have calls without results. */
  messages: MessageParam[];
  /** Results that calls of the last turn already have. */
  results: ToolResultBlockParam[];
  steps: AgentStep[];
  turns: number;
  /** Of all replies together, null before the first. */
  usage: Usage | null;
  /** In US dollars, of the replies whose cost is known. */
  cost: { input: number; output: number; total: number };
  /** Whether the cost of every reply is known. */
  isCostKnown: boolean;
  /** The container that code runs in, if any does. */
  container?: Message["container"];
  /** Whether a final reply was already sent back for correction. */
  isCorrected?: boolean;
  warnings: string[];
}

export type AgentStatus = "done" | "waiting" | "limit" | "deadline" | "refused" | "error";

/** Why a run stopped before it was done. */
export type StopReason =
  | { code: "out_of_time" }
  | { code: "turns_used"; turns: number }
  | { code: "tokens_used"; tokens: number; limit: number }
  | { code: "minutes_used"; minutes: number }
  | { code: "cost_used"; cost: number; limit: number }
  | { code: "cost_not_known" }
  | { code: "tokens_not_known" }
  | { code: "reply_truncated"; maxTokens: number }
  | { code: "context_window_full" }
  | { code: "call_ids_repeated" }
  | { code: "request_failed"; message: string }
  | Extract<Shortfall, { code: "refused" | "paused" | "mismatch" }>;

/** One part of a run. */
export interface AgentRun {
  status: AgentStatus;
  /** Null if it is done or waiting. */
  reason: StopReason | null;
  progress: Progress;
  /** What was adjusted or dropped in this part of the run. */
  notices: Notice[];
  /** Whether the run can be continued. */
  canResume: boolean;
  /** The last response, undefined if this part of the run got none. */
  response?: ApiResponse<Reply>;
}

export const noProgress = (messages: MessageParam[], warnings: string[]): Progress => ({
  messages,
  results: [],
  steps: [],
  turns: 0,
  usage: null,
  cost: noCost,
  isCostKnown: true,
  warnings,
});

/** No turn starts with less time left: a reply takes at least seconds. In ms. */
const reserveMs = 5_000;

/**
 * Lets Claude work with tools until it is done, needs an approval, or reaches a limit. Calls of one
 * turn run in parallel; their results are returned together, in the order of the calls. The error of
 * a tool is returned too, for Claude to react to.
 *
 * @param decisions On pending calls, by their ID.
 * @throws ApiError or ConnectionError, see Client, for the first reply. A later failure ends the run
 *   with what is done so far.
 * @see https://platform.claude.com/docs/en/agents-and-tools/tool-use/how-tool-use-works
 */
export const runAgent = async (
  agent: Agent,
  progress: Progress,
  decisions: ReadonlyMap<string, Decision> = new Map(),
): Promise<AgentRun> => {
  const { client, request, betas, limits, doneBy } = agent;
  const before = usedBy(progress);
  const isLate = () => doneBy - Date.now() < reserveMs;
  const notices: Notice[] = [];
  let isPriced = true;
  let isCounted = true;
  let response: ApiResponse<Reply> | undefined;
  const stop = (status: AgentStatus, reason: StopReason | null, canResume = true): AgentRun => ({
    status,
    reason,
    progress,
    notices,
    canResume,
    response,
  });
  const outOfTime = () => stop("deadline", { code: "out_of_time" });
  // A decision is valid once: a host may use an ID again.
  for (let decided = decisions; ; decided = new Map()) {
    if (isLate()) return outOfTime();
    const endsAt = Math.min(
      doneBy,
      before.at + (limits.minutes ?? Number.POSITIVE_INFINITY) * 60_000,
    );
    const isSettled = await settleCalls(agent, progress, { decisions: decided, endsAt, notices });
    if (!isSettled) return stop("waiting", null);
    const reached = limitReached(limits, before, usedBy(progress), { isPriced, isCounted });
    if (reached) return stop("limit", reached);
    if (isLate()) return outOfTime();
    try {
      response = await completeMessage(client, nextRequest(request, progress), betas);
    } catch (error) {
      if (isLate()) return outOfTime();
      if (progress.turns === 0) throw error;
      return stop("error", { code: "request_failed", message: (error as Error).message });
    }
    const { message, isOutOfTime, pauseCause, usages } = response.data;
    const counted = countReply(progress, message, usages, notices);
    isPriced &&= counted.isPriced;
    isCounted &&= counted.isCounted;
    // Half a reply does not count: the next part of the run requests it again.
    if (isOutOfTime) {
      progress.isCostKnown = false;
      const tools = serverToolsUsed(message);
      if (tools.length > 0) notices.push({ code: "reply_dropped_out_of_time", tools });
      return outOfTime();
    }
    const { stop_reason: stopReason } = message;
    const { blocks, dropped } = completeBlocks(message.content, isTruncated(message));
    notices.push(...(response.data.notices ?? []), ...dropped, ...aboutStopReason(message));
    if (response.data.messages) progress.messages = [...response.data.messages];
    // Thinking alone is not a turn.
    if (blocks.some(({ type }) => !type.endsWith("thinking"))) {
      progress.messages.push(...asTurn(blocks));
    }
    if (pauseCause) return stop("error", { code: "paused", cause: pauseCause });
    const calls = callsIn(progress.messages.at(-1));
    if (new Set(calls.map(({ id }) => id)).size < calls.length) {
      return stop("error", { code: "call_ids_repeated" }, false);
    }
    if (stopReason === "refusal") return stop("refused", refusalOf(message), false);
    if (stopReason === "model_context_window_exceeded") {
      return stop("limit", { code: "context_window_full" }, false);
    }
    if (isTruncated(message)) {
      if (calls.length === 0 && progress.messages.at(-1)?.role === "assistant") {
        progress.messages.push({
          role: "user",
          content: "The answer was cut off. Go on from there.",
        });
      }
      return stop("limit", { code: "reply_truncated", maxTokens: request.max_tokens });
    }
    if (calls.length > 0) continue;
    const mismatch = agent.mismatch(response.data);
    if (mismatch === undefined) return stop("done", null, false);
    if (progress.isCorrected) return stop("error", { code: "mismatch", mismatch }, false);
    progress.isCorrected = true;
    progress.messages.push({
      role: "user",
      content: `${mismatchForClaude(mismatch, "JSON Schema")}. Answer again.`,
    });
  }
};

/** Server tools that a reply used: they may have done something although the reply does not count. */
const serverToolsUsed = ({ content }: Message): string[] =>
  content.flatMap((block) =>
    block.type === "server_tool_use" || (block.type as string) === "mcp_tool_use"
      ? [(block as { name: string }).name]
      : [],
  );

const nextRequest = (
  request: Agent["request"],
  { messages, container }: Progress,
): MessageRequest =>
  repairRequest({
    ...request,
    messages,
    ...(container && !(Date.parse(container.expires_at) < Date.now())
      ? { container: sameContainer(request, container.id) }
      : {}),
  }).request;

/** The tool calls of a turn. */
const callsIn = (turn: MessageParam | undefined): ToolUseBlock[] =>
  turn?.role === "assistant" && typeof turn.content !== "string"
    ? (turn.content.filter(({ type }) => type === "tool_use") as ToolUseBlock[])
    : [];

/** The calls of the last turn that have no result yet. */
const openCalls = ({ messages, results }: Progress): ToolUseBlock[] => {
  const settled = new Set(results.map(({ tool_use_id: id }) => id));
  return callsIn(messages.at(-1)).filter(({ id }) => !settled.has(id));
};

/** The calls that a person must decide on. Not those that would fail anyway. */
export const pendingCalls = (tools: readonly AgentTool[], progress: Progress): PendingCall[] =>
  openCalls(progress)
    .filter((call) => {
      const tool = tools.find(({ name }) => name === call.name);
      return tool?.needsApproval === true && tool.inputFault(call.input) === undefined;
    })
    .map(({ id, name, input }) => ({ id, tool: name, input }));

/**
 * Runs the calls of the last turn, except those that wait for a decision, and adds the turn of
 * results when all are there.
 *
 * @param endsAt When a tool must have returned, in ms since the epoch.
 * @returns Whether all results are there.
 */
const settleCalls = async (
  agent: Agent,
  progress: Progress,
  {
    decisions,
    endsAt,
    notices,
  }: { decisions: ReadonlyMap<string, Decision>; endsAt: number; notices: Notice[] },
): Promise<boolean> => {
  const calls = callsIn(progress.messages.at(-1));
  if (calls.length === 0) return true;
  const pending = pendingCalls(agent.tools, progress).map(({ id }) => id);
  const waiting = new Set(pending.filter((id) => !decisions.has(id)));
  const ready = openCalls(progress).filter(({ id }) => !waiting.has(id));
  const maxLength = Math.min(maxResultLength, maxTurnLength / calls.length);
  const outcomes = await Promise.all(
    ready.map((call) =>
      settle(agent.tools, call, { decision: decisions.get(call.id), endsAt, maxLength }),
    ),
  );
  for (const { result, step, notice } of outcomes) {
    progress.results.push(result);
    progress.steps.push(step);
    if (notice) notices.push(notice);
  }
  if (waiting.size > 0) return false;
  const byId = new Map(progress.results.map((result) => [result.tool_use_id, result]));
  const results = calls.flatMap(({ id }) => byId.get(id) ?? []);
  progress.messages.push({ role: "user", content: results });
  progress.results = [];
  return true;
};

interface Outcome {
  result: ToolResultBlockParam;
  step: AgentStep;
  notice?: Notice;
}

const settle = async (
  tools: readonly AgentTool[],
  { id, name, input: given }: ToolUseBlock,
  {
    decision,
    endsAt,
    maxLength,
  }: { decision: Decision | undefined; endsAt: number; maxLength: number },
): Promise<Outcome> => {
  const started = Date.now();
  const changed = decision?.approved ? decision.input : undefined;
  const input = changed ?? given;
  // Claude would otherwise take the result for that of its own input.
  const note = changed
    ? `A person changed the input of this call to ${JSON.stringify(changed)}. Its result:\n`
    : "";
  const outcome = (output: unknown, error: string | null): Outcome => {
    const { text, notice } =
      error === null ? resultText(name, output, maxLength) : { text: error, notice: undefined };
    return {
      result: {
        type: "tool_result",
        tool_use_id: id,
        ...(note + text === "" ? {} : { content: note + text }),
        ...(error === null ? {} : { is_error: true }),
      },
      step: { tool: name, input, output, error, durationMs: Date.now() - started },
      notice,
    };
  };
  const tool = tools.find((candidate) => candidate.name === name);
  if (!tool) return outcome(null, `There is no tool ${name}.`);
  const fault = tool.inputFault(input);
  if (fault !== undefined) return outcome(null, fault);
  if (decision?.approved === false) {
    const { reason } = decision;
    return outcome(null, `A person denied this call${reason ? `: ${reason}` : "."}`);
  }
  try {
    return outcome(await tool.run(input, endsAt - Date.now()), null);
  } catch (error) {
    return outcome(null, (error as Error).message);
  }
};

/** Longer results, of one call or of all calls of a turn, would displace everything else. In characters. */
const maxResultLength = 200_000;
const maxTurnLength = 600_000;

const resultText = (
  tool: string,
  output: unknown,
  maxLength: number,
): { text: string; notice?: Notice } => {
  const text = typeof output === "string" ? output : (JSON.stringify(output) ?? "");
  if (text.length <= maxLength) return { text };
  const characters = text.length - maxLength;
  return {
    text: `${text.slice(0, maxLength)}\n[${characters} more characters were left out]`,
    notice: { code: "tool_result_truncated", tool, characters },
  };
};

/** Adds a reply to the counts. Returns whether its price and its tokens are known. */
const countReply = (
  progress: Progress,
  message: Message,
  usages: Usage[],
  notices: Notice[],
): { isPriced: boolean; isCounted: boolean } => {
  const isCounted = totalTokens(message.usage) > 0;
  progress.turns += 1;
  progress.container = message.container ?? progress.container;
  progress.usage = progress.usage ? sumUsages(progress.usage, message.usage) : message.usage;
  const { cost, notice } = messageCost(message, usages);
  if (notice) notices.push(notice);
  if (!cost) {
    progress.isCostKnown = false;
    return { isPriced: false, isCounted };
  }
  progress.cost = addCost(progress.cost, cost);
  return { isPriced: true, isCounted };
};

interface Used {
  /** In ms since the epoch. */
  at: number;
  turns: number;
  tokens: number;
  cost: number;
}

const usedBy = ({ turns, usage, cost }: Progress): Used => ({
  at: Date.now(),
  turns,
  tokens: totalTokens(usage ?? undefined),
  cost: cost.total,
});

/** The limit that this part of the run has reached. */
const limitReached = (
  { turns, tokens, cost, minutes }: AgentLimits,
  from: Used,
  to: Used,
  { isPriced, isCounted }: { isPriced: boolean; isCounted: boolean },
): StopReason | undefined => {
  const used = {
    turns: to.turns - from.turns,
    tokens: to.tokens - from.tokens,
    cost: roundDollars(to.cost - from.cost),
  };
  if (turns !== undefined && used.turns >= turns) return { code: "turns_used", turns: used.turns };
  if (tokens !== undefined && !isCounted) return { code: "tokens_not_known" };
  if (tokens !== undefined && used.tokens >= tokens) {
    return { code: "tokens_used", tokens: used.tokens, limit: tokens };
  }
  if (minutes !== undefined && to.at - from.at >= minutes * 60_000) {
    return { code: "minutes_used", minutes };
  }
  if (cost === undefined) return undefined;
  if (!isPriced) return { code: "cost_not_known" };
  return used.cost >= cost && used.turns > 0
    ? { code: "cost_used", cost: used.cost, limit: cost }
    : undefined;
};
