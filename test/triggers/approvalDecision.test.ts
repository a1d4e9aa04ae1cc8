import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { messagesOf } from "../support/agent";
import { changed, post, startIntegration } from "../support/approvals";
import { anything } from "../support/arbitraries";
import { apiKey, component, Logs } from "../support/component";
import { runs } from "../support/propertyRuns";
import { Instance } from "../support/trigger";

const refund = (order: unknown) => ({ tool: "Refund_Order", input: { order } });

/** An agent that waits with one call. */
const waiting = async (order = "A-1") => {
  const integration = await startIntegration({ t1: refund(order) }, "I see.");
  const { data, branch } = await integration.begin();
  expect(branch).toBe("Waiting");
  return {
    ...integration,
    data,
    ...(data.approval as Record<string, string>),
  } as typeof integration & {
    // biome-ignore lint/suspicious/noExplicitAny: tests read any property of an output
    data: any;
    approveUrl: string;
    denyUrl: string;
    markdown: string;
    expiresAt: string;
  };
};

/** The fields that a browser sends for an unchanged page. */
const unchanged = { input0: '{\r\n  "order": "A-1"\r\n}', reason0: "" };

const branchesOf = ({ executions }: { executions: { trigger: { branch: string } }[] }) =>
  executions.map(({ trigger }) => trigger.branch);

const approvalKeys = ({ shared }: { shared: { read(): object } }) =>
  Object.keys(shared.read()).filter((key) => key.startsWith("claude-approval:"));

/** The text of a page without its markup, to compare what a person reads. */
const sentenceOf = async (response: Response) => /<p>([^<]*)<\/p>/.exec(await response.text())?.[1];

test("the links open a page with the call, and the link decides which button is first", async () => {
  const { approveUrl, denyUrl, calls } = await waiting();
  const response = await fetch(approveUrl);
  expect(response.status).toBe(200);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy":
      "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
  });
  const page = await response.text();
  expect(page).toContain('<meta name="robots" content="noindex">');
  expect(page).toContain("<h2>Refund Order</h2>");
  expect(page).toContain(
    '<textarea name="input0" rows="8">\n{\n  &#34;order&#34;: &#34;A-1&#34;\n}</textarea>',
  );
  expect(page).toContain('<textarea name="reason0"');
  expect(page).not.toContain("<script");
  const buttonsOf = (html: string) =>
    [...html.matchAll(/<button name="decision" value="(\w+)">/g)].map(([, value]) => value);
  expect(buttonsOf(page)).toEqual(["approve", "deny"]);
  expect(buttonsOf(await (await fetch(denyUrl)).text())).toEqual(["deny", "approve"]);
  expect(calls).toEqual([]);
});

test("an approved call runs, and the link works once", async () => {
  const opened = await waiting();
  const { approveUrl, calls, executions } = opened;
  const response = await post(approveUrl, { ...unchanged, decision: "approve" });
  expect(response.status).toBe(200);
  expect(await sentenceOf(response)).toBe("The decision was received. The link is used.");
  const [{ trigger, resumed }] = executions as [(typeof executions)[number]];
  expect(trigger.payload.body.data).toEqual({
    id: new URL(approveUrl).searchParams.get("id"),
    state: opened.data.state,
    decisions: [{ id: "t1", approved: true }],
  });
  expect(resumed).toMatchObject({ branch: "Done", data: { text: "I see." } });
  expect(calls.map(({ input }) => input)).toEqual([{ order: "A-1" }]);
  expect(approvalKeys(opened)).toEqual([]);

  const replayed = await post(approveUrl, { decision: "approve" });
  expect(replayed.status).toBe(404);
  expect(await sentenceOf(replayed)).toBe(
    "This approval does not exist, or it was decided before.",
  );
  expect((await fetch(approveUrl)).status).toBe(404);
  expect(branchesOf(opened)).toEqual(["Decided", "Refused", "Refused"]);
  expect(calls).toHaveLength(1);
});

