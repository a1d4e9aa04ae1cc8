import type {
  Message,
  MessageParam,
  ToolResultBlockParam,
  ToolUseBlock,
  Usage,
} from "@anthropic-ai/sdk/resources/messages";
import type { ApiResponse, Client } from "../../client/client";
import { completeMessage, sameContainer, sum } from "../messages/complete";
import { type Cost, messageCost, promptTokens } from "../messages/cost";
import { withoutUnfinished } from "../messages/result";
import type { Answer, MessageRequest } from "../messages/send";
import { asTurn } from "../messages/turn";

/** A tool that the agent's host runs. */
export interface AgentTool {
  /** The name that Claude calls it by. */
  name: string;
  /** Whether a person decides on each call. */
  needsApproval: boolean;
  /** What is wrong with an input, undefined where nothing is. */
  fault(input: unknown): string | undefined;
  /** @throws Error with a message that Claude gets to read. */
  run(input: unknown, timeoutMs: number): Promise<unknown>;
}

/** What a person says to a call. */
export interface Decision {
  approved: boolean;
  reason?: string;
}

/** What one part of a run may use up. What is not given has no limit. */
export interface AgentLimits {
  /** Requests to Claude. */
  turns?: number;
  /** Of all requests together, prompts and answers. */
  tokens?: number;
  /** In US dollars. */
  cost?: number;
  /** Time, looked at between two turns. */
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
}

/** A call that a person has to decide on. */
export interface PendingCall {
  id: string;
  tool: string;
  input: unknown;
}

/** A tool's run, as the output shows it. */
export interface AgentStep {
  tool: string;
  input: unknown;
  /** What the tool gave, null where it failed. */
  output: unknown;
  /** Why it failed, null where it did not. */
  error: string | null;
  durationMs: number;
}

/** All there is to know to go on. Data alone: it may be stored. */
export interface Progress {
  /** The conversation so far. Its last turn may hold calls without results. */
  messages: MessageParam[];
  /** Results for calls of the last turn that are there already. */
  results: ToolResultBlockParam[];
  steps: AgentStep[];
  turns: number;
  /** Of all answers together, null before the first. */
  usage: Usage | null;
  /** The container that code runs in, once there is one. */
  container?: string;
  /** Of all answers together, null where a price is not known. */
  cost: Cost | null;
  warnings: string[];
}

export type AgentStatus = "done" | "waiting" | "limit" | "deadline" | "refused" | "error";

export interface AgentRun {
  status: AgentStatus;
  /** Why it stopped before it was done, null where it is done or waits. */
  reason: string | null;
  pending: PendingCall[];
  progress: Progress;
  /** The last answer, undefined where this part of the run got none. */
  answer?: ApiResponse<Answer>;
}

export const noProgress = (messages: MessageParam[], warnings: string[]): Progress => ({
  messages,
  results: [],
  steps: [],
  turns: 0,
  usage: null,
  cost: { input: 0, output: 0, total: 0, currency: "USD" },
  warnings,
});

/** Left of the time when nothing more is begun: an answer takes seconds at least. In ms. */
const reserveMs = 5_000;

/**
 * Lets Claude work with tools until it is done, a person is needed, or a limit is met. Calls of one
 * turn run side by side; their results go back together, in the order of the calls. What a tool says
 * against it goes back too, for Claude to react.
 *
 * @param decisions By the id of the call they are about.
 * @throws ApiError or ConnectionError, see Client, for the first answer. What fails later ends the
 *   run with what is done so far.
 * @see https://platform.claude.com/docs/en/agents-and-tools/tool-use/how-tool-use-works
 */
