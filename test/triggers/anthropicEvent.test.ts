import { createHmac, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { eventExample } from "../../src/claude/webhooks/schema";
import { anything } from "../support/arbitraries";
import { component, Logs } from "../support/component";
import { runs } from "../support/propertyRuns";
import { Instance } from "../support/trigger";

const secret = () => `whsec_${randomBytes(24).toString("base64")}`;
const [current, next] = [secret(), secret()];

/** A Standard Webhooks signature, computed without the library that verifies it. */
const signature = (key: string, id: string, timestamp: number | string, body: string): string =>
  `v1,${createHmac("sha256", Buffer.from(key.slice("whsec_".length), "base64"))
    .update(`${id}.${timestamp}.${body}`)
    .digest("base64")}`;

const now = () => Math.floor(Date.now() / 1_000);

interface Sent {
  event?: unknown;
  body?: string;
  key?: string;
  id?: string;
  timestamp?: number;
  headers?: Record<string, string>;
  rawBody?: unknown;
}

const webhook = ({
  event = eventExample,
  body = JSON.stringify(event),
  key = current,
  id = "msg_1",
  timestamp = now(),
  headers = {},
  rawBody = body,
}: Sent = {}) => ({
  headers: {
    "Webhook-Id": id,
    "Webhook-Timestamp": String(timestamp),
    "Webhook-Signature": signature(key, id, timestamp, body),
    ...headers,
  },
  rawBody: { data: rawBody, contentType: "application/json" },
  body: { data: event, contentType: "application/json" },
});

const receive = (sent: Sent = {}, inputs: object = {}, instance = new Instance(), context = {}) =>
  instance.run("anthropicEvent", { signingSecrets: [current], ...inputs }, webhook(sent), context);

const status = (result: { response: { statusCode: number }; branch: string }) => [
  result.response.statusCode,
  result.branch,
];

test("a signed event starts the flow with the event as its body", async () => {
  const result = await receive();
  expect(result).toMatchObject({
    branch: "Event",
    response: {
      statusCode: 200,
      contentType: "application/json",
      body: '{"status":"received"}',
    },
  });
  expect(result.payload.body).toEqual({ data: eventExample, contentType: "application/json" });
});

test.each<[string, (body: string) => unknown]>([
  ["text", (body) => body],
  ["a Buffer", (body) => Buffer.from(body)],
  ["a Buffer in its JSON form", (body) => JSON.parse(JSON.stringify(Buffer.from(body)))],
])("accepts a raw body as %s", async (_, raw) => {
  const body = JSON.stringify({ ...eventExample, note: "ü 🙂" }, null, 3);
  expect(status(await receive({ body, rawBody: raw(body) }))).toEqual([200, "Event"]);
});

test("header names are case-insensitive", async () => {
  const { headers, ...rest } = webhook();
  for (const spell of ["toLowerCase", "toUpperCase"] as const) {
    const spelled = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name[spell](), value]),
    );
    const result = await new Instance().run(
      "anthropicEvent",
      { signingSecrets: [current] },
      { ...rest, headers: spelled },
    );
    expect(status(result)).toEqual([200, "Event"]);
  }
});

describe("two signing secrets (rotation)", () => {
  const signingSecrets = [current, next];

  test.each([
    ["the first secret", current],
    ["the second secret", next],
  ])("accepts an event signed with %s", async (_, key) => {
    expect(status(await receive({ key }, { signingSecrets }))).toEqual([200, "Event"]);
  });

  test("accepts an event with several signatures", async () => {
    const body = JSON.stringify(eventExample);
    const signatures = [secret(), current].map((key) => signature(key, "msg_1", now(), body));
    const headers = { "Webhook-Signature": `v2,abc ${signatures.join(" ")}` };
    expect(status(await receive({ headers }))).toEqual([200, "Event"]);
  });

  test("refuses an event signed with another secret", async () => {
    expect(status(await receive({ key: secret() }, { signingSecrets }))).toEqual([401, "Refused"]);
  });
});

