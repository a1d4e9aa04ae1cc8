/** Whatever comes into any input of any step: a clear error before anything is done, or a request that holds together. */
import type { Connection } from "@prismatic-io/spectral";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { modelExample } from "../src/claude/models/schema";
import { anything, changed, type Input, inherits, oddText, valueFor } from "./support/anything";
import { startApi } from "./support/api";
import { apiKey, component, connectionTo, gatewayTo } from "./support/component";
import { workingInputs } from "./support/inputs";
import { runs } from "./support/runs";
import { type Received, type Server, startServer } from "./support/server";
import {
  checkError,
  checkGlobals,
  contextFor,
  harness,
  steps,
  watchPromises,
} from "./support/steps";

/** The labels of inputs, those of groups included. */
const labelsOf = (inputs: readonly Input[]): string[] =>
  inputs.flatMap(({ label, inputs = [] }) => [label, ...labelsOf(inputs)]);

const connectionLabels = [
  "Connection",
  ...component.connections.flatMap(({ inputs }) => labelsOf(inputs as Input[])),
];

/** Requests that change nothing may be needed to tell what is wrong. */
const looksUp = ({ method, path }: Received) =>
  method === "GET" && /^\/v1\/(models|files|messages\/batches)\/./.test(path);

/** What a path and a query may hold without being taken for something else. */
const cleanTarget = /^\/v1(\/[\w.~!$&'()*+,;=:@%[\]|^-]*)*(\?[\w.~!$&'()*+,;=:@%/?-]*)?$/;

const check = (outcome: unknown, { requests }: Server, inputs: readonly Input[]) => {
  checkGlobals();
  for (const { target, headers } of requests.filter(({ target }) => !target.startsWith("/flow"))) {
    expect(target).toMatch(cleanTarget);
    const segments = target.split("?")[0]?.split(/\/|%2f|%5c/i) ?? [];
    expect(segments.filter((segment) => /^(\.|%2e){1,2}$/i.test(segment))).toEqual([]);
    expect(headers).toMatchObject({ "x-api-key": apiKey });
    expect(headers["x-evil"]).toBe(undefined);
  }
  if (!(outcome instanceof Error)) return;
  checkError(outcome);
  if (outcome.name === "InputError") {
    const { input } = outcome as Error & { input: string };
    expect(
      labelsOf(inputs).filter((label) => input.startsWith(label)),
      input,
    ).not.toEqual([]);
    expect(requests.filter((request) => !looksUp(request))).toEqual([]);
  }
  if (outcome.name === "ConnectionError") checkConnectionError(outcome, requests);
};

const checkConnectionError = ({ message }: Error, requests: readonly Received[]) => {
  expect(
    connectionLabels.filter((label) => message.startsWith(label)),
    message,
  ).not.toEqual([]);
  expect(requests).toEqual([]);
};

describe.each(steps.map((step) => [step.label, step] as const))("%s", (_, step) => {
  const { inputs } = step;

  const start = async () => {
    const server = await startApi();
    const working = workingInputs(step.key, inputs, connectionTo(server.url));
    watchPromises();
    const run = async (given: Record<string, unknown>) => {
      server.requests.length = 0;
      return step
        .perform({ ...working, ...given }, contextFor(server))
        .catch((error: unknown) => error);
    };
    return { server, working, run };
  };

  test("succeeds with valid inputs", async () => {
    const { server, run } = await start();
    const outcome = await run({});
    if (outcome instanceof Error) throw outcome;
    expect(server.requests.length > 0).toBe(step.calls);
  });

  const meant = (input: Input, working: Record<string, unknown>) => {
    // What a connection holds is varied below: a key that is none cannot be told from one.
    if (input.type === "connection") return anything;
    const near = fc.oneof(
      { weight: 4, arbitrary: valueFor(input) },
      { weight: 1, arbitrary: changed(working[input.key]) },
    );
    return input.inputs ? near.filter((value) => !inherits(value)) : near;
  };

  test.each(inputs.map((input) => [input.label, input] as const))(
    "%s",
    async (_, input) => {
      const { server, working, run } = await start();
      await fc.assert(
        fc.asyncProperty(meant(input, working), async (value) => {
          check(await run({ [input.key]: value }), server, inputs);
        }),
        runs(15 + 6 * (input.inputs?.length ?? 0)),
      );
    },
    60_000,
  );

  test("several inputs at once", async () => {
    const { server, working, run } = await start();
    const several = fc.record(
      Object.fromEntries(
        inputs
          .filter(({ type }) => type !== "connection")
          .map((input) => [input.key, meant(input, working)]),
      ),
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(several, async (given) => {
        check(await run(given), server, inputs);
      }),
      runs(30),
    );
  }, 60_000);
});

describe.each(component.connections.map((connection) => [connection.label, connection] as const))(
  "%s",
  (_, { key, inputs }) => {
    const fields = inputs as Input[];
    const connectionWith = (url: string, given: Record<string, unknown>): Connection =>
      key === "gateway" ? gatewayTo(url, given) : connectionTo(url, given);

    const start = async () => {
      const server = await startServer({ body: modelExample });
      watchPromises();
      const run = async (given: Record<string, unknown>) => {
        server.requests.length = 0;
        const connection = connectionWith(server.url, given);
        const params = { connection, modelId: "x", model: "x" };
        const outcome = await harness
          .action("getModel", params, contextFor(server))
          .catch((error: unknown) => error);
        checkGlobals();
        for (const { target, headers } of server.requests) {
          expect(target).toMatch(/^\/[!-~]*v1\/models\/x$/);
          expect(headers["x-evil"]).toBe(undefined);
        }
        if (!(outcome instanceof Error)) return;
        checkError(outcome);
        // More than the headers of a request may hold.
        if ((outcome as { status?: unknown }).status === 431) return;
        expect(outcome.name).toBe("ConnectionError");
        checkConnectionError(outcome, server.requests);
      };
      return { server, run };
    };

    /** Of addresses only those of the server: no other host is asked for anything. Empty is one, too. */
    const addresses = (url: string): fc.Arbitrary<unknown> =>
      fc.oneof(
        oddText.map((text) => url + text),
        fc.constantFrom("https:", "http://", "ftp://a", "data:,", "api.anthropic.com"),
        anything.filter(
          (value) => value != null && (typeof value !== "string" || /^[^\sh]/i.test(value)),
        ),
      );

    test.each(fields.map((field) => [field.label, field] as const))("%s", async (_, field) => {
      const { server, run } = await start();
      const value = field.key === "baseUrl" ? addresses(server.url) : valueFor(field);
      await fc.assert(
        fc.asyncProperty(value, (value) => run({ [field.key]: value })),
        runs(100),
      );
    });
  },
);
