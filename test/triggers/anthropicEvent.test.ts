import { createHmac, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { eventExample } from "../../src/claude/webhooks/schema";
import { anything } from "../support/anything";
import { component, Logs } from "../support/component";
import { runs } from "../support/runs";
import { Instance } from "../support/trigger";

const secret = () => `whsec_${randomBytes(24).toString("base64")}`;
const [current, next] = [secret(), secret()];

/** Signs as Standard Webhooks has it, by hand: the library that verifies must not sign its own exam. */
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

test("an event with a good signature starts the flow, with the event as its body", async () => {
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
  ["bytes", (body) => Buffer.from(body)],
  ["bytes that became JSON", (body) => JSON.parse(JSON.stringify(Buffer.from(body)))],
])("the body may come as %s", async (_, raw) => {
  const body = JSON.stringify({ ...eventExample, note: "ü 🙂" }, null, 3);
  expect(status(await receive({ body, rawBody: raw(body) }))).toEqual([200, "Event"]);
});

test("header names in any case", async () => {
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

describe("two secrets while one takes the place of the other", () => {
  const signingSecrets = [current, next];

  test.each([
    ["the first", current],
    ["the second", next],
  ])("an event signed with %s", async (_, key) => {
    expect(status(await receive({ key }, { signingSecrets }))).toEqual([200, "Event"]);
  });

  test("an event with several signatures", async () => {
    const body = JSON.stringify(eventExample);
    const signatures = [secret(), current].map((key) => signature(key, "msg_1", now(), body));
    const headers = { "Webhook-Signature": `v2,abc ${signatures.join(" ")}` };
    expect(status(await receive({ headers }))).toEqual([200, "Event"]);
  });

  test("not with a third", async () => {
    expect(status(await receive({ key: secret() }, { signingSecrets }))).toEqual([401, "Refused"]);
  });
});

describe("what is not signed by Anthropic is refused with 401 and goes nowhere:", () => {
  const body = JSON.stringify(eventExample);
  test.each<[string, Sent, string?]>([
    ["another secret", { key: secret() }, "No matching signature found."],
    ["a changed body", { rawBody: body.replace("session", "Session") }],
    ["a body read and written again", { body: `${body} `, rawBody: body }],
    ["no body", { rawBody: "" }],
    ["a body that is no text", { rawBody: 5 }],
    ["a body with an odd type", { rawBody: { data: Buffer.from("a"), contentType: "\n" } }],
    ["another id", { headers: { "Webhook-Id": "msg_2" } }],
    ["another time", { headers: { "Webhook-Timestamp": String(now() - 1) } }],
    ["no signature", { headers: { "Webhook-Signature": "" } }],
    ["a signature that is none", { headers: { "Webhook-Signature": "v1,abc" } }],
    ["a signature without its version", { headers: { "Webhook-Signature": "abc" } }],
    ["a time that is none", { headers: { "Webhook-Timestamp": "soon" } }],
    ["a message from six minutes ago", { timestamp: now() - 360 }],
    ["a message from six minutes ahead", { timestamp: now() + 360 }],
    ["JSON that is no event", { event: { id: 5 } }, "The body is no event."],
    ["an event without an id", { event: { ...eventExample, id: undefined } }],
    ["an event without data", { event: { ...eventExample, data: null } }],
    ["an event without a type", { event: { ...eventExample, data: {} } }],
    ["a number", { event: 5 }],
    ["null", { event: null }],
    ["text that is no JSON", { body: "hello" }, "The body is no JSON."],
  ])("%s", async (_, sent, reason = "") => {
    const logs = new Logs();
    const instance = new Instance();
    const result = await receive(sent, {}, instance, { logger: logs.logger });
    expect(result).toMatchObject({
      branch: "Refused",
      response: { statusCode: 401, body: '{"status":"refused"}' },
    });
    expect(result.payload.body.data).toBeNull();
    expect(result.payload.rawBody.data).toBeNull();
    expect(instance.state).toEqual({});
    expect(logs.lines.join()).toContain(`A webhook was refused: ${reason}`);
    expect(logs.lines.join()).not.toContain(current);
  });

  test("no headers at all", async () => {
    const result = await new Instance().run(
      "anthropicEvent",
      { signingSecrets: [current] },
      { ...webhook(), headers: {} },
    );
    expect(status(result)).toEqual([401, "Refused"]);
  });

  test("but a message from four minutes ago is fine", async () => {
    expect(status(await receive({ timestamp: now() - 240 }))).toEqual([200, "Event"]);
  });
});

test("an event that comes again is recognised by its id, across executions", async () => {
  const instance = new Instance();
  const other = { ...eventExample, id: "whevt_2" };
  expect(status(await receive({}, {}, instance))).toEqual([200, "Event"]);
  const again = await receive({ id: "msg_9" }, {}, instance);
  expect(status(again)).toEqual([200, "Ignored"]);
  expect(again.response.body).toBe('{"status":"duplicate"}');
  expect(status(await receive({ event: other }, {}, instance))).toEqual([200, "Event"]);
  expect(status(await receive({ event: other }, {}, instance))).toEqual([200, "Ignored"]);
});

test("what else the platform keeps under the name of the ids does no harm", async () => {
  const context = { instanceState: { anthropicEventIds: { a: 1 } } };
  const result = await receive({}, {}, new Instance(), context);
  expect(status(result)).toEqual([200, "Event"]);
  expect(result.instanceState).toEqual({ anthropicEventIds: [eventExample.id] });
});

test("an event that is passed over is recognised too", async () => {
  const instance = new Instance();
  const eventTypes = ["agent.*"];
  expect(status(await receive({}, { eventTypes }, instance))).toEqual([200, "Ignored"]);
  const again = await receive({}, { eventTypes }, instance);
  expect(again.response.body).toBe('{"status":"duplicate"}');
});

test("a secret may have blanks around it", async () => {
  expect(status(await receive({}, { signingSecrets: [` ${current}\n`] }))).toEqual([200, "Event"]);
});

test("the latest thousand ids are kept", async () => {
  const instance = new Instance();
  for (let index = 0; index < 1_005; index++) {
    await receive({ event: { ...eventExample, id: `e${index}` } }, {}, instance);
  }
  const ids = instance.state.anthropicEventIds as string[];
  expect(ids).toHaveLength(1_000);
  expect(ids.at(-1)).toBe("e1004");
});

test.each([
  [["session.status_idled"], "Event"],
  [["session.*"], "Event"],
  [["agent.created", " session.status_idled "], "Event"],
  [[], "Event"],
  [["agent.*"], "Ignored"],
  [["session"], "Ignored"],
  [["session.status"], "Ignored"],
])("Event Types %j let the event through to %s", async (eventTypes, branch) => {
  expect(status(await receive({}, { eventTypes }))).toEqual([200, branch]);
});

test("a test in the designer needs no signature", async () => {
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

test.each([
  [undefined, "Signing Secrets is required. Enter the one of the webhook endpoint."],
  [[], "Signing Secrets is required. Enter the one of the webhook endpoint."],
  [["sk-ant-123456789"], "Signing Secrets holds a text that is no signing secret"],
  [["whsec_!!"], "Signing Secrets holds a text that is no signing secret"],
  [[`${secret()}!!`], "Signing Secrets holds a text that is no signing secret"],
])("Signing Secrets %j are an error that does not repeat them", async (signingSecrets, message) => {
  const error = await receive({}, { signingSecrets }).catch((error: Error) => error);
  expect(error.message).toContain(message);
  for (const secret of signingSecrets ?? []) expect(error.message).not.toContain(secret);
});

test("the designer offers a branch for each way out", () => {
  expect(component.triggers.anthropicEvent).toMatchObject({
    allowsBranching: true,
    staticBranchNames: ["Event", "Ignored", "Refused"],
    scheduleSupport: "invalid",
  });
});

test("whatever arrives without a signature is refused, and is no error", async () => {
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