describe("events refused with 401", () => {
  const body = JSON.stringify(eventExample);
  test.each<[string, Sent, string?]>([
    [
      "another secret",
      { key: secret() },
      "Its signature matches none of Signing Secrets. Copy the secret of this webhook endpoint from the Claude Console.",
    ],
    ["a changed body", { rawBody: body.replace("session", "Session") }],
    ["a body that was parsed and serialized again", { body: `${body} `, rawBody: body }],
    ["no body", { rawBody: "" }],
    ["a body that is not text", { rawBody: 5 }],
    [
      "a body with an invalid content type",
      { rawBody: { data: Buffer.from("a"), contentType: "\n" } },
    ],
    ["another id", { headers: { "Webhook-Id": "msg_2" } }],
    ["another timestamp", { headers: { "Webhook-Timestamp": String(now() - 1) } }],
    [
      "no signature",
      { headers: { "Webhook-Signature": "" } },
      "It has no valid signature headers, so Anthropic did not send it.",
    ],
    ["an invalid signature", { headers: { "Webhook-Signature": "v1,abc" } }],
    ["a signature without its version", { headers: { "Webhook-Signature": "abc" } }],
    ["an invalid timestamp", { headers: { "Webhook-Timestamp": "soon" } }],
    [
      "a timestamp 6 minutes in the past",
      { timestamp: now() - 360 },
      "Its signature is older than five minutes, or the clock of a host is wrong.",
    ],
    [
      "a timestamp 6 minutes in the future",
      { timestamp: now() + 360 },
      "Its signature is older than five minutes, or the clock of a host is wrong.",
    ],
    ["JSON that is not an event", { event: { id: 5 } }, "The body is not an event."],
    ["an event without an id", { event: { ...eventExample, id: undefined } }],
    ["an event without data", { event: { ...eventExample, data: null } }],
    ["an event without a type", { event: { ...eventExample, data: {} } }],
    ["a number", { event: 5 }],
    ["null", { event: null }],
    ["text that is not JSON", { body: "hello" }, "The body is not JSON."],
  ])("%s", async (_, sent, expected) => {
    const logs = new Logs();
    const instance = new Instance();
    const result = await receive(sent, {}, instance, { logger: logs.logger });
    expect(result).toMatchObject({
      branch: "Refused",
      response: { statusCode: 401, body: '{"status":"refused"}' },
    });
    const { reason } = result.payload.body.data;
    expect(result.payload.body.data).toEqual({
      reason: expected ?? expect.stringMatching(/^It|^The/),
    });
    expect(result.payload.rawBody.data).toBeNull();
    expect(instance.state).toEqual({});
    expect(logs.lines).toEqual([`warn A webhook was refused: ${reason}`]);
    expect(reason).not.toContain(current);
  });

  test("no headers", async () => {
    const result = await new Instance().run(
      "anthropicEvent",
      { signingSecrets: [current] },
      { ...webhook(), headers: {} },
    );
    expect(status(result)).toEqual([401, "Refused"]);
  });

  test("not for a timestamp 4 minutes in the past", async () => {
    expect(status(await receive({ timestamp: now() - 240 }))).toEqual([200, "Event"]);
  });
});

test("two deliveries at the same moment start one run of a sequential flow", async () => {
  const instance = new Instance();
  let last: Promise<unknown> = Promise.resolve();
  // As Flow control does: an execution starts when the one before has ended and its state is stored.
  const sequential = () => {
    const result = last.then(() => receive({}, {}, instance));
    last = result;
    return result;
  };
  const results = await Promise.all([sequential(), sequential()]);
  expect(results.map(status)).toEqual([
    [200, "Event"],
    [200, "Ignored"],
  ]);
});

test("a repeated event ID is ignored as a duplicate, across executions", async () => {
  const instance = new Instance();
  const other = { ...eventExample, id: "whevt_2" };
  expect(status(await receive({}, {}, instance))).toEqual([200, "Event"]);
  const again = await receive({ id: "msg_9" }, {}, instance);
  expect(status(again)).toEqual([200, "Ignored"]);
  expect(again.response.body).toBe('{"status":"duplicate"}');
  expect(status(await receive({ event: other }, {}, instance))).toEqual([200, "Event"]);
  expect(status(await receive({ event: other }, {}, instance))).toEqual([200, "Ignored"]);
});

test("invalid stored event IDs are ignored", async () => {
  const context = { instanceState: { anthropicEventIds: { a: 1 } } };
  const result = await receive({}, {}, new Instance(), context);
  expect(status(result)).toEqual([200, "Event"]);
  expect(result.instanceState).toEqual({ anthropicEventIds: [eventExample.id] });
});