export const runAgent = async (
  agent: Agent,
  progress: Progress,
  decisions: ReadonlyMap<string, Decision> = new Map(),
): Promise<AgentRun> => {
  const { client, request, betas, limits, doneBy } = agent;
  const before = usedBy(progress);
  let answer: ApiResponse<Answer> | undefined;
  const stop = (status: AgentStatus, reason: string | null, pending: PendingCall[] = []) => ({
    status,
    reason,
    pending,
    progress,
    answer,
  });
  for (;;) {
    if (doneBy - Date.now() < reserveMs) return stop("deadline", outOfTime);
    const pending = await settleCalls(agent, progress, decisions);
    if (pending.length > 0) return stop("waiting", null, pending);
    const met = limitMet(limits, before, usedBy(progress));
    if (met) return stop("limit", met);
    if (doneBy - Date.now() < reserveMs) return stop("deadline", outOfTime);
    try {
      answer = await completeMessage(client, nextRequest(request, progress), betas);
    } catch (error) {
      if (progress.turns === 0) throw error;
      return stop("error", (error as Error).message);
    }
    const { message, cutOff, paused, usages } = answer.data;
    count(progress, message, usages);
    // Half an answer is none: the next part of the run asks again.
    if (cutOff) {
      progress.cost = null;
      progress.warnings.push("The cost of an answer cut off by time is not known: cost is null.");
      return stop("deadline", outOfTime);
    }
    const { blocks, dropped } =
      message.stop_reason === "max_tokens"
        ? withoutUnfinished(message.content)
        : { blocks: message.content };
    if (dropped) progress.warnings.push(dropped);
    progress.messages.push(...asTurn(blocks));
    if (paused) return stop("error", `The answer is paused before its end: ${paused}`);
    switch (message.stop_reason) {
      case "refusal":
        return stop("refused", message.stop_details?.explanation ?? "Claude declined to answer.");
      case "max_tokens":
        return stop("limit", `An answer is cut off at ${request.max_tokens} tokens.`);
      case "model_context_window_exceeded":
        return stop("limit", "The context window of the model is full.");
    }
    if (callsIn(progress.messages.at(-1)).length === 0) return stop("done", null);
  }
};

const nextRequest = (
  request: Agent["request"],
  { messages, container }: Progress,
): MessageRequest => ({
  ...request,
  messages,
  ...(container ? { container: sameContainer(request, container) } : {}),
});

const outOfTime = "The run's time was nearly used up.";

/** The calls that a turn holds. */
const callsIn = (turn: MessageParam | undefined): ToolUseBlock[] =>
  turn?.role === "assistant" && typeof turn.content !== "string"
    ? (turn.content.filter(({ type }) => type === "tool_use") as ToolUseBlock[])
    : [];

/**
 * Runs the calls of the last turn, but for those that wait for a person, and hands all results back
 * once there are all.
 *
 * @returns The calls that wait.
 */
const settleCalls = async (
  agent: Agent,
  progress: Progress,
  decisions: ReadonlyMap<string, Decision>,
): Promise<PendingCall[]> => {
  const calls = callsIn(progress.messages.at(-1));
  if (calls.length === 0) return [];
  const settled = new Set(progress.results.map(({ tool_use_id: id }) => id));
  const open = calls.filter(({ id }) => !settled.has(id));
  const waiting = open.filter((call) => waits(agent, call) && !decisions.has(call.id));
  const outcomes = await Promise.all(
    open
      .filter((call) => !waiting.includes(call))
      .map((call) => settle(agent, call, decisions.get(call.id))),
  );
  for (const { result, step, warning } of outcomes) {
    progress.results.push(result);
    progress.steps.push(step);
    if (warning) progress.warnings.push(warning);
  }
  if (waiting.length > 0) return waiting.map(({ id, name, input }) => ({ id, tool: name, input }));
  const byId = new Map(progress.results.map((result) => [result.tool_use_id, result]));
  const results = calls.flatMap(({ id }) => byId.get(id) ?? []);
  progress.messages.push({ role: "user", content: results });
  progress.results = [];
  return [];
};

const toolOf = ({ tools }: Agent, { name }: ToolUseBlock): AgentTool | undefined =>
  tools.find((tool) => tool.name === name);

