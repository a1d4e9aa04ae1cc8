import http from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { actionNodes, componentNode, type Submitted } from "./published";

/** A GraphQL request that the CLI sends. */
export interface GraphQlRequest {
  query: string;
  variables?: Record<string, unknown>;
}

/** A local server for the part of the platform that publishing and manifests need: GraphQL and uploads. */
export interface Platform {
  url: string;
  graphQl: GraphQlRequest[];
  /** Uploaded content by upload path. */
  uploads: Record<string, { contentType: string; content: Buffer }>;
  stop(): void;
}

const pageSize = 20;

const pageOf = (nodes: object[], after: unknown) => {
  const end = Number(after ?? 0) + pageSize;
  return {
    nodes: nodes.slice(end - pageSize, end),
    pageInfo: { hasNextPage: end < nodes.length, endCursor: String(end) },
  };
};

export const startPlatform = async (): Promise<Platform> => {
  const graphQl: GraphQlRequest[] = [];
  const uploads: Platform["uploads"] = {};
  const server = http.createServer(async (request, response) => {
    const content = await buffer(request);
    if (request.method === "PUT") {
      const name = request.url?.slice(1) ?? "";
      uploads[name] = { contentType: request.headers["content-type"] ?? "", content };
      response.end();
      return;
    }
    const call = JSON.parse(content.toString()) as GraphQlRequest;
    graphQl.push(call);
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ data: dataFor(call) }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  let published: Submitted | undefined;

  const dataFor = ({ query, variables }: GraphQlRequest) => {
    if (query.includes("authenticatedUser")) {
      return {
        authenticatedUser: {
          name: "Developer",
          email: "developer@example.com",
          tenantId: "tenant",
          org: { id: "org", name: "Org" },
          customer: null,
        },
      };
    }
    if (query.includes("publishComponent")) {
      published = variables as unknown as Submitted;
      return {
        publishComponent: {
          publishResult: {
            component: { id: "component", versionNumber: 1 },
            iconUploadUrl: `${url}/icon`,
            packageUploadUrl: `${url}/package`,
            sourceUploadUrl: `${url}/source`,
            connectionIconUploadUrls: [],
            connectionAvatarIconUploadUrls: [],
          },
          errors: [],
        },
      };
    }
    // The component is private, as each one that an organization publishes.
    const isFound = variables?.componentKey === published?.definition.key && !variables?.public;
    if (published && query.includes("componentQuery(") && isFound)
      return { components: { nodes: [componentNode(published)] } };
    if (published && query.includes("componentActionQuery("))
      return { actions: pageOf(actionNodes(published), variables?.after) };
    if (query.includes("scopedConfigVariables")) return { scopedConfigVariables: { nodes: [] } };
    return { components: { nodes: [] } };
  };

  return { url, graphQl, uploads, stop: () => void server.close() };
};