test("a denied call does not run, and Claude is told the reason", async () => {
  const { denyUrl, calls, executions, api } = await waiting();
  // The input of a denied call does not matter.
  await post(denyUrl, { input0: "no", reason0: " Too expensive. ", decision: "deny" });
  expect(executions[0]?.trigger.payload.body.data.decisions).toEqual([
    { id: "t1", approved: false, reason: "Too expensive." },
  ]);
  expect(calls).toEqual([]);
  expect(messagesOf(api.requests.at(-1) as never)[2]).toMatchObject({
    content: [{ content: "A person denied this call: Too expensive.", is_error: true }],
  });
});

test("a call runs with the input that a person has changed", async () => {
  const { approveUrl, calls, executions, api } = await waiting();
  await post(approveUrl, { input0: '{"order": "A-2"}', decision: "approve" });
  expect(executions[0]?.trigger.payload.body.data.decisions).toEqual([
    { id: "t1", approved: true, input: { order: "A-2" } },
  ]);
  expect(calls.map(({ input }) => input)).toEqual([{ order: "A-2" }]);
  expect(messagesOf(api.requests.at(-1) as never)[2]).toMatchObject({
    content: [
      {
        content:
          'A person changed the input of this call to {"order":"A-2"}. Its result:\n{"order":"A-2","refunded":true}',
      },
    ],
  });
});

test("each of several calls can be denied", async () => {
  const integration = await startIntegration({ a: refund("A-1"), b: refund("A-2") }, "I see.");
  const { approval } = (await integration.begin()).data;
  expect(await (await fetch(approval.approveUrl)).text()).toContain(
    '<input type="checkbox" name="deny" value="1">',
  );
  await post(approval.approveUrl, { deny: "1", reason1: "No.", decision: "approve" });
  expect(integration.executions[1]?.trigger.payload.body.data.decisions).toEqual([
    { id: "a", approved: true },
    { id: "b", approved: false, reason: "No." },
  ]);
  expect(integration.calls.map(({ input }) => input)).toEqual([{ order: "A-1" }]);
});

test("a run that waits again in Resume Agent has new links", async () => {
  const integration = await startIntegration({ t1: refund("A-1") }, { t2: refund("A-2") }, "Both.");
  const { approval } = (await integration.begin()).data;
  await post(approval.approveUrl, { decision: "approve" });
  const second = integration.executions[0]?.resumed;
  expect(second.branch).toBe("Waiting");
  expect(approvalKeys(integration)).toHaveLength(1);
  await post(second.data.approval.approveUrl, { decision: "approve" });
  expect(integration.executions[1]?.resumed.data.text).toBe("Both.");
  expect(integration.calls.map(({ input }) => input)).toEqual([{ order: "A-1" }, { order: "A-2" }]);
  expect(approvalKeys(integration)).toEqual([]);
});

test("a mail filter that opens the link several times decides nothing", async () => {
  const opened = await waiting();
  const { approveUrl, denyUrl, calls } = opened;
  for (const link of [approveUrl, denyUrl, approveUrl])
    expect((await fetch(link)).status).toBe(200);
  expect((await fetch(approveUrl, { method: "HEAD" })).status).toBe(200);
  // Without the form, a body is not a decision either.
  expect((await fetch(approveUrl, { method: "POST", body: "{}" })).status).toBe(200);
  expect(calls).toEqual([]);
  expect((await post(approveUrl, { ...unchanged, decision: "approve" })).status).toBe(200);
  expect(branchesOf(opened)).toEqual([...Array(5).fill("Page"), "Decided"]);
  expect(opened.executions[0]?.trigger.payload.body.data).toEqual({});
  expect(calls).toHaveLength(1);
});

test("of two clicks at the same moment, one starts the flow", async () => {
  const opened = await waiting();
  const responses = await Promise.all([
    post(opened.approveUrl, { decision: "approve" }),
    post(opened.denyUrl, { decision: "deny" }),
  ]);
  expect(responses.map(({ status }) => status).sort()).toEqual([200, 404]);
  expect(branchesOf(opened).sort()).toEqual(["Decided", "Refused"]);
});

