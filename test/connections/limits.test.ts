/** Timeout and Max Retries of the connection, for every step without its own values. */
import type { Connection } from "@prismatic-io/spectral";
import { describe, expect, test } from "vitest";
import { readConnection } from "../../src/connections/endpoint";
import { harness } from "../support/allSteps";
import { connectionTo, gatewayTo, Logs } from "../support/component";
import { type Reply, refusal, startServer } from "../support/server";

type Fields = Record<string, unknown>;

const connections: [name: string, connect: (url: string, fields?: Fields) => Connection][] = [
  ["Anthropic API", connectionTo],
  ["Claude-Compatible Gateway", gatewayTo],
];

const overloaded = refusal(529, "overloaded_error", "Busy.", { "retry-after-ms": "1" });
const silent: Reply = () => {};

const action =
  (key: string, inputs: Fields) =>
  (connection: Connection, more: Fields = {}): Promise<unknown> =>
    harness.action(key, { connection, ...inputs, ...more }, {
      logger: new Logs().logger,
    } as object);

const chat = action("chat", { initialMessage: "Hello" });

const steps: [name: string, run: (connection: Connection, more?: Fields) => Promise<unknown>][] = [
  ["Chat", chat],
  ["List Models", action("listModels", { fetchAll: "false" })],
  ["Get Batch", action("getBatch", { batchId: "msgbatch_1" })],
  [
    "the data source Select Model",
    (connection) =>
      harness.dataSource("selectModel", { connection }, { logger: new Logs().logger } as object),
  ],
];

const cases = connections.flatMap(([connectionName, connect]) =>
  steps.map(([stepName, run]) => [stepName, connectionName, run, connect] as const),
);

/** The error of a step. Times out as a test if the step neither fails nor ends. */
const errorOf = (run: Promise<unknown>) =>
  run.then(
    () => {
      throw new Error("No error.");
    },
    // biome-ignore lint/suspicious/noExplicitAny: tests read any property of an error
    (error: any) => error,
  );

describe("Max Retries", () => {
  test.each(cases)("of %s is that of %s", async (_, __, run, connect) => {
    for (const [maxRetries, requests] of [
      ["0", 1],
      ["1", 2],
      [" 3 ", 4],
      [4, 5],
      [0, 1],
    ] as const) {
      const server = await startServer(overloaded);
      const error = await errorOf(run(connect(server.url, { maxRetries })));
      expect(error).toMatchObject({ status: 529, attempts: requests });
      expect(server.requests, `Max Retries ${maxRetries}`).toHaveLength(requests);
    }
  });

  test.each(cases)("of %s is 2 if it is empty in %s", async (_, __, run, connect) => {
    for (const maxRetries of ["", "  ", null, undefined]) {
      const server = await startServer(overloaded);
      await errorOf(run(connect(server.url, { maxRetries })));
      expect(server.requests, `Max Retries ${maxRetries}`).toHaveLength(3);
    }
  });

  test.each(connections)("in Advanced overrides that of %s", async (_, connect) => {
    for (const [ofConnection, ofStep, requests] of [
      ["4", "0", 1],
      ["0", "1", 2],
      ["", "1", 2],
      ["1", "", 2],
    ] as const) {
      const server = await startServer(overloaded);
      const connection = connect(server.url, { maxRetries: ofConnection });
      await errorOf(chat(connection, { requestOptions: { maxRetries: ofStep } }));
      expect(server.requests, `${ofConnection}, ${ofStep}`).toHaveLength(requests);
    }
  });
});

describe("Timeout", () => {
  test.each(cases)("of %s is that of %s", async (_, __, run, connect) => {
    const server = await startServer(silent);
    const error = await errorOf(run(connect(server.url, { timeout: "0.05", maxRetries: "0" })));
    expect(error).toMatchObject({ code: "timeout", retryable: true, status: null });
    expect(error.message).toContain("within 0.05 s.");
    expect(server.requests).toHaveLength(1);
  });

  test.each(connections)("in Advanced overrides that of %s", async (_, connect) => {
    for (const [ofConnection, ofStep, seconds] of [
      ["900", "0.05", "0.05"],
      ["0.05", "0.06", "0.06"],
      ["", "0.05", "0.05"],
      ["0.05", "", "0.05"],
    ] as const) {
      const server = await startServer(silent);
      const connection = connect(server.url, { timeout: ofConnection });
      const requestOptions = { timeout: ofStep, maxRetries: "0" };
      const error = await errorOf(chat(connection, { requestOptions }));
      expect(error.code).toBe("timeout");
      expect(error.message).toContain(`within ${seconds} s.`);
    }
  });
});

describe("the values of a connection", () => {
  test.each(connections)("of %s are read as numbers", (_, connect) => {
    const read = (fields: Fields) => {
      const { timeoutMs, maxRetries } = readConnection(connect("http://127.0.0.1:1", fields));
      return { timeoutMs, maxRetries };
    };
    expect(read({})).toEqual({ timeoutMs: undefined, maxRetries: undefined });
    expect(read({ timeout: "", maxRetries: " " })).toEqual(read({}));
    expect(read({ timeout: " 1.5 ", maxRetries: "100" })).toEqual({
      timeoutMs: 1_500,
      maxRetries: 100,
    });
    expect(read({ timeout: 900, maxRetries: 0 })).toEqual({ timeoutMs: 900_000, maxRetries: 0 });
    expect(read({ timeout: "0.001" }).timeoutMs).toBe(1);
  });

  const invalid: [field: string, value: unknown, message: string][] = [
    ["timeout", "soon", 'Timeout (seconds) must be a number from 0.001 to 900, but was "soon".'],
    ["timeout", "0", 'Timeout (seconds) must be a number from 0.001 to 900, but was "0".'],
    ["timeout", "-1", "Timeout (seconds) must be a number"],
    ["timeout", "901", "Timeout (seconds) must be a number"],
    ["timeout", "Infinity", "Timeout (seconds) must be a number"],
    ["timeout", {}, "Timeout (seconds) must be text. Enter it in the connection."],
    ["maxRetries", "two", 'Max Retries must be a whole number from 0 to 100, but was "two".'],
    ["maxRetries", "1.5", 'Max Retries must be a whole number from 0 to 100, but was "1.5".'],
    ["maxRetries", "-1", "Max Retries must be a whole number"],
    ["maxRetries", "101", "Max Retries must be a whole number"],
    ["maxRetries", ["1"], "Max Retries must be text. Enter it in the connection."],
  ];

  test.each(cases)("are a ConnectionError of %s if they are invalid in %s", async (...given) => {
    const [, , run, connect] = given;
    const server = await startServer(overloaded);
    for (const [field, value, message] of invalid) {
      const error = await errorOf(run(connect(server.url, { [field]: value })));
      expect.soft(error).toMatchObject({
        name: "ConnectionError",
        code: "invalid_connection",
        retryable: false,
      });
      expect.soft(error.message).toContain(message);
    }
    expect(server.requests).toHaveLength(0);
  });

  test.each([
    ["timeout", "soon", "Timeout (seconds)"],
    ["timeout", "901", "Timeout (seconds)"],
    ["maxRetries", "two", "Max Retries"],
    ["maxRetries", "1.5", "Max Retries"],
    ["maxRetries", "-1", "Max Retries"],
  ])("of %s %s in Advanced is an InputError", async (key, value, input) => {
    const server = await startServer(overloaded);
    const requestOptions = { [key]: value };
    const error = await errorOf(chat(connectionTo(server.url), { requestOptions }));
    expect(error).toMatchObject({ name: "InputError", code: "invalid_input", input });
    expect(server.requests).toHaveLength(0);
  });
});
