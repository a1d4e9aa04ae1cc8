/**
 * The integrations in examples/ use only steps, inputs and fields that the built component has. The
 * checks of the platform at import cannot run here.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { createHarness } from "@prismatic-io/spectral/dist/testing";
import camelCase from "camelcase";
import { describe, expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { startEmulator } from "../dev/emulator";
import { runBranching, startFlows } from "./support/agent";
import { component, connectionTo, Logs, run } from "./support/component";
import { pdf, png } from "./support/files";
import { modelWith } from "./support/models";
import { respond, startServer, streamed } from "./support/server";
import { Instance } from "./support/trigger";

interface Value {
  type: "value" | "reference" | "configVar" | "template" | "complex";
  value: unknown;
  name?: Value;
}

interface Step {
  name: string;
  isTrigger?: boolean;
  action: { key: string; component: { key: string; isPublic: boolean; version: unknown } };
  inputs: Record<string, Value>;
  schedule?: Value;
  branches?: { name: string; steps: Step[] }[];
}

interface Integration {
  definitionVersion: number;
  requiredConfigVars: { key: string; connection: { key: string }; inputs: Record<string, Value> }[];
  flows: {
    name: string;
    triggerResolver?: { enabled: boolean };
    isSynchronous?: boolean;
    schemas?: { invoke: object };
    steps: Step[];
  }[];
}

const folder = path.resolve(import.meta.dirname, "../examples");
const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));

const read = (name: string): Integration => parse(readFileSync(path.join(folder, name), "utf8"));

/** Each step of a flow, those in branches included, with the steps that run before it. */
const withEarlier = (steps: Step[], earlier: Step[] = []): { step: Step; earlier: Step[] }[] =>
  steps.flatMap((step, index) => {
    const before = [...earlier, ...steps.slice(0, index)];
    const inside = (step.branches ?? []).flatMap(({ steps }) =>
      withEarlier(steps, [...before, step]),
    );
    return [{ step, earlier: before }, ...inside];
  });

const isOurs = ({ action }: Step) => action.component.key === "anthropic";

const ours = (step: Step) =>
  isOurs(step) && !step.isTrigger ? component.actions[step.action.key] : undefined;

const ourTrigger = (step: Step) =>
  isOurs(step) && step.isTrigger ? component.triggers[step.action.key] : undefined;

const valuesIn = (value: Value): Value[] => [
  value,
  ...(value.type === "complex" ? (value.value as Value[]).flatMap(valuesIn) : []),
];

