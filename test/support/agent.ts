import { createHarness } from "@prismatic-io/spectral/dist/testing";
import { component, connectionTo, Logs } from "./component";
import { type Received, type Reply, type Server, startServer, textMessage } from "./server";

/** A turn of Claude's: a text, or calls of tools by their id. */
export type Turn = string | { [id: string]: { tool: string; input: unknown } };

/** What Claude answers with in a turn. */
export const turn = (said: Turn, rest: object = {}): Reply => ({
  body: {
    ...textMessage(""),
    content:
      typeof said === "string"
        ? [{ type: "text", text: said }]
        : Object.entries(said).map(([id, { tool, input }]) => ({
            type: "tool_use",
            id,
            name: tool,
            input,
          })),
    stop_reason: typeof said === "string" ? "end_turn" : "tool_use",
    usage: { input_tokens: 100, output_tokens: 10 },
    ...rest,
  },
});

/** An API that plays the turns of Claude's one after the other. */
export const playing = (...turns: (Turn | Reply)[]): Promise<Server> =>
  startServer(
    ...turns.map((said) =>
      typeof said === "function" ||
      (typeof said === "object" && ("body" in said || "status" in said))
        ? (said as Reply)
        : turn(said as Turn),
    ),
  );

type Flow = (input: Record<string, unknown>) => unknown;

/** Flows of an integration, behind their webhooks. What a flow throws makes it fail with 500. */
export const startFlows = async (flows: Record<string, Flow>) => {
  const names = Object.keys(flows);
  const calls: { flow: string; input: unknown; headers: Received["headers"] }[] = [];
  const server = await startServer(async ({ path, json, headers }, response) => {
    const flow = names[Number(path.slice(1))] ?? "";
    calls.push({ flow, input: json, headers });
    try {
      const output = await flows[flow]?.(json as Record<string, unknown>);
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(output));
    } catch (error) {
      response.writeHead(500, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: (error as Error).message }));
    }
  });
  const schema = (properties: object) => ({
    invoke: { type: "object", $schema: "x", properties, required: Object.keys(properties) },
  });
  return {
    calls,
    /** What the platform's context says of the flows. */
    context: {
      webhookUrls: Object.fromEntries(names.map((name, index) => [name, `${server.url}/${index}`])),
      webhookApiKeys: Object.fromEntries(names.map((name) => [name, ["flow-key-0123456789"]])),
      executionFrame: {},
      executionId: "execution",
      flowSchemas: Object.fromEntries(
        names.map((name) => [
          name,
          schema({ order: { type: "string", description: "Its number" } }),
        ]),
      ),
    },
    rows: names.map((flow) => ({ flow, description: `Does ${flow}.` })),
  };
};

/** Runs an action of the built component that branches. */
export const runBranching = async (
  key: string,
  server: { url: string },
  inputs: Record<string, unknown>,
  context: Record<string, unknown> = {},
  // biome-ignore lint/suspicious/noExplicitAny: outputs are what the tests look into
): Promise<{ branch: string; data: any }> =>
  (await createHarness(component).action(
    key,
    { connection: connectionTo(server.url), ...inputs },
    { logger: new Logs().logger, ...context } as object,
    // biome-ignore lint/suspicious/noExplicitAny: see above
  )) as any;

/** The messages of a request. */
export const messagesOf = ({ json }: Received) => (json as { messages: unknown[] }).messages;
