/**
 * The integrations in examples/ use only steps, inputs and fields that the built component has. The
 * checks of the platform at import cannot run here.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { createHarness } from "@prismatic-io/spectral/dist/testing";
import camelCase from "camelcase";
import { describe, expect, onTestFinished, test } from "vitest";
import { startEmulator } from "../dev/emulator";
import { inputsOf as passedOn, type Value } from "../dev/playground/platformInputs";
import { standIns } from "../dev/playground/standIns";
import { runBranching, startFlows } from "./support/agent";
import { component, connectionTo, Logs, run } from "./support/component";
import { pdf, png } from "./support/files";
import {
  faultsOf,
  files,
  ours,
  ourTrigger,
  read,
  type Step,
  withEarlier,
} from "./support/integration";
import { modelWith } from "./support/models";
import { respond, startServer, streamed } from "./support/server";
import { Instance } from "./support/trigger";

/** The parts of a value that can refer to something. */
const valuesIn = (value: Value): Value[] => [
  value,
  ...(typeof value.value === "string" ? [] : value.value.flatMap(valuesIn)),
];

/** What a value refers to: `readOrder.results.json`. */
const referencesIn = ({ type, value }: Value): string[] => {
  if (type === "reference") return [String(value)];
  if (type !== "template") return [];
  return [...String(value).matchAll(/\{\{\$(.+?)\}\}/g)].map(([, reference = ""]) => reference);
};

describe.each(files)("%s", (file) => {
  const integration = read(file);
  const steps = integration.flows.flatMap(({ steps }) => withEarlier(steps));

  test("has the public format, and steps with inputs that exist", () => {
    expect(faultsOf(integration)).toEqual([]);
  });

  test("connections and their fields exist", () => {
    for (const { connection, inputs } of integration.requiredConfigVars) {
      const known = component.connections.find(({ key }) => key === connection.key);
      expect(known?.inputs.map(({ key }) => key)).toEqual(
        expect.arrayContaining(Object.keys(inputs)),
      );
    }
  });

  test("flows start with a trigger, and use the component", () => {
    for (const { steps } of integration.flows) expect(steps[0]?.isTrigger).toBe(true);
    expect(steps.some(({ step }) => ours(step))).toBe(true);
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

  test.each(steps)("the references of $step.name are valid", ({ step, earlier }) => {
    const configVars = integration.requiredConfigVars.map(({ key }) => key);
    const values = Object.values(step.inputs ?? {}).flatMap(valuesIn);
    for (const { type, value } of values) {
      if (type === "configVar") expect(configVars).toContain(value);
    }
    for (const reference of values.flatMap(referencesIn)) {
      const [name, results, field = "", ...deeper] = reference.split(".");
      expect(results).toBe("results");
      const source = earlier.find((candidate) => camelCase(candidate.name) === name);
      expect(source, reference).toBeDefined();
      const schema = source && ours(source)?.outputSchema;
      if (schema?.type === "actionOutput" && field) {
        expect(JSON.parse(schema.schema).properties).toHaveProperty(field);
      }
      if (source?.isTrigger && !ourTrigger(source)) {
        expect(["body", "invokeUrl"], reference).toContain(field);
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
      const rows = step.inputs?.flows?.value as Value[];
      expect(rows.length).toBeGreaterThan(0);
      for (const { value } of rows) {
        const { flow: name } = JSON.parse(String(value));
        const flow = integration.flows.find((candidate) => candidate.name === name);
        expect(flow).toMatchObject({
          isSynchronous: true,
          schemas: { invoke: { type: "object" } },
        });
      }
    }
  });

  test("branches match those of their step", () => {
    for (const { step } of steps) {
      const action = ours(step) ?? ourTrigger(step);
      if (!action?.allowsBranching) continue;
      const dynamic = (step.inputs?.[action?.dynamicBranchInput ?? ""]?.value ?? []) as Value[];
      expect(step.branches?.map(({ name }) => name)).toEqual([
        ...dynamic.map(({ name }) => (name as Value).value),
        ...(action?.staticBranchNames ?? []),
      ]);
    }
  });
});

test("the guide lists each integration with the steps that it uses", () => {
  const guide = readFileSync(
    path.resolve(import.meta.dirname, "../docs/guides/examples.md"),
    "utf8",
  );
  const listed = [...guide.matchAll(/^\| \[(\S+)\]\S+ \| .+? \| (.+?) \|/gm)];
  expect(listed.map(([, file, steps]) => [file, steps])).toEqual(
    files.map((file) => {
      const steps = read(file).flows.flatMap(({ steps }) => withEarlier(steps));
      const labels = steps.map(({ step }) => (ours(step) ?? ourTrigger(step))?.display.label);
      return [file, [...new Set(labels.filter(Boolean))].join(", ")];
    }),
  );
});

/** The inputs that the platform passes to a step. References are replaced by the given values. */
const inputsOf = (step: Step | undefined, references: Record<string, unknown>) =>
  passedOn(step ?? {}, (reference) => references[reference]);

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
    "Track Parcel": ({ parcel }) => ({ parcel, places: [] }),
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
  const steps = read("chatbot.yaml").flows[0]?.steps ?? [];
  const memory = steps.find(({ action }) => action.key === "createObject");
  const server = await startServer((request, response) =>
    respond(
      request.path === "/v1/messages" ? streamed("Noted.") : { body: modelWith() },
      request,
      response,
    ),
  );
  let crossFlowState: Record<string, unknown> = {};
  const say = async (user: string, text: string) => {
    const message = {
      "message.results.body.data.user": user,
      "message.results.body.data.text": text,
    };
    const references = {
      ...message,
      "memoryOfUser.results": standIns.createObject?.({
        inputs: inputsOf(memory, message),
        results: {},
        saved: new Map(),
      }),
    };
    const inputs = {
      connection: connectionTo(server.url),
      ...inputsOf(steps.find(ours), references),
    };
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