describe.each(files)("%s", (file) => {
  const integration = read(file);
  const steps = integration.flows.flatMap(({ steps }) => withEarlier(steps));

  test("connections and their fields exist", () => {
    expect(integration.definitionVersion).toBe(7);
    for (const { connection, inputs } of integration.requiredConfigVars) {
      const known = component.connections.find(({ key }) => key === connection.key);
      expect(known?.inputs.map(({ key }) => key)).toEqual(
        expect.arrayContaining(Object.keys(inputs)),
      );
    }
  });

  test("flows start with a trigger, and all steps of the component exist", () => {
    for (const { steps } of integration.flows) expect(steps[0]?.isTrigger).toBe(true);
    expect(steps.some(({ step }) => ours(step))).toBe(true);
    for (const { step } of steps.filter(({ step }) => isOurs(step))) {
      expect(ours(step) ?? ourTrigger(step), step.name).toBeDefined();
    }
  });

  test("polling triggers have a schedule and a trigger resolver", () => {
    for (const { triggerResolver, steps } of integration.flows) {
      const [step] = steps;
      const trigger = step && ourTrigger(step);
      if (trigger?.scheduleSupport !== "required") continue;
      expect(step?.schedule?.value).toMatch(/^(\S+ ){4}\S+$/);
      expect(triggerResolver).toMatchObject({ enabled: true });
    }
  });

  test.each(steps.filter(({ step }) => isOurs(step)))(
    "the inputs of $step.name exist, and all required ones are set",
    ({ step }) => {
      const inputs = (ours(step) ?? ourTrigger(step))?.inputs ?? [];
      expect(inputs.map(({ key }) => key)).toEqual(
        expect.arrayContaining(Object.keys(step.inputs)),
      );
      for (const { key, required, default: standard } of inputs) {
        if (required && !standard) expect(step.inputs).toHaveProperty(key);
      }
      for (const input of inputs.filter(({ type }) => type === "structuredObject")) {
        const rows = (step.inputs[input.key]?.value ?? []) as Value[];
        const fields = input.collection ? rows.flatMap(({ value }) => value as Value[]) : rows;
        const names = fields.map(({ name }) => name?.value);
        expect(input.inputs?.map(({ key }) => key)).toEqual(expect.arrayContaining(names));
      }
    },
  );

  test.each(steps)("the references of $step.name are valid", ({ step, earlier }) => {
    const configVars = integration.requiredConfigVars.map(({ key }) => key);
    for (const value of Object.values(step.inputs).flatMap(valuesIn)) {
      expect(["value", "reference", "configVar", "template", "complex"]).toContain(value.type);
      if (value.type === "configVar") expect(configVars).toContain(value.value);
      if (value.type !== "reference") continue;
      const [name, results, field = "", ...deeper] = String(value.value).split(".");
      expect(results).toBe("results");
      const source = earlier.find((candidate) => camelCase(candidate.name) === name);
      expect(source, String(value.value)).toBeDefined();
      const schema = source && ours(source)?.outputSchema;
      if (schema?.type === "actionOutput" && field) {
        expect(JSON.parse(schema.schema).properties).toHaveProperty(field);
      }
      if (source?.isTrigger && !ourTrigger(source)) {
        expect(["body", "invokeUrl"], String(value.value)).toContain(field);
      }
      const trigger = source && ourTrigger(source);
      if (trigger) {
        const { payload } = trigger.examplePayload as { payload: object };
        expect(payload).toHaveProperty([field, ...deeper]);
      }
    }
  });

  test("the flows of an agent are synchronous and have a schema", () => {
    for (const { step } of steps.filter(({ step }) => step.action.key === "runAgent")) {
      const rows = step.inputs.flows?.value as Value[];
      expect(rows.length).toBeGreaterThan(0);
      for (const { value } of rows) {
        const name = (value as Value[]).find(({ name }) => name?.value === "flow")?.value;
        const flow = integration.flows.find((candidate) => candidate.name === name);
        expect(flow).toMatchObject({
          isSynchronous: true,
          schemas: { invoke: { type: "object" } },
        });
      }
    }
  });

  test("branches match those of their step", () => {
    for (const { step } of steps.filter(({ step }) => step.branches)) {
      const action = ours(step);
      const dynamic = (step.inputs[action?.dynamicBranchInput ?? ""]?.value ?? []) as Value[];
      expect(step.branches?.map(({ name }) => name)).toEqual([
        ...dynamic.map(({ name }) => name?.value),
        ...(action?.staticBranchNames ?? []),
      ]);
    }
  });
});

/** The value that the platform passes for an input. References are replaced by the given values. */
const passedOn = (value: Value, references: Record<string, unknown>): unknown => {
  if (value.type === "reference") return references[String(value.value)];
  if (value.type !== "complex") return value.value;
  return (value.value as Value[]).map((row) =>
    row.name === undefined && row.type !== "complex"
      ? passedOn(row, references)
      : row.name === undefined
        ? Object.fromEntries(
            (row.value as Value[]).map((field) => [field.name?.value, field.value]),
          )
        : { key: row.name.value, value: passedOn({ ...row, name: undefined }, references) },
  );
};

/** The inputs that the platform passes to a step, without its connection. */
const inputsOf = (
  step: Step | undefined,
  references: Record<string, unknown>,
): Record<string, unknown> => {
  const { connection, ...inputs } = step?.inputs ?? {};
  const known = (step && ours(step)?.inputs) ?? [];
  return Object.fromEntries(
    Object.entries(inputs).map(([key, value]) => {
      const input = known.find((candidate) => candidate.key === key);
      const isGroup = input?.type === "structuredObject" && !input.collection;
      if (!isGroup) return [key, passedOn(value, references)];
      const fields = (value.value as Value[]).map(({ name, ...field }) => [
        name?.value,
        passedOn(field, references),
      ]);
      return [key, Object.fromEntries(fields)];
    }),
  );
};