describe("refuses", () => {
  const approve = { ...unchanged, decision: "approve" };
  const links: [string, (link: string) => string, number, string][] = [
    [
      "a forged token",
      (link) => changed(link, "token", "A".repeat(43)),
      401,
      "The link is not valid.",
    ],
    ["a short token", (link) => changed(link, "token", "A"), 401, "The link is not valid."],
    ["a link without a token", (link) => changed(link, "token", ""), 401, "The link is not valid."],
    [
      "a changed ID",
      (link) => changed(link, "id", "B".repeat(22)),
      404,
      "This approval does not exist, or it was decided before.",
    ],
    [
      "a link without parameters",
      (link) => link.split("?")[0] ?? "",
      404,
      "This approval does not exist, or it was decided before.",
    ],
  ];
  test.each(links)("%s", async (_, change, status, reason) => {
    const opened = await waiting();
    const link = change(opened.approveUrl);
    for (const response of [await fetch(link), await post(link, approve)]) {
      expect(response.status).toBe(status);
      expect(await sentenceOf(response)).toBe(reason);
    }
    expect(opened.executions.map(({ trigger }) => trigger.payload.body.data)).toEqual([
      { reason },
      { reason },
    ]);
    expect(opened.logs.lines.filter((line) => line.startsWith("warn"))).toEqual(
      Array(2).fill(`warn An approval was refused: ${reason}`),
    );
    expect(branchesOf(opened)).toEqual(["Refused", "Refused"]);
    // The right link still works.
    expect((await post(opened.approveUrl, approve)).status).toBe(200);
  });

  test("the token of another approval", async () => {
    const integration = await startIntegration({ t1: refund("A-1") });
    const [first, second] = [await integration.begin(), await integration.begin()].map(
      ({ data }) => data.approval.approveUrl as string,
    ) as [string, string];
    expect(approvalKeys(integration)).toHaveLength(2);
    const token = new URL(second).searchParams.get("token") ?? "";
    expect((await post(changed(first, "token", token), approve)).status).toBe(401);
    expect(integration.calls).toEqual([]);
  });

  test("an expired approval, which the next one deletes", async () => {
    const opened = await waiting();
    const [key] = approvalKeys(opened) as [string];
    const entry = opened.shared.read()[key] as object;
    opened.shared.store({ [key]: { ...entry, expiresAt: new Date(Date.now() - 1).toISOString() } });
    for (const response of [
      await fetch(opened.approveUrl),
      await post(opened.approveUrl, approve),
    ]) {
      expect(response.status).toBe(410);
      expect(await sentenceOf(response)).toBe("This approval has expired.");
    }
    expect(opened.calls).toEqual([]);
    const other = await startIntegration({ t1: refund("A-1") });
    other.shared.json = opened.shared.json;
    await other.begin();
    expect(approvalKeys(other)).toHaveLength(1);
    expect(approvalKeys(other)).not.toContain(key);
  });

  test.each([
    ["another decision", { decision: "maybe" }, "The decision must be approve or deny."],
    ["an empty decision", { decision: "" }, "The decision must be approve or deny."],
    [
      "an input that is not JSON",
      { decision: "approve", input0: "{" },
      "The input of Refund Order is not valid: it must be a JSON object.",
    ],
    [
      "an input that is a list",
      { decision: "approve", input0: "[]" },
      "The input of Refund Order is not valid: it must be a JSON object.",
    ],
    [
      "an empty input",
      { decision: "approve", input0: "" },
      "The input of Refund Order is not valid: it must be a JSON object.",
    ],
    [
      "an input of another shape",
      { decision: "approve", input0: '{"order": 5}' },
      "The input of Refund Order is not valid: at /order: Instance type &#34;number&#34; is invalid. Expected &#34;string&#34;.",
    ],
  ])("%s, after which the link still works", async (_, fields, reason) => {
    const opened = await waiting();
    const response = await post(opened.approveUrl, fields as Record<string, string>);
    expect(response.status).toBe(400);
    expect(await sentenceOf(response)).toBe(reason);
    expect(opened.calls).toEqual([]);
    expect((await post(opened.approveUrl, approve)).status).toBe(200);
    expect(branchesOf(opened)).toEqual(["Refused", "Decided"]);
  });
});

