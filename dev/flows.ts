import http from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

type Input = Record<string, unknown>;

/** Two flows that an integration of a shop could have. */
const flows: Record<string, { description: string; run(input: Input): unknown }> = {
  "Find Order": {
    description: "Looks up an order by its number.",
    run: ({ order }) => ({ order, item: "Paper clips", total: 18.5, state: "lost on the way" }),
  },
  "Refund Order": {
    description: "Refunds an order.",
    run: ({ order }) => ({ order, refunded: true }),
  },
};

export const flowNames = Object.keys(flows);

const schema = (description: string) => ({
  invoke: {
    title: description,
    type: "object",
    $schema: "https://json-schema.org/draft/2020-12/schema",
    properties: { order: { type: "string", description: "The order number" } },
    required: ["order"],
  },
});

/** Serves the flows as webhooks on this machine, and returns the context in which the platform lists them. */
export const startFlows = async () => {
  const server = http.createServer(async (request, response) => {
    const name = flowNames[Number(request.url?.slice(1))] ?? "";
    const output = flows[name]?.run((await json(request)) as Input);
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(output));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    context: {
      webhookUrls: Object.fromEntries(
        flowNames.map((name, index) => [name, `http://127.0.0.1:${port}/${index}`]),
      ),
      webhookApiKeys: {},
      executionFrame: {},
      executionId: "",
      flowSchemas: Object.fromEntries(
        Object.entries(flows).map(([name, { description }]) => [name, schema(description)]),
      ),
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