test("an event filtered out by Event Types counts for duplicates", async () => {
  const instance = new Instance();
  const eventTypes = ["agent.*"];
  expect(status(await receive({}, { eventTypes }, instance))).toEqual([200, "Ignored"]);
  const again = await receive({}, { eventTypes }, instance);
  expect(again.response.body).toBe('{"status":"duplicate"}');
});

test("Signing Secrets are trimmed", async () => {
  expect(status(await receive({}, { signingSecrets: [` ${current}\n`] }))).toEqual([200, "Event"]);
});

test("the latest 1,000 event IDs are stored", async () => {
  const instance = new Instance();
  for (let index = 0; index < 1_005; index++) {
    await receive({ event: { ...eventExample, id: `e${index}` } }, {}, instance);
  }
  const ids = instance.state.anthropicEventIds as string[];
  expect(ids).toHaveLength(1_000);
  expect(ids.at(-1)).toBe("e1004");
});

test.each([
  ["a type", ["session.status_idled"], "Event"],
  ["a wildcard", ["session.*"], "Event"],
  ["several types", ["agent.created", " session.status_idled "], "Event"],
  ["no types", [], "Event"],
  ["another wildcard", ["agent.*"], "Ignored"],
  ["a prefix without a wildcard", ["session"], "Ignored"],
  ["a longer prefix without a wildcard", ["session.status"], "Ignored"],
])("Event Types with %s", async (_, eventTypes, branch) => {
  expect(status(await receive({}, { eventTypes }))).toEqual([200, branch]);
});

test("a test in the designer works without a signature", async () => {
  const instance = new Instance();
  const result = await instance.run(
    "anthropicEvent",
    { signingSecrets: [current] },
    { headers: {}, body: { data: eventExample } },
    { isSimulatedTestExecution: true },
  );
  expect(status(result)).toEqual([200, "Event"]);
  expect(result.payload.body.data).toEqual(eventExample);
  expect(instance.state).toEqual({});
});

const invalidSecrets: [signingSecrets: string[] | undefined, message: string][] = [
  [undefined, "Signing Secrets is required. Enter the signing secret of the webhook endpoint."],
  [[], "Signing Secrets is required. Enter the signing secret of the webhook endpoint."],
  [
    ["sk-ant-123456789"],
    "Signing Secrets contains a text that is not a signing secret: whsec_ followed by letters and digits. Copy it again from the Claude Console.",
  ],
  [
    ["whsec_!!"],
    "Signing Secrets contains a text that is not a signing secret: whsec_ followed by letters and digits. Copy it again from the Claude Console.",
  ],
  [
    [`${secret()}!!`],
    "Signing Secrets contains a text that is not a signing secret: whsec_ followed by letters and digits. Copy it again from the Claude Console.",
  ],
];
test("invalid Signing Secrets are an error that does not quote them", async () => {
  for (const [signingSecrets, message] of invalidSecrets) {
    const error = await receive({}, { signingSecrets }).catch((error: Error) => error);
    expect.soft(error.message).toContain(message);
    for (const secret of signingSecrets ?? []) expect.soft(error.message).not.toContain(secret);
  }
});

test("declares the branches Event, Ignored and Refused", () => {
  expect(component.triggers.anthropicEvent).toMatchObject({
    allowsBranching: true,
    staticBranchNames: ["Event", "Ignored", "Refused"],
    scheduleSupport: "invalid",
  });
});

test("any unsigned body and headers are refused without an error", async () => {
  const text = fc.oneof(fc.string(), fc.constantFrom(...Object.values(webhook().headers)));
  const name = fc.oneof(fc.constantFrom(...Object.keys(webhook().headers)), fc.string());
  await fc.assert(
    fc.asyncProperty(anything, fc.dictionary(name, text), async (data, headers) => {
      const rawBody = { data, contentType: "application/json" };
      const result = await new Instance().run(
        "anthropicEvent",
        { signingSecrets: [current] },
        { headers, rawBody, body: rawBody },
      );
      expect(status(result)).toEqual([401, "Refused"]);
    }),
    runs(200),
  );
});