describe("hostile input of a call", () => {
  const hostile = `</textarea><script>alert(1)</script>"'\`[x](http://evil.example) <!channel> @here`;

  test("is escaped in the page", async () => {
    const { approveUrl, calls } = await waiting(hostile);
    const page = await (await fetch(approveUrl)).text();
    expect(page).not.toContain("<script");
    expect(page.match(/<\/textarea>/g)).toHaveLength(2);
    const shown = /<textarea name="input0" rows="8">\n([^<]*)</.exec(page)?.[1] ?? "";
    const input0 = shown.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
    expect(JSON.parse(input0)).toEqual({ order: hostile });
    await post(approveUrl, { input0, decision: "approve" });
    expect(calls.map(({ input }) => input)).toEqual([{ order: hostile }]);
  });

  test("stays code in markdown", async () => {
    const { markdown, approveUrl, denyUrl } = await waiting(hostile);
    const [call = "", links] = markdown.split("\n\n");
    expect(links).toBe(`[Approve](${approveUrl}) · [Deny](${denyUrl})`);
    const [heading, code = ""] = call.split("\n");
    expect(heading).toBe("**Refund Order**");
    expect(code).toMatch(/^`[^`<>@]*`$/);
    expect(JSON.parse(code.slice(1, -1))).toEqual({ order: hostile });
  });

  test("is shortened in markdown, with ten calls", async () => {
    const calls = Array.from({ length: 12 }, (_, index) => [`t${index}`, refund("x".repeat(600))]);
    const integration = await startIntegration(Object.fromEntries(calls));
    const { markdown } = (await integration.begin()).data.approval;
    expect(markdown.match(/\*\*Refund Order\*\*/g)).toHaveLength(10);
    expect(markdown).toContain(`\`{"order":"${"x".repeat(490)}…\``);
    expect(markdown).toContain("\n\nand 2 more\n\n");
  });
});

test("no secret or state is in a link, a page, a log or what the trigger passes on", async () => {
  const opened = await waiting();
  const { approveUrl, denyUrl, markdown, data, shared, logs, executions } = opened;
  const [entry] = Object.values(shared.read()) as [{ secret: string }];
  const token = new URL(approveUrl).searchParams.get("token") ?? "";
  expect([...new URL(approveUrl).searchParams.keys()]).toEqual(["id", "token", "decision"]);
  const pages = [await fetch(approveUrl), await fetch(changed(approveUrl, "token", "x"))];
  pages.push(await post(approveUrl, { decision: "approve" }), await fetch(denyUrl));
  const texts = [markdown, ...(await Promise.all(pages.map((page) => page.text()))), ...logs.lines];
  for (const text of texts) {
    for (const secret of [entry.secret, data.state, apiKey]) expect(text).not.toContain(secret);
  }
  for (const text of texts.slice(1)) expect(text).not.toContain(token);
  const passedOn = JSON.stringify(executions.map(({ trigger }) => trigger.payload));
  for (const secret of [entry.secret, token, apiKey]) expect(passedOn).not.toContain(secret);
  expect(approveUrl).not.toContain("A-1");
});

describe("Approval Flow", () => {
  test("without it, and for a run that does not wait, the output has no approval", async () => {
    const integration = await startIntegration({ t1: refund("A-1") }, "Done.");
    const without = await integration.begin({ approvalFlow: "" });
    expect(without.branch).toBe("Waiting");
    expect(without.data).not.toHaveProperty("approval");
    expect(without.crossFlowState).toBe(undefined);
    const done = await integration.begin();
    expect(done.branch).toBe("Done");
    expect(done.data).not.toHaveProperty("approval");
  });

  test("must be a flow of the integration", async () => {
    const integration = await startIntegration("Never.");
    await expect(integration.begin({ approvalFlow: "Aproval" })).rejects.toThrow(
      'Approval Flow is "Aproval", but this integration has no such flow. Available flows: Refund Order, Approval. Did you mean Approval?',
    );
    expect(integration.api.requests).toEqual([]);
  });

  test("expires after seven days", async () => {
    const before = Date.now();
    const { expiresAt } = await waiting();
    const days = (Date.parse(expiresAt) - before) / 86_400_000;
    expect(days).toBeGreaterThanOrEqual(7);
    expect(days).toBeLessThan(7.1);
  });

  test("a state that is too large has no links, with a warning that says what to do", async () => {
    // Random text does not get smaller.
    const text = Array.from({ length: 30_000 }, () => Math.random().toString(36).slice(2)).join("");
    const integration = await startIntegration({ t1: refund("A-1") });
    const { branch, data, crossFlowState } = await integration.begin({ task: text });
    expect([branch, crossFlowState]).toEqual(["Waiting", undefined]);
    expect(data).not.toHaveProperty("approval");
    expect(data.state).toMatch(/^agent1\./);
    expect(data.warnings).toContain(
      "approval was left out, because the state is larger than 200 kB. Turn on Upload Large Attachments, or pass state to Resume Agent in another way.",
    );
  });
});

