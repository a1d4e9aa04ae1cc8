/* The integrations in examples/, run here: this component's steps for real, others by stand-ins. */
import { readdirSync, readFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { json, text } from "node:stream/consumers";
import camelCase from "camelcase";
import { parse } from "yaml";
import { inputsOf, type Resolve, type Value } from "./platformInputs";
import { samples } from "./samples";
import type { RunEvent, Session } from "./session";
import { standIns } from "./standIns";
import { toPage } from "./values";

export interface FlowStep {
  name: string;
  description?: string;
  isTrigger?: boolean;
  /** Of a polling trigger. */
  schedule?: object;
  action: { key: string; component: { key: string } };
  inputs?: Record<string, Value>;
  branches?: { name: string; steps: FlowStep[] }[];
}

export interface Flow {
  name: string;
  description?: string;
  schemas?: { invoke: object };
  steps: FlowStep[];
}

export interface Integration {
  file: string;
  name: string;
  description: string;
  flows: Flow[];
}

const folder = path.resolve(__dirname, "../../examples");

/** The integrations to import, with sample payloads for their triggers. */
export const integrations = (): (Integration & { samples: Record<string, unknown> })[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .map((file) => {
      const parsed = parse(readFileSync(path.join(folder, file), "utf8")) as Integration;
      const { name, description, flows } = parsed;
      return { file, name, description, flows, samples: toPage(samples[file] ?? {}) as never };
    });

/** What a flow tells the page: the events of its steps, and where it is. */
export type FlowEvent =
  | (RunEvent & { step?: string })
  | { type: "step"; name: string; description: string; isOurs: boolean }
  | { type: "stand-in"; name: string; action: string; inputs: unknown; output: unknown }
  | { type: "done"; output: unknown; failed: boolean };

const isOurs = ({ action }: FlowStep): boolean => action.component.key === "anthropic";

const at = (value: unknown, names: readonly string[]): unknown =>
  names.reduce<unknown>(
    (member, name) =>
      typeof member === "object" && member !== null
        ? (member as Record<string, unknown>)[name]
        : undefined,
    value,
  );

/** The value of a reference such as `readOrder.results.json`. */
const from =
  (results: Record<string, unknown>): Resolve =>
  (reference) => {
    const [step = "", , ...names] = reference.split(".");
    return at(results[step], names);
  };

/** The branch of a webhook trigger of this component that continues the flow. */
const decided = "Decided";

/** How often a polling trigger is asked for something new. */
const polls = 6;

export interface FlowRunner {
  /**
   * Runs a flow.
   *
   * @param payload The body that its webhook receives.
   * @param outputs What steps of other components return, by the name of the step.
   */
  run(
    request: { file: string; flow: string; payload: unknown; outputs?: Record<string, unknown> },
    emit: (event: FlowEvent) => void,
  ): Promise<void>;
  stop(): Promise<void>;
}

/** Runs flows. The flows of an integration are served as webhooks, so that an agent can call them. */
export const startFlowRunner = async (session: Session): Promise<FlowRunner> => {
  const all = integrations();
  const find = (file: string, flow: string) => {
    const integration = all.find((candidate) => candidate.file === file);
    const found = integration?.flows.find(({ name }) => name === flow);
    if (!integration || !found) throw new Error(`${file} has no flow ${flow}.`);
    return { integration, flow: found };
  };
  const saved = new Map<string, Map<string, unknown>>();
  const savedOf = (file: string) => {
    const values = saved.get(file) ?? new Map<string, unknown>();
    saved.set(file, values);
    return values;
  };
  /** Polling triggers note at their first poll what there is already. */
  const deployed = new Set<string>();
  let emitNested: (event: FlowEvent) => void = () => {};

  const server = http.createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", url);
    const [, file = "", name = ""] = pathname.split("/").map(decodeURIComponent);
    const found = find(file, name);
    const [trigger] = found.flow.steps;
    if (trigger && isOurs(trigger)) {
      const { headers } = request as { headers: Record<string, string> };
      const query = Object.fromEntries(searchParams);
      const payload = { headers, body: await text(request), query };
      const run = { kind: "trigger" as const, key: trigger.action.key, inputs: {}, payload };
      const { data, branch, response: page } = await session.run(run, () => {});
      response.writeHead(page?.statusCode ?? 500, {
        "content-type": page?.contentType ?? "text/plain",
        ...page?.headers,
      });
      response.end(page?.body);
      if (branch === decided) await execute(found, at(data, ["body", "data"]), {}, () => {});
      return;
    }
    const output = await execute(
      found,
      await json(request).catch(() => null),
      {},
      emitNested,
    ).catch((error: Error) => ({ failed: true, output: error.message }));
    response.writeHead(output.failed ? 500 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(output.output ?? null));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const urlOf = (file: string, name: string) =>
    `${url}/${encodeURIComponent(file)}/${encodeURIComponent(name)}`;

  const contextOf = ({ file, flows }: Integration) => ({
    webhookUrls: Object.fromEntries(flows.map(({ name }) => [name, urlOf(file, name)])),
    webhookApiKeys: {},
    flowSchemas: Object.fromEntries(flows.map(({ name, schemas }) => [name, schemas])),
    executionFrame: {},
    executionId: "",
  });

  const poll = async (step: FlowStep, emit: (event: FlowEvent) => void): Promise<unknown> => {
    const inputs = inputsOf(step, from({}));
    for (let count = 0; count < polls; count++) {
      const { data, failed } = await session.run(
        { kind: "trigger", key: step.action.key, inputs },
        emit,
      );
      if (failed) return undefined;
      const found = at(data, ["body", "data"]);
      if (Array.isArray(found) && found.length > 0) return { body: { data: found[0] } };
    }
    return undefined;
  };

  const execute = async (
    { integration, flow }: { integration: Integration; flow: Flow },
    payload: unknown,
    given: Record<string, unknown>,
    emit: (event: FlowEvent) => void,
  ): Promise<{ output: unknown; failed: boolean }> => {
    const results: Record<string, unknown> = {};
    const outputs = { ...samples[integration.file]?.outputs, ...given };
    let output: unknown;
    const walk = async (steps: FlowStep[]): Promise<boolean> => {
      for (const step of steps) {
        const { name, description = "", action } = step;
        emit({ type: "step", name, description, isOurs: isOurs(step) });
        const inStep = (event: RunEvent) => emit({ ...event, step: name });
        let branch: string | undefined;
        if (step.isTrigger && isOurs(step) && step.schedule) {
          output = await poll(step, inStep as never);
          if (output === undefined) {
            const message =
              "No batch has ended since the last poll. Run the flow that submits one first.";
            emit({ type: "error", step: name, name: "NothingNew", message });
            return false;
          }
        } else if (step.isTrigger) {
          output = { body: { data: payload }, invokeUrl: urlOf(integration.file, flow.name) };
          emit({ type: "stand-in", name, action: action.key, inputs: {}, output: toPage(output) });
          // The payload is then the decision, as the page of a link passes it on.
          if (isOurs(step)) branch = decided;
        } else if (isOurs(step)) {
          emitNested = emit;
          const request = {
            kind: "action" as const,
            key: action.key,
            inputs: inputsOf(step, from(results)),
          };
          const result = await session.run(request, inStep, contextOf(integration));
          if (result.failed) return false;
          output = result.data;
          branch = result.branch;
        } else {
          const inputs = inputsOf(step, from(results));
          output =
            outputs[name] ?? (await standIn(step, inputs, results, savedOf(integration.file)));
          emit({
            type: "stand-in",
            name,
            action: action.key,
            inputs: toPage(inputs),
            output: toPage(output),
          });
        }
        results[camelCase(name)] = output;
        const next = step.branches?.find((candidate) => candidate.name === branch);
        if (next && !(await walk(next.steps))) return false;
      }
      return true;
    };
    return { failed: !(await walk(flow.steps)), output };
  };

  /** A step of another component. A request to this integration is accepted. */
  const standIn = async (
    { action }: FlowStep,
    inputs: Record<string, unknown>,
    results: Record<string, unknown>,
    saved: Map<string, unknown>,
  ): Promise<unknown> => {
    if (action.key === "httpPost" && String(inputs.url).startsWith(url))
      return { status: "accepted" };
    return (await standIns[action.key]?.({ inputs, results, saved })) ?? null;
  };

  return {
    run: async ({ file, flow, payload, outputs = {} }, emit) => {
      const found = find(file, flow);
      if (!deployed.has(file)) {
        deployed.add(file);
        for (const { steps } of found.integration.flows) {
          const [trigger] = steps;
          if (!trigger?.schedule || !isOurs(trigger)) continue;
          const inputs = inputsOf(trigger, from({}));
          await session.run({ kind: "trigger", key: trigger.action.key, inputs }, () => {});
        }
      }
      const { output, failed } = await execute(found, payload, outputs, emit);
      emit({ type: "done", output: toPage(output), failed });
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
