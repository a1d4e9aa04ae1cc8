import type {
  Message,
  MessageParam,
  ToolResultBlockParam,
  ToolUseBlock,
  Usage,
} from "@anthropic-ai/sdk/resources/messages";
import type { ApiResponse, Client } from "../../client/client";
import { isRecord } from "../../client/values";
import { completeMessage, sameContainer, sum } from "../messages/complete";
import { messageCost, promptTokens } from "../messages/cost";
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

/** What one part of a run may use up, looked at between two turns. What is not given has no limit. */
export interface AgentLimits {
  turns?: number;
  /** Of all turns together, prompts and answers. */
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
  /** What a final answer lacks, for Claude to read. */
  shortfall(answer: ApiResponse<Answer>): string | undefined;
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
  /** In US dollars, of the answers whose cost is known. */
  cost: { input: number; output: number; total: number };
  /** Whether the cost of each answer is known. */
  isCostKnown: boolean;
  /** Where code runs, once there is such a place. */
  container?: Message["container"];
  /** A final answer was sent back already, for what it lacks. */
  isCorrected?: boolean;
  warnings: string[];
}

export type AgentStatus = "done" | "waiting" | "limit" | "deadline" | "refused" | "error";

export interface AgentRun {
  status: AgentStatus;
  /** Why it stopped before it was done, null where it is done or waits. */
  reason: string | null;
  progress: Progress;
  /** Whether there is something to go on from. */
  mayGoOn: boolean;
  /** The last answer, undefined where this part of the run got none. */
  answer?: ApiResponse<Answer>;
}

export const noProgress = (messages: MessageParam[], warnings: string[]): Progress => ({
  messages,
  results: [],
  steps: [],
  turns: 0,
  usage: null,
  cost: { input: 0, output: 0, total: 0 },
  isCostKnown: true,
  warnings,
});

/** Left of the time when nothing more is begun: an answer takes seconds at least. In ms. */
const reserveMs = 5_000;

/**
 * Lets Claude work with tools until it is done, a person is needed, or a limit is met. Calls of one
 * turn run side by side; their results go back together, in the order of the calls. What a tool says
 * against it goes back too, for Claude to react.
 *
 * @param decisions On the calls that wait, by their id.
 * @throws ApiError or ConnectionError, see Client, for the first answer. What fails later ends the
 *   run with what is done so far.
 * @see https://platform.claude.com/docs/en/agents-and-tools/tool-use/how-tool-use-works
 */
export const runAgent = async (
  agent: Agent,
  progress: Progress,
  decisions: ReadonlyMap<string, Decision> = new Map(),
): Promise<AgentRun> => {
  const { client, request, betas, limits, doneBy, shortfall } = agent;
  const before = usedBy(progress);
  const isLate = () => doneBy - Date.now() < reserveMs;
  let isPriced = true;
  let answer: ApiResponse<Answer> | undefined;
  const stop = (status: AgentStatus, reason: string | null, mayGoOn = true): AgentRun => ({
    status,
    reason,
    progress,
    mayGoOn,
    answer,
  });
  // Decided is decided only once: a host may use an id again.
  for (let decided = decisions; ; decided = new Map()) {
    if (isLate()) return stop("deadline", outOfTime);
    const endsAt = Math.min(
      doneBy,
      before.at + (limits.minutes ?? Number.POSITIVE_INFINITY) * 60_000,
    );
    if (!(await settleCalls(agent, progress, decided, endsAt))) return stop("waiting", null);
    const met = limitMet(limits, before, usedBy(progress), isPriced);
    if (met) return stop("limit", met);
    if (isLate()) return stop("deadline", outOfTime);
    try {
      answer = await completeMessage(client, nextRequest(request, progress), betas);
    } catch (error) {
      if (isLate()) return stop("deadline", outOfTime);
      if (progress.turns === 0) throw error;
      return stop("error", (error as Error).message);
    }
    const { message, cutOff, paused, usages } = answer.data;
    isPriced = count(progress, message, usages) && isPriced;
    // Half an answer is none: the next part of the run asks again.
    if (cutOff) {
      progress.isCostKnown = false;
      progress.warnings.push(...dropped(message));
      return stop("deadline", outOfTime);
    }
    const { stop_reason: reason } = message;
    const isCut = reason === "max_tokens" || reason === "model_context_window_exceeded";
    const whole = isCut ? withoutUnfinished(message.content) : { blocks: message.content };
    if (whole.dropped) progress.warnings.push(whole.dropped);
    // Thinking alone is no turn.
    if (whole.blocks.some(({ type }) => !type.endsWith("thinking"))) {
      progress.messages.push(...asTurn(whole.blocks));
    }
    if (paused) return stop("error", `The answer is paused before its end: ${paused}`);
    const calls = callsIn(progress.messages.at(-1));
    if (new Set(calls.map(({ id }) => id)).size < calls.length) {
      return stop("error", "Two calls of one turn have the same id.", false);
    }
    if (reason === "refusal") return stop("refused", whyRefused(message), false);
    if (reason === "model_context_window_exceeded") {
      return stop("limit", "The context window of the model is full.", false);
    }
    if (isCut) {
      if (calls.length === 0 && progress.messages.at(-1)?.role === "assistant") {
        progress.messages.push({
          role: "user",
          content: "The answer was cut off. Go on from there.",
        });
      }
      return stop("limit", `An answer is cut off at ${request.max_tokens} tokens.`);
    }
    if (calls.length > 0) continue;
    const lacks = shortfall(answer);
    if (lacks === undefined) return stop("done", null, false);
    if (progress.isCorrected) return stop("error", lacks, false);
    progress.isCorrected = true;
    progress.messages.push({ role: "user", content: `${lacks} Answer again.` });
  }
};