test("a test in the designer follows Decided with an example", async () => {
  const instance = new Instance();
  const result = await instance.run(
    "approvalDecision",
    {},
    {},
    { isSimulatedTestExecution: true, crossFlowState: {} },
  );
  expect(result.branch).toBe("Decided");
  expect(result.response.statusCode).toBe(200);
  expect(component.triggers.approvalDecision?.examplePayload).toMatchObject({
    payload: { body: result.payload.body },
  });
  expect(result.crossFlowState).toBe(undefined);
});

test.each<[string, (body: string) => unknown]>([
  ["a Buffer", (body) => Buffer.from(body)],
  ["a Buffer in its JSON form", (body) => JSON.parse(JSON.stringify(Buffer.from(body)))],
])("accepts a raw body as %s", async (_, raw) => {
  const { approveUrl, shared } = await waiting();
  const result = await new Instance().run(
    "approvalDecision",
    {},
    {
      queryParameters: Object.fromEntries(new URL(approveUrl).searchParams),
      rawBody: { data: raw("decision=deny&reason0=%C3%BC+%F0%9F%99%82") },
    },
    { crossFlowState: shared.read() },
  );
  expect(result.payload.body.data.decisions).toEqual([
    { id: "t1", approved: false, reason: "ü 🙂" },
  ]);
});

test("declares the branches Decided, Page and Refused", () => {
  expect(component.triggers.approvalDecision).toMatchObject({
    allowsBranching: true,
    staticBranchNames: ["Decided", "Page", "Refused"],
    synchronousResponseSupport: "invalid",
    scheduleSupport: "invalid",
  });
});

test("no query and no body throws, or decides without the right token", async () => {
  const { approveUrl, shared } = await waiting();
  const crossFlowState = shared.read();
  const { id, token } = Object.fromEntries(new URL(approveUrl).searchParams);
  const query = fc.oneof(
    anything,
    fc.record({ id: fc.oneof(fc.constant(id), anything), token: anything, decision: anything }),
    fc.record({ id: fc.constant(id), token: fc.string({ minLength: 43, maxLength: 43 }) }),
  );
  const field = fc.constantFrom("decision", "input0", "reason0", "deny", "id");
  const form = fc
    .array(fc.tuple(field, fc.oneof(fc.string(), fc.constantFrom("approve", "deny", "{}"))))
    .map((fields) => String(new URLSearchParams(fields)));
  const receive = (queryParameters: unknown, data: unknown) =>
    new Instance().run(
      "approvalDecision",
      {},
      { queryParameters, rawBody: { data }, body: { data } },
      { crossFlowState, logger: new Logs().logger },
    );
  await fc.assert(
    fc.asyncProperty(query, fc.oneof(form, anything), async (queryParameters, data) => {
      const given = (queryParameters as { token?: unknown } | null | undefined)?.token;
      fc.pre(given !== token);
      const { branch, response } = await receive(queryParameters, data);
      expect(branch).toBe("Refused");
      expect([401, 404]).toContain(response.statusCode);
    }),
    runs(300),
  );
  await fc.assert(
    fc.asyncProperty(anything, async (data) => {
      const { branch } = await receive({ id, token }, data);
      expect(branch).toBe("Page");
    }),
    runs(100),
  );
});
