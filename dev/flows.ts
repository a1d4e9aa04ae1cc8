import http from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

type Input = Record<string, unknown>;

/** Two flows of a shop, as an integration may have them. */
const flows: Record<string, { about: string; run(input: Input): unknown }> = {
  "Find Order": {
    about: "Looks up an order by its number.",
    run: ({ order }) => ({ order, item: "Paper clips", total: 18.5, state: "lost on the way" }),
  },
  "Refund Order": {
    about: "Pays the price of an order back.",
    run: ({ order }) => ({ order, refunded: true }),
  },
};

const schema = (about: string) => ({
  invoke: {
    title: about,
    type: "object",
    $schema: "https://json-schema.org/draft/2020-12/schema",
    properties: { order: { type: "string", description: "Number of the order" } },
    required: ["order"],
  },
});

/** Flows behind their webhooks on this machine, and what the platform's context says of them. */
export const startFlows = async () => {
  const names = Object.keys(flows);
  const server = http.createServer(async (request, response) => {
    const name = names[Number(request.url?.slice(1))] ?? "";
    const output = flows[name]?.run((await json(request)) as Input);
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(output));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    names,
    context: {
      webhookUrls: Object.fromEntries(
        names.map((name, index) => [name, `http://127.0.0.1:${port}/${index}`]),
      ),
      webhookApiKeys: {},
      executionFrame: {},
      executionId: "",
      flowSchemas: Object.fromEntries(
        Object.entries(flows).map(([name, { about }]) => [name, schema(about)]),
      ),
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
