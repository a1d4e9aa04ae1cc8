/** Property tests: random input to Create Batch and random results files for Get Batch Results. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { run } from "../../support/component";
import { runs } from "../../support/propertyRuns";
import { type Received, startServer } from "../../support/server";

const runOptions = runs(300);

const anyValue = fc.anything({ maxDepth: 3, withNullPrototype: true });
const name = fc.oneof(
  fc.constantFrom("a", "b", "a.b", "item", "__proto__", "constructor", "toString", "0", " a "),
  fc.string(),
);
const row = fc.oneof(
  { weight: 4, arbitrary: fc.dictionary(name, fc.oneof(fc.string(), fc.nat(), anyValue)) },
  { weight: 2, arbitrary: fc.string({ unit: "grapheme", minLength: 1 }) },
  { weight: 1, arbitrary: anyValue },
);
const template = fc
  .array(
    fc.oneof(
      name.map((text) => `{{${text}}}`),
      fc.string(),
    ),
    { maxLength: 4 },
  )
  .map((parts) => parts.join(" "));

const batch = { id: "msgbatch_1", processing_status: "in_progress", request_counts: {} };

test("random items and templates become valid requests or an InputError", async () => {
  const server = await startServer((request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(request.path.endsWith("tokens") ? { input_tokens: 1 } : batch));
  });
  let submitted = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.record(
        {
          items: fc.oneof(
            { weight: 9, arbitrary: fc.array(row, { minLength: 1, maxLength: 6 }) },
            { weight: 1, arbitrary: anyValue },
          ),
          message: fc.oneof(fc.constant("{{item}}"), template, anyValue),
          systemPrompt: fc.oneof(fc.constant(undefined), template),
          idField: fc.oneof(fc.constant(undefined), name),
        },
        { requiredKeys: ["items"] },
      ),
      async (inputs) => {
        server.requests.length = 0;
        const outcome = await run("createBatch", server, inputs).catch((error) => error);
        const sent = server.requests.filter(({ path }) => path === "/v1/messages/batches");
        if (outcome instanceof Error) {
          expect(outcome.name, outcome.stack).toBe("InputError");
          expect(outcome.message).toMatch(/^[A-Z].{15,}\.$/s);
          expect(outcome.message).not.toMatch(/\[object |undefined/);
          expect(server.requests).toHaveLength(0);
          return;
        }
        submitted += 1;
        const { requests } = (sent[0] as Received).json as {
          requests: { custom_id: string; params: { messages: { content: unknown }[] } }[];
        };
        const ids = requests.map(({ custom_id }) => custom_id);
        expect(new Set(ids).size).toBe(ids.length);
        expect([...ids].sort()).toEqual(ids);
        expect(outcome.submitted).toBe(ids.length);
        for (const id of ids) expect(id).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
        for (const { params } of requests) expect(params.messages[0]?.content).toMatch(/\S/);
      },
    ),
    runOptions,
  );
  // Guards against generators so random that every run ends in an error.
  expect(submitted).toBeGreaterThan(runOptions.numRuns / 20);
}, 60_000);

test("random Requests are submitted or rejected with an InputError", async () => {
  const server = await startServer({ body: batch });
  const request = fc.record(
    {
      custom_id: fc.oneof(fc.stringMatching(/^[a-z]{1,3}$/), fc.string(), anyValue),
      params: fc.oneof(
        { weight: 5, arbitrary: fc.constant({ model: "m", max_tokens: 1, messages: [{}] }) },
        { weight: 1, arbitrary: anyValue },
      ),
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.array(fc.oneof(request, anyValue)), anyValue),
      async (requests) => {
        server.requests.length = 0;
        const outcome = await run("createBatch", server, { requests }).catch((error) => error);
        if (!(outcome instanceof Error)) return;
        expect(outcome.name, outcome.stack).toBe("InputError");
        expect(server.requests).toHaveLength(0);
      },
    ),
    runOptions,
  );
}, 60_000);

test("results files are read completely, regardless of line order, line breaks and chunks", async () => {
  const text = fc.string({ unit: "grapheme" });
  const result = fc.oneof(
    text.map((text) => ({
      type: "succeeded",
      message: {
        id: "msg_1",
        model: "claude-sonnet-5-5",
        content: [{ type: "text", text }],
        stop_reason: "end_turn",
        usage: { input_tokens: 2_000_000, output_tokens: 1 },
      },
    })),
    text.map((message) => ({ type: "errored", error: { error: { type: "x", message } } })),
    fc.constantFrom({ type: "canceled" }, { type: "expired" }),
  );
  const file = fc
    .uniqueArray(fc.record({ custom_id: fc.stringMatching(/^[a-zA-Z0-9_-]{1,64}$/), result }), {
      selector: ({ custom_id }) => custom_id,
      minLength: 1,
      maxLength: 20,
    })
    .chain((responses) =>
      fc.record({
        responses: fc.constant(responses),
        lineBreaks: fc.array(fc.constantFrom("\n", "\r\n", "\n\n", " \n"), {
          minLength: responses.length,
          maxLength: responses.length,
        }),
        splits: fc.array(fc.nat(5_000), { maxLength: 10 }),
        offset: fc.nat(22),
        limit: fc.integer({ min: 1, max: 25 }),
      }),
    );
  await fc.assert(
    fc.asyncProperty(file, async ({ responses, lineBreaks, splits, offset, limit }) => {
      const bytes = Buffer.from(
        responses.map((response, index) => JSON.stringify(response) + lineBreaks[index]).join(""),
      );
      const server = await startServer(async ({ path }, response) => {
        if (!path.endsWith("/results")) {
          const ended = { ...batch, processing_status: "ended" };
          return response.end(
            JSON.stringify({ ...ended, request_counts: { succeeded: responses.length } }),
          );
        }
        const starts = [0, ...splits.map((split) => split % bytes.length).sort((a, b) => a - b)];
        for (const [index, start] of starts.entries()) {
          response.write(bytes.subarray(start, starts[index + 1] ?? bytes.length));
          await new Promise(setImmediate);
        }
        response.end();
      });
      const data = await run("getBatchResults", server, { batchId: "a", offset, limit });
      const order = new Intl.Collator("en", { numeric: true }).compare;
      const sorted = [...responses].sort((a, b) => order(a.custom_id, b.custom_id));
      const ids = data.results.map(({ customId }: { customId: string }) => customId);
      expect(ids).toEqual(sorted.slice(offset, offset + limit).map(({ custom_id }) => custom_id));
      const succeeded = responses.filter(({ result }) => result.type === "succeeded").length;
      expect(data.counts).toMatchObject({ total: responses.length, succeeded });
      expect(data.cost.input).toBe(succeeded * 2);
      for (const { customId, status, result } of data.results) {
        const sent = responses.find(({ custom_id }) => custom_id === customId)?.result;
        expect(status).toBe(sent?.type);
        if (sent && "message" in sent) expect(result.content).toEqual(sent.message.content);
      }
    }),
    { numRuns: Math.ceil(runOptions.numRuns / 3) },
  );
}, 60_000);
