/** Every Messages request of an agent run matches the SDK's types and pairs tool calls with results. */
import { expect, test } from "vitest";
import { playing, runBranching, startFlows, type Turn, turn } from "../../support/agent";
import type { Reply } from "../../support/server";
import { compilerSays } from "../../support/types";

const call = (tool: string, order: unknown) => ({ tool, input: { order } });

/** Turns with parallel, invalid, failing and server tool calls, and a pause. */
const turns: (Turn | Reply)[] = [
  { a: call("Find_Order", "A-1"), b: call("Find_Order", "A-2") },
  { c: call("Refund_Order", "A-1"), d: call("Find_Order", "A-3"), e: call("Refund_Order", "A-2") },
  { f: call("Refund_Order", 5), g: call("Nothing", "A-1") },
  { h: call("Fail", "A-1") },
  turn("", {
    content: [
      { type: "thinking", thinking: "Hm.", signature: "c2lnbmVk" },
      { type: "text", text: "Searching." },
      {
        type: "server_tool_use",
        id: "s",
        name: "web_search",
        input: {},
        caller: { type: "direct" },
      },
    ],
    stop_reason: "pause_turn",
    container: { id: "container_1", expires_at: "2099-01-01T00:00:00Z" },
  }),
  { i: call("Find_Order", "A-9") },
  "Done.",
];

interface Block {
  type: string;
  id: string;
  tool_use_id: string;
}

/** Tool calls without a result in the next turn, and results without a call in the previous turn. */
const unpaired = (messages: { role: string; content: string | Block[] }[]): string[] => {
  const blocks = messages.map(({ content }) => (typeof content === "string" ? [] : content));
  return blocks.flatMap((current, index) => {
    const results = (blocks[index + 1] ?? []).map(({ tool_use_id: id }) => id);
    const calls = (blocks[index - 1] ?? []).map(({ id }) => id);
    return current.flatMap(({ type, id, tool_use_id: of }) => [
      ...(type === "tool_use" && !results.includes(id) ? [id] : []),
      ...(type === "tool_result" && !calls.includes(of) ? [of] : []),
    ]);
  });
};

test("requests of a run with parallel calls, errors, approvals, a denial and a pause are valid", async () => {
  const flows = await startFlows({
    "Find Order": ({ order }) => ({ order }),
    "Refund Order": () => "refunded",
    Fail: () => {
      throw new Error("No.");
    },
  });
  const server = await playing(...turns);
  const inputs = { task: "Work.", instructions: "Be brief.", flows: flows.rows };
  const approvals = { approvals: ["Refund Order"] };
  const first = await runBranching("runAgent", server, { ...inputs, ...approvals }, flows.context);
  const decisions = [
    { id: "c", approved: true },
    { id: "e", approved: false, reason: "No." },
  ];
  const { branch, data } = await runBranching(
    "resumeAgent",
    server,
    { state: first.data.state, decisions },
    flows.context,
  );
  expect([first.branch, branch, data.text]).toEqual(["Waiting", "Done", "Done."]);
  expect(data.steps).toHaveLength(9);
  expect(server.requests).toHaveLength(turns.length);

  const bodies = server.requests.map(
    ({ json }) => json as { messages: never[]; container?: string },
  );
  for (const { messages } of bodies) expect(unpaired(messages)).toEqual([]);
  expect(unpaired(bodies[1]?.messages.slice(0, -1) ?? [])).toEqual(["a", "b"]);
  // A code execution container is reused by all later requests.
  expect(bodies.map(({ container }) => container)).toEqual([
    ...Array(5).fill(undefined),
    "container_1",
    "container_1",
  ]);
  const lines = [
    'import type { MessageCreateParamsStreaming } from "@anthropic-ai/sdk/resources/beta/messages";',
    ...bodies.map(
      (body, index) =>
        `export const turn${index}: MessageCreateParamsStreaming = ${JSON.stringify(body)};`,
    ),
  ];
  expect(compilerSays("agent", lines)).toBe("");
}, 60_000);
