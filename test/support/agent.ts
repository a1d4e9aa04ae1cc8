import { createHarness } from "@prismatic-io/spectral/dist/testing";
import { component, connectionTo, Logs } from "./component";
import { type Received, type Reply, type Server, startServer, textMessage } from "./server";

/** A turn of Claude: a text, or tool calls by their ID. */
export type Turn = string | { [id: string]: { tool: string; input: unknown } };

/** The response with a turn of Claude. */
export const turn = (content: Turn, rest: object = {}): Reply => ({
  body: {
    ...textMessage(""),
    content:
      typeof content === "string"
        ? [{ type: "text", text: content }]
        : Object.entries(content).map(([id, { tool, input }]) => ({
            type: "tool_use",
            id,
            name: tool,
            input,
          })),
    stop_reason: typeof content === "string" ? "end_turn" : "tool_use",
    usage: { input_tokens: 100, output_tokens: 10 },
    ...rest,
  },
});

/** A server that replies with these turns in order. */
export const playing = (...turns: (Turn | Reply)[]): Promise<Server> =>
  startServer(
    ...turns.map((reply) =>
      typeof reply === "function" ||
      (typeof reply === "object" && ("body" in reply || "status" in reply))
        ? (reply as Reply)
        : turn(reply as Turn),
    ),
  );

type Flow = (input: Record<string, unknown>) => unknown;

/** A server with the webhooks of flows. A flow that throws responds with 500. */
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
    /** The part of the platform's context that describes the flows. */
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

/** Runs a branching action of the built component. */
export const runBranching = async (
  key: string,
  server: { url: string },
  inputs: Record<string, unknown>,
  context: Record<string, unknown> = {},
  // biome-ignore lint/suspicious/noExplicitAny: tests read any property of an output
): Promise<{ branch: string; data: any; crossFlowState?: Record<string, unknown> }> =>
  (await createHarness(component).action(
    key,
    { connection: connectionTo(server.url), ...inputs },
    { logger: new Logs().logger, ...context } as object,
    // biome-ignore lint/suspicious/noExplicitAny: see above
  )) as any;

/** The messages of a request. */
export const messagesOf = ({ json }: Received) => (json as { messages: unknown[] }).messages;
