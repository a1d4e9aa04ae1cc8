/* What the page asks of its server. The token of the address goes with each request. */
import type { Description, StepDescription } from "../../description";
import type { Example } from "../examples";
import type { FlowEvent, Integration } from "../integration";
import type { Recipe } from "../recipes";
import type { RunEvent, RunRequest, Status } from "../session";

export type { Description, FlowEvent, Integration, Recipe, RunEvent, Status, StepDescription };

export interface PageData {
  component: Description;
  recipes: Recipe[];
  integrations: (Integration & {
    samples: { payloads?: Record<string, unknown>; outputs?: Record<string, unknown> };
  })[];
  flowNames: string[];
  /** What the next reply of the emulator can be, by name. */
  outcomes: Record<string, { effect: string }>;
  status: Status;
}

const token = new URLSearchParams(location.search).get("token") ?? "";

const request = async (path: string, body?: unknown, signal?: AbortSignal): Promise<Response> => {
  const response = await fetch(path, {
    method: body === undefined ? "GET" : "POST",
    headers: { "x-token": token, "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal,
  });
  if (!response.ok) throw new Error(await response.text());
  return response;
};

export const load = async (): Promise<PageData> => (await request("/api/component")).json();

export const connect = async (options: { apiKey?: string; cap?: number }): Promise<Status> =>
  (await request("/api/connect", options)).json();

/** What the form of a step is filled with. */
export const example = async (key: string): Promise<Example> =>
  (await request("/api/example", { key })).json();

export const controlEmulator = (options: {
  outcome?: string;
  advance?: number;
}): Promise<Response> => request("/api/emulator", options);

type StatusEvent = { type: "status"; status: Status };

/** Calls back for each event as it arrives: one JSON text per line. */
const stream = async <T>(path: string, body: unknown, onEvent: (event: T) => void) => {
  const response = await request(path, body);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value = "", done = true } = (await reader?.read()) ?? {};
    const lines = (rest + value).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line) onEvent(JSON.parse(line));
    if (done) return;
  }
};

export const run = (step: RunRequest, onEvent: (event: RunEvent | StatusEvent) => void) =>
  stream("/api/run", step, onEvent);

export const runFlow = (
  flow: { file: string; flow: string; payload: unknown; outputs: Record<string, unknown> },
  onEvent: (event: FlowEvent | StatusEvent) => void,
) => stream("/api/flow", flow, onEvent);