test.each([
  [
    "receipt-to-record.yaml",
    { "receipt.results.body": { data: png(), contentType: "image/png" } },
    { record: { shop: "Paper Clip Works", date: "2026-11-20", total: 118.5 } },
    { json: { shop: "Paper Clip Works", date: "2026-11-20", total: 118.5 }, missing: [] },
  ],
  [
    "email-to-record.yaml",
    {
      "mail.results.body.data.text": "Please send 10 boxes.",
      "mail.results.body.data.attachments": [
        {
          name: "order.pdf",
          contentType: "application/pdf",
          contentBytes: pdf().toString("base64"),
        },
        { name: "scan.png", contentType: "image/png", contentBytes: png().toString("base64") },
      ],
    },
    {
      record: { customer: "Paper Clip Works", orderNumber: "4711", total: 118.5, deliveryDate: "" },
      evidence: [{ field: "orderNumber", quote: "Order 4712", page: 1 }],
    },
    {
      json: { customer: "Paper Clip Works", orderNumber: "4711", total: 118.5, deliveryDate: null },
      review: [],
    },
  ],
  [
    "message-triage.yaml",
    { "message.results.body.data.text": "I was charged twice." },
    { reason: "A payment.", branch: "Billing", confidence: 0.9 },
    { branch: "Billing", confidence: 0.9 },
  ],
])("%s: the step returns a result", async (file, references, reply, expected) => {
  const [step] = read(file)
    .flows.flatMap(({ steps }) => steps)
    .filter(ours);
  const server = await startServer({ body: modelWith() }, streamed(JSON.stringify(reply)));
  const result = await run(step?.action.key ?? "", server, inputsOf(step, references));
  expect(result).toMatchObject(expected);
});

test("nightly-batch.yaml: submits a list and returns its results", async () => {
  const emulator = await startEmulator();
  onTestFinished(() => emulator.stop());
  const [submitFlow, resultsFlow] = read("nightly-batch.yaml").flows;
  const trigger = resultsFlow?.steps.find(ourTrigger) as Step;
  const instance = new Instance();
  const poll = async () => {
    const { payload } = await instance.run(trigger.action.key, {
      connection: connectionTo(emulator.url),
    });
    return payload.body.data as { id: string }[];
  };
  const runStep = async (step: Step | undefined, references: Record<string, unknown>) =>
    run(step?.action.key ?? "", emulator, inputsOf(step, references));

  await poll();
  const reviews = ["They hold.", "They were bent."].map((review, index) => ({
    order: `A-${index}`,
    review,
  }));
  await runStep(submitFlow?.steps.find(ours), { "getReviews.results": reviews });
  const ended = [...(await poll()), ...(await poll()), ...(await poll())];
  expect(ended).toHaveLength(1);
  const { results } = await runStep(resultsFlow?.steps.find(ours), {
    "batchEnded.results.body.data.id": ended[0]?.id,
  });
  expect(
    results.map(({ id, result }: { id: string; result: { json: unknown } }) => [id, result.json]),
  ).toEqual([
    ["A-0", { rating: 4, topic: "hold" }],
    ["A-1", { rating: 2, topic: "bent" }],
  ]);
});

test("documents-to-summaries.yaml: submits a request with the document of each item", async () => {
  const emulator = await startEmulator();
  onTestFinished(() => emulator.stop());
  const step = read("documents-to-summaries.yaml").flows[0]?.steps.find(ours);
  const documents = ["a", "b"].map((id) => ({ id, file: `https://example.com/${id}.pdf` }));
  const inputs = inputsOf(step, { "getFolder.results": documents });
  const { submitted } = await run(step?.action.key ?? "", emulator, inputs);
  expect(submitted).toBe(2);
});

test("support-agent.yaml: the agent waits for approval and resumes", async () => {
  const emulator = await startEmulator();
  onTestFinished(() => emulator.stop());
  const { flows } = read("support-agent.yaml");
  const tools = await startFlows({
    "Find Order": ({ order }) => ({ order, state: "lost on the way" }),
    "Refund Order": ({ order }) => ({ order, refunded: true }),
  });
  const flowSchemas = Object.fromEntries(flows.map(({ name, schemas }) => [name, schemas]));
  const runStep = (name: string, references: Record<string, unknown>) => {
    const step = flows.find((flow) => flow.name === name)?.steps.find(ours);
    return runBranching(step?.action.key ?? "", emulator, inputsOf(step, references), {
      ...tools.context,
      flowSchemas,
    });
  };
  const first = await runStep("Support Agent", {
    "message.results.body.data.message": "My order A-1042 never came.",
  });
  expect([first.branch, first.data.pending]).toMatchObject([
    "Waiting",
    [{ tool: "Refund_Order", input: { order: "A-1042" } }],
  ]);
  const [{ id }] = first.data.pending;
  const last = await runStep("Decide", {
    "decision.results.body.data.state": first.data.state,
    "decision.results.body.data.decisions": [{ id, approved: true }],
  });
  expect([last.branch, last.data.text]).toEqual([
    "Done",
    "Find Order for A-1042 returned order A-1042, state lost on the way. Refund Order for A-1042 returned order A-1042, refunded true.",
  ]);
  expect(tools.calls.map(({ flow }) => flow)).toEqual(["Find Order", "Refund Order"]);
});

