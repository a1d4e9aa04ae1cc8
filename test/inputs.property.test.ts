/**
 * Random values in every input of every step and connection: each run ends in a clear error before
 * any change is requested, or in well-formed requests. `RUNS=1000` tries more values.
 */
import type { Connection } from "@prismatic-io/spectral";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { modelExample } from "../src/claude/models/schema";
import { contextFor, harness, labelsOf, type Step, steps } from "./support/allSteps";
import { startApi } from "./support/api";
import { anything, changed, type Input, inherits, oddText, valueFor } from "./support/arbitraries";
import { checkError, checkGlobals, expectNone, watchPromises } from "./support/checks";
import { apiKey, component, connectionTo, gatewayTo } from "./support/component";
import { workingInputs } from "./support/inputs";
import { runs } from "./support/propertyRuns";
import { type Received, type Server, startServer } from "./support/server";

const connectionLabels = [
  "Connection",
  ...component.connections.flatMap(({ inputs }) => labelsOf(inputs as Input[])),
];

/** Requests that only read, which a step may need to validate its inputs. */
const looksUp = ({ method, path }: Received) =>
  method === "GET" && /^\/v1\/(models|files|messages\/batches)\/./.test(path);

/** Characters that a path and a query may contain without a change of meaning. */
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

/** Checks one input after the other, and lists those that fail. */
const expectAll = async (
  inputs: readonly Input[],
  propertyOf: (input: Input) => [property: fc.IAsyncProperty<unknown>, times: number],
) => {
  const failures: string[] = [];
  for (const input of inputs) {
    const [property, times] = propertyOf(input);
    await fc
      .assert(property, runs(times))
      .catch((error: Error) => failures.push(`${input.label}: ${error.message}`));
  }
  expectNone(failures);
};

/** Time for the inputs of a step, tried one after the other. */
const minutesFor = (inputs: readonly unknown[]) => 60_000 * (1 + inputs.length);

describe.each(steps.map((step) => [step.label, step] as const))("%s", (_, step: Step) => {
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

  const valuesOf = (input: Input, working: Record<string, unknown>) => {
    // The fields of a connection are tested below: an invalid key cannot be told from a valid one.
    if (input.type === "connection") return anything;
    const near = fc.oneof(
      { weight: 4, arbitrary: valueFor(input) },
      { weight: 1, arbitrary: changed(working[input.key]) },
    );
    return input.inputs ? near.filter((value) => !inherits(value)) : near;
  };

  test(
    "any value in one input",
    async () => {
      const { server, working, run } = await start();
      await expectAll(inputs, (input) => [
        fc.asyncProperty(valuesOf(input, working), async (value) => {
          check(await run({ [input.key]: value }), server, inputs);
        }),
        15 + 6 * (input.inputs?.length ?? 0),
      ]);
    },
    minutesFor(inputs),
  );

  test("any values in several inputs", async () => {
    const { server, working, run } = await start();
    const several = fc.record(
      Object.fromEntries(
        inputs
          .filter(({ type }) => type !== "connection")
          .map((input) => [input.key, valuesOf(input, working)]),
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
        // The request headers were larger than a server accepts.
        if ((outcome as { status?: unknown }).status === 431) return;
        expect(outcome.name).toBe("ConnectionError");
        checkConnectionError(outcome, server.requests);
      };
      return { server, run };
    };

    /** Addresses of the test server, and invalid ones: no other host gets a request. An empty one means the default host. */
    const addresses = (url: string): fc.Arbitrary<unknown> =>
      fc.oneof(
        oddText.map((text) => url + text),
        fc.constantFrom("https:", "http://", "ftp://a", "data:,", "api.anthropic.com"),
        anything.filter(
          (value) => value != null && (typeof value !== "string" || /^[^\sh]/i.test(value)),
        ),
      );

    test(
      "any value in one field",
      async () => {
        const { server, run } = await start();
        await expectAll(fields, (field) => [
          fc.asyncProperty(
            field.key === "baseUrl" ? addresses(server.url) : valueFor(field),
            (value) => run({ [field.key]: value }),
          ),
          100,
        ]);
      },
      minutesFor(fields),
    );
  },
);
