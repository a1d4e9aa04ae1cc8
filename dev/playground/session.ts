import type { Connection } from "@prismatic-io/spectral";
import { createHarness, defaultTriggerPayload } from "@prismatic-io/spectral/dist/testing";
import { builtComponent } from "../component";
import type { StepKind } from "../description";
import { type Emulator, startEmulator } from "../emulator";
import { flowNames, startFlows } from "../flows";
import { type Recorder, startRecorder, type WireEvent } from "./recorder";
import { fromPage, toPage } from "./values";

/** What a run tells the page, in order. */
export type RunEvent =
  | WireEvent
  | { type: "log"; level: string; text: string }
  | { type: "result"; data: unknown; branch?: string }
  | { type: "error"; name: string; message: string; input?: string; code?: string };

/** What the page shows of where requests go and what they cost. */
export interface Status {
  /** The real API, or undefined for the emulator. */
  host?: string;
  /** Dollars in this session. */
  cost: number;
  /** No step runs after this many dollars. Undefined for the emulator, which costs nothing. */
  cap?: number;
}

/** A step to run, with inputs as the page has them. */
export interface RunRequest {
  kind: Exclude<StepKind, "connection">;
  key: string;
  inputs: Record<string, unknown>;
  /** What a webhook receives. */
  payload?: { headers: Record<string, string>; body: string; query?: Record<string, string> };
}

/** The response of a trigger to a webhook. */
interface TriggerResponse {
  statusCode: number;
  contentType: string;
  headers?: Record<string, string>;
  body?: string;
}

/** What a step of a flow knows of its integration. */
export type RunContext = Record<string, unknown>;

export interface Session {
  status(): Status;
  /** Uses the real API with this key, kept in memory only. Without a key: the emulator. */
  connect(options: { apiKey?: string; cap?: number }): Promise<void>;
  /** Runs a step. The result and the error are events too. */
  run(
    request: RunRequest,
    emit: (event: RunEvent) => void,
    context?: RunContext,
  ): Promise<{ data?: unknown; branch?: string; response?: TriggerResponse; failed: boolean }>;
  /** The flows that an agent can call. */
  flowNames: readonly string[];
  emulator: Emulator;
  stop(): Promise<void>;
}

/** A webhook as the platform hands it to a trigger. */
const received = ({ headers, body, query = {} }: NonNullable<RunRequest["payload"]>) => {
  const content = { data: body, contentType: headers["content-type"] ?? "application/json" };
  return { headers, queryParameters: query, rawBody: content, body: content };
};

const emulatorKey = "sk-ant-emulator";
const defaultCap = 1;

/** The component at work: one target, one state, and the costs so far. */
export const openSession = async (env: NodeJS.ProcessEnv = {}): Promise<Session> => {
  // The parts of a reply arrive one after another, as they do from the API.
  const emulator = await startEmulator({ delayMs: 10 });
  const flows = await startFlows();
  const harness = createHarness(builtComponent);
  // What the platform stores of an instance between executions.
  const state: Record<string, Record<string, unknown>> = {
    crossFlowState: {},
    instanceState: {},
    executionState: {},
  };
  let listener: (event: WireEvent) => void = () => {};
  let recorder: Recorder | undefined;
  let connection: Connection;
  let status: Status = { cost: 0 };

  const baseUrl = env.ANTHROPIC_BASE_URL || "https://api.anthropic.com";
  const connect: Session["connect"] = async ({ apiKey, cap }) => {
    await recorder?.stop();
    const host = apiKey ? baseUrl : undefined;
    const key = apiKey || emulatorKey;
    recorder = await startRecorder(host ?? emulator.url, [key], (event) => listener(event));
    connection = {
      key: "anthropic",
      configVarKey: "Anthropic API",
      fields: { apiKey: key, baseUrl: recorder.url },
    };
    status = { cost: status.cost, ...(host ? { host, cap: cap ?? defaultCap } : {}) };
  };
  await connect({ apiKey: env.ANTHROPIC_API_KEY });

  const perform = async (
    { kind, key, inputs, payload }: RunRequest,
    emit: (event: RunEvent) => void,
    context: RunContext,
  ) => {
    if (status.cap !== undefined && status.cost >= status.cap) {
      const message = `The steps so far cost $${status.cost.toFixed(4)}, and the cap is $${status.cap}. Raise the cap to go on.`;
      throw Object.assign(new Error(message), { name: "CapReached" });
    }
    const log =
      (level: string) =>
      (...parts: unknown[]) =>
        emit({ type: "log", level, text: parts.map(String).join(" ") });
    const levels = ["metric", "trace", "debug", "info", "log", "warn", "error"];
    const all = {
      ...flows.context,
      ...state,
      startedAt: new Date().toISOString(),
      ...context,
      logger: Object.fromEntries(levels.map((level) => [level, log(level)])),
    };
    const given = fromPage(inputs) as Record<string, unknown>;
    const known = [builtComponent.actions, builtComponent.triggers, builtComponent.dataSources]
      .flatMap((steps) => Object.values(steps))
      .find((step) => step.key === key);
    const inputsOf = (known?.inputs ?? []) as readonly { type: string }[];
    const needsConnection = inputsOf.some(({ type }) => type === "connection");
    const params = needsConnection ? { ...given, connection } : given;
    const result =
      kind === "action"
        ? await harness.action(key, params, all as object)
        : kind === "dataSource"
          ? await harness.dataSource(key, params, all as object)
          : await harness.trigger(
              key,
              { ...defaultTriggerPayload(), ...(payload && received(payload)) },
              params,
              all as object,
            );
    const found = (result ?? {}) as {
      data?: unknown;
      payload?: unknown;
      result?: unknown;
      branch?: string;
      response?: TriggerResponse;
      contentType?: string;
    } & Record<string, Record<string, unknown>>;
    for (const name of Object.keys(state)) Object.assign(state[name] ?? {}, found[name]);
    for (const entries of Object.values(state)) {
      // The platform deletes entries that are null.
      for (const [name, value] of Object.entries(entries)) if (value === null) delete entries[name];
    }
    const data =
      kind === "action" ? found.data : kind === "dataSource" ? found.result : found.payload;
    const cost = (data as { cost?: { total?: number } } | undefined)?.cost?.total;
    if (status.host && typeof cost === "number") status.cost += cost;
    const { branch, response, contentType } = found;
    return { data, branch, response, contentType };
  };

  const run: Session["run"] = async (request, emit, context = {}) => {
    // The page runs one step at a time. A step that calls a flow has the steps of the flow inside it.
    const outer = listener;
    listener = emit;
    try {
      const { data, branch, response, contentType } = await perform(request, emit, context);
      emit({ type: "result", data: toPage(data, contentType), branch });
      return { data, branch, response, failed: false };
    } catch (thrown) {
      const { name, message, input, code } = thrown as Error & { input?: string; code?: string };
      emit({ type: "error", name, message, input, code });
      return { failed: true };
    } finally {
      listener = outer;
    }
  };

  return {
    status: () => status,
    connect,
    run,
    flowNames,
    emulator,
    stop: async () => {
      flows.stop();
      await recorder?.stop();
      await emulator.stop();
    },
  };
};