test("email-to-record.yaml: an order with a value that is not in the e-mail is for review", async () => {
  const [step] = read("email-to-record.yaml").flows[0]?.steps.filter(ours) ?? [];
  const record = { customer: "Paper Clip Works", orderNumber: "4711", total: 118.5 };
  const quotes = { customer: "for Paper Clip Works", orderNumber: "Order 4711", total: "118.50" };
  const evidence = Object.entries(quotes).map(([field, quote]) => ({ field, quote, page: 0 }));
  const reply = { record: { ...record, deliveryDate: null }, evidence };
  const server = await startServer({ body: modelWith() }, streamed(JSON.stringify(reply)));
  const references = {
    "mail.results.body.data.text": "Order 4711 for Paper Clip Works.",
    "mail.results.body.data.attachments": [],
  };
  const inputs = inputsOf(step, references);
  const { branch, data } = await runBranching("extractData", server, inputs, {});
  expect(branch).toBe("Review");
  expect(data.review).toEqual(["total"]);
  expect(data.evidence.orderNumber.found).toBe("exact");
});

test("chatbot.yaml: the conversation of each user goes on in the next execution", async () => {
  const step = read("chatbot.yaml").flows[0]?.steps.find(ours);
  const server = await startServer((request, response) =>
    respond(
      request.path === "/v1/messages" ? streamed("Noted.") : { body: modelWith() },
      request,
      response,
    ),
  );
  let crossFlowState: Record<string, unknown> = {};
  const say = async (user: string, text: string) => {
    const references = {
      "message.results.body.data.user": user,
      "message.results.body.data.text": text,
    };
    const inputs = { connection: connectionTo(server.url), ...inputsOf(step, references) };
    const result = await createHarness(component).action("chat", inputs, {
      logger: new Logs().logger,
      crossFlowState,
    } as object);
    crossFlowState = {
      ...crossFlowState,
      ...(result as { crossFlowState?: object }).crossFlowState,
    };
    const { json } = server.requests.filter(({ path }) => path === "/v1/messages").at(-1) ?? {};
    return (json as { messages: { content: unknown }[] }).messages.length;
  };
  expect(await say("user-1", "I like blue clips.")).toBe(1);
  expect(await say("user-2", "I like red clips.")).toBe(1);
  expect(await say("user-1", "Which ones do I like?")).toBe(3);
});

test("list-enrichment.yaml: executions hand the remaining rows on until all are done", async () => {
  const step = read("list-enrichment.yaml").flows[0]?.steps.find(ours);
  const server = await startServer((request, response) =>
    respond(
      request.path === "/v1/messages"
        ? streamed('{"record": {"industry": "Office supplies", "employees": 120}}')
        : { body: modelWith() },
      request,
      response,
    ),
  );
  const execute = (rows: unknown) => {
    const inputs = inputsOf(step, { "rows.results.body.data": rows });
    // Time for a few rows.
    const startedAt = new Date(Date.now() - 14.5 * 60_000 + 5_100).toISOString();
    return runBranching("processList", server, inputs, { startedAt });
  };
  let rows: unknown[] = Array.from({ length: 300 }, (_, index) => ({
    company: `Company ${index}`,
    text: "Makes paper clips.",
  }));
  const ids: string[] = [];
  let branch = "Remaining";
  for (let execution = 0; branch === "Remaining" && execution < 100; execution++) {
    const result = await execute(rows);
    branch = result.branch;
    rows = result.data.remaining;
    for (const { id, json } of result.data.results) {
      ids.push(id);
      expect(json).toEqual({ industry: "Office supplies", employees: 120 });
    }
  }
  expect(branch).toBe("Done");
  expect(ids).toEqual(Array.from({ length: 300 }, (_, index) => `Company ${index}`));
});
