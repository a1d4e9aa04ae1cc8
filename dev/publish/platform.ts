import http from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** A GraphQL request that the CLI sends. */
export interface GraphQlRequest {
  query: string;
  variables: Record<string, unknown>;
}

/** A local server for the part of the platform that publishing needs: GraphQL and uploads. */
export interface Platform {
  url: string;
  graphQl: GraphQlRequest[];
  /** Uploaded content by upload path. */
  uploads: Record<string, { contentType: string; content: Buffer }>;
  stop(): void;
}

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
    response.end(JSON.stringify({ data: dataFor(call.query) }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const dataFor = (query: string) => {
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
    return { components: { nodes: [] } };
  };

  return { url, graphQl, uploads, stop: () => void server.close() };
};