/** A call that would fail anyhow is nothing to decide on. */
const waits = (agent: Agent, call: ToolUseBlock): boolean => {
  const tool = toolOf(agent, call);
  return tool?.needsApproval === true && tool.fault(call.input) === undefined;
};

interface Outcome {
  result: ToolResultBlockParam;
  step: AgentStep;
  warning?: string;
}

const settle = async (
  agent: Agent,
  call: ToolUseBlock,
  decision: Decision | undefined,
): Promise<Outcome> => {
  const started = Date.now();
  const { id, name, input } = call;
  const outcome = (output: unknown, error: string | null): Outcome => {
    const { text, warning } = error === null ? asText(name, output) : { text: error };
    return {
      result: {
        type: "tool_result",
        tool_use_id: id,
        ...(text === "" ? {} : { content: text }),
        ...(error === null ? {} : { is_error: true }),
      },
      step: { tool: name, input, output, error, durationMs: Date.now() - started },
      warning,
    };
  };
  const tool = toolOf(agent, call);
  const fault = tool ? tool.fault(input) : `There is no tool ${name}.`;
  if (!tool || fault !== undefined) return outcome(null, fault ?? null);
  if (decision?.approved === false) {
    const { reason } = decision;
    return outcome(null, `A person denied this call${reason ? `: ${reason}` : "."}`);
  }
  try {
    return outcome(await tool.run(input, agent.doneBy - Date.now()), null);
  } catch (error) {
    return outcome(null, (error as Error).message);
  }
};

/** More than this of one result would crowd out the rest of the context. In characters. */
const longestResult = 200_000;

const asText = (tool: string, output: unknown): { text: string; warning?: string } => {
  const text = typeof output === "string" ? output : (JSON.stringify(output) ?? "");
  if (text.length <= longestResult) return { text };
  const left = text.length - longestResult;
  return {
    text: `${text.slice(0, longestResult)}\n[${left} more characters were left out]`,
    warning: `A result of ${tool} was too long for Claude: its last ${left} characters were left out.`,
  };
};

const count = (progress: Progress, message: Message, usages: Usage[]): void => {
  progress.turns += 1;
  progress.container = message.container?.id ?? progress.container;
  progress.usage = (
    progress.usage ? sum(progress.usage, message.usage) : message.usage
  ) as Usage | null;
  const { cost, warning } = messageCost(message.model, usages);
  if (warning && !progress.warnings.includes(warning)) progress.warnings.push(warning);
  progress.cost = cost && progress.cost && (sum(progress.cost, cost) as Cost);
  if (progress.cost) progress.cost.currency = "USD";
};

interface Used {
  /** In ms since the epoch. */
  at: number;
  turns: number;
  tokens: number;
  cost: number | null;
}

const usedBy = ({ turns, usage, cost }: Progress): Used => ({
  at: Date.now(),
  turns,
  tokens: promptTokens(usage ?? undefined).total + (usage?.output_tokens ?? 0),
  cost: cost?.total ?? null,
});

/** The limit that this part of the run has met, in words. */
const limitMet = (
  { turns, tokens, cost, minutes }: AgentLimits,
  from: Used,
  to: Used,
): string | undefined => {
  if (turns !== undefined && to.turns - from.turns >= turns) {
    return `Turns is met: Claude was asked ${turns} times.`;
  }
  if (tokens !== undefined && to.tokens - from.tokens >= tokens) {
    return `Total Tokens is met: ${to.tokens - from.tokens} of ${tokens} were used.`;
  }
  if (minutes !== undefined && to.at - from.at >= minutes * 60_000) {
    return `Minutes is met: the step was at work for ${minutes}.`;
  }
  if (cost === undefined || to.turns === from.turns) return undefined;
  if (to.cost === null || from.cost === null) {
    return "Cost cannot be held: the price of the model is not known.";
  }
  const used = to.cost - from.cost;
  return used >= cost
    ? `Cost is met: $${Number(used.toFixed(6))} of $${cost} were used.`
    : undefined;
};