const outOfTime = "The run's time was nearly used up.";

const whyRefused = ({ stop_details }: Message): string =>
  stop_details?.explanation ?? "Claude declined to answer.";

/** Tools of the API may have done something in an answer that does not count. */
const dropped = ({ content }: Message): string[] => {
  const used = content.flatMap((block) =>
    block.type === "server_tool_use" || (block.type as string) === "mcp_tool_use"
      ? [(block as { name: string }).name]
      : [],
  );
  return used.length > 0
    ? [`An answer was cut off by time and dropped. It had used ${used.join(", ")} already.`]
    : [];
};

const nextRequest = (
  request: Agent["request"],
  { messages, container }: Progress,
): MessageRequest => ({
  ...request,
  messages: messages.map(withObjects),
  ...(container && !(Date.parse(container.expires_at) < Date.now())
    ? { container: sameContainer(request, container.id) }
    : {}),
});

/** The API takes back no call whose input is no object, as hosts make them of broken JSON. */
const withObjects = (turn: MessageParam): MessageParam => {
  if (callsIn(turn).every(({ input }) => isRecord(input))) return turn;
  const content = (turn.content as ToolUseBlock[]).map((block) =>
    block.type === "tool_use" && !isRecord(block.input) ? { ...block, input: {} } : block,
  );
  return { role: "assistant", content };
};

/** The calls that a turn holds. */
const callsIn = (turn: MessageParam | undefined): ToolUseBlock[] =>
  turn?.role === "assistant" && typeof turn.content !== "string"
    ? (turn.content.filter(({ type }) => type === "tool_use") as ToolUseBlock[])
    : [];

/** The calls of the last turn that have no result yet. */
const openCalls = ({ messages, results }: Progress): ToolUseBlock[] => {
  const settled = new Set(results.map(({ tool_use_id: id }) => id));
  return callsIn(messages.at(-1)).filter(({ id }) => !settled.has(id));
};

/** The calls that a person has to decide on. One that would fail anyhow is nothing to decide on. */
export const pendingCalls = (tools: readonly AgentTool[], progress: Progress): PendingCall[] =>
  openCalls(progress)
    .filter((call) => {
      const tool = tools.find(({ name }) => name === call.name);
      return tool?.needsApproval === true && tool.fault(call.input) === undefined;
    })
    .map(({ id, name, input }) => ({ id, tool: name, input }));

/**
 * Runs the calls of the last turn, but for those that wait for a person, and hands all results back
 * once there are all.
 *
 * @param endsAt When a tool must have answered, in ms since the epoch.
 * @returns Whether there are all.
 */
const settleCalls = async (
  agent: Agent,
  progress: Progress,
  decisions: ReadonlyMap<string, Decision>,
  endsAt: number,
): Promise<boolean> => {
  const calls = callsIn(progress.messages.at(-1));
  if (calls.length === 0) return true;
  const waiting = pendingCalls(agent.tools, progress).filter(({ id }) => !decisions.has(id));
  const ready = openCalls(progress).filter(({ id }) => !waiting.some((call) => call.id === id));
  const longest = Math.min(longestResult, longestTurn / calls.length);
  const outcomes = await Promise.all(
    ready.map((call) =>
      settle(agent.tools, call, { decision: decisions.get(call.id), endsAt, longest }),
    ),
  );
  for (const { result, step, warning } of outcomes) {
    progress.results.push(result);
    progress.steps.push(step);
    if (warning) progress.warnings.push(warning);
  }
  if (waiting.length > 0) return false;
  const byId = new Map(progress.results.map((result) => [result.tool_use_id, result]));
  const results = calls.flatMap(({ id }) => byId.get(id) ?? []);
  progress.messages.push({ role: "user", content: results });
  progress.results = [];
  return true;
};

interface Outcome {
  result: ToolResultBlockParam;
  step: AgentStep;
  warning?: string;
}

const settle = async (
  tools: readonly AgentTool[],
  { id, name, input }: ToolUseBlock,
  about: { decision: Decision | undefined; endsAt: number; longest: number },
): Promise<Outcome> => {
  const { decision, endsAt, longest } = about;
  const started = Date.now();
  const outcome = (output: unknown, error: string | null): Outcome => {
    const { text, warning } =
      error === null ? asText(name, output, longest) : { text: error, warning: undefined };
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
  const tool = tools.find((candidate) => candidate.name === name);
  if (!tool) return outcome(null, `There is no tool ${name}.`);
  const fault = tool.fault(input);
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

/** More than this of one result, or of all of a turn, would crowd out the rest. In characters. */
const longestResult = 200_000;
const longestTurn = 600_000;

const asText = (
  tool: string,
  output: unknown,
  longest: number,
): { text: string; warning?: string } => {
  const text = typeof output === "string" ? output : (JSON.stringify(output) ?? "");
  if (text.length <= longest) return { text };
  const left = text.length - longest;
  return {
    text: `${text.slice(0, longest)}\n[${left} more characters were left out]`,
    warning: `A result of ${tool} was too long for Claude: its last ${left} characters were left out.`,
  };
};

/** Adds an answer to the counts. Returns whether its price is known. */
const count = (progress: Progress, message: Message, usages: Usage[]): boolean => {
  progress.turns += 1;
  progress.container = message.container ?? progress.container;
  progress.usage = (
    progress.usage ? sum(progress.usage, message.usage) : message.usage
  ) as Usage | null;
  const { cost, warning } = messageCost(message.model, usages);
  if (warning && !progress.warnings.includes(warning)) progress.warnings.push(warning);
  if (!cost) {
    progress.isCostKnown = false;
    return false;
  }
  const { input, output, total } = progress.cost;
  progress.cost = {
    input: rounded(input + cost.input),
    output: rounded(output + cost.output),
    total: rounded(total + cost.total),
  };
  return true;
};

/** Without the noise of binary fractions. */
const rounded = (dollars: number): number => Number(dollars.toFixed(10));

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
  tokens: promptTokens(usage ?? undefined).total + (usage?.output_tokens ?? 0),
  cost: cost.total,
});

/** The limit that this part of the run has met, in words. */
const limitMet = (
  { turns, tokens, cost, minutes }: AgentLimits,
  from: Used,
  to: Used,
  isPriced: boolean,
): string | undefined => {
  if (turns !== undefined && to.turns - from.turns >= turns) {
    return `Turns is met: Claude had ${to.turns - from.turns}.`;
  }
  if (tokens !== undefined && to.tokens - from.tokens >= tokens) {
    return `Total Tokens is met: ${to.tokens - from.tokens} of ${tokens} were used.`;
  }
  if (minutes !== undefined && to.at - from.at >= minutes * 60_000) {
    return `Minutes is met: the step was at work for ${minutes}.`;
  }
  if (cost === undefined) return undefined;
  if (!isPriced) return "Cost cannot be held: the price of the model is not known.";
  const used = rounded(to.cost - from.cost);
  return used >= cost && to.turns > from.turns
    ? `Cost is met: $${used} of $${cost} were used.`
    : undefined;
};
