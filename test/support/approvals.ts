/* A stand-in for the platform: an integration with an agent, and the webhook of its approvals. */
import { createHarness, defaultTriggerPayload } from "@prismatic-io/spectral/dist/testing";
import { playing, runBranching, startFlows, type Turn } from "./agent";
import { component, Logs } from "./component";
import { type Received, type Reply, startServer } from "./server";

const harness = createHarness(component);

/** A parameter of a link, changed. */
export const changed = (link: string, name: string, value: string): string => {
  const url = new URL(link);
  url.searchParams.set(name, value);
  return String(url);
};

/** Sends the form of a page. */
export const post = (link: string, fields: Record<string, string>): Promise<Response> =>
  fetch(link, { method: "POST", body: new URLSearchParams(fields) });

/** The state that the flows of an instance share, stored as JSON at the end of an execution. */
class SharedState {
  json = "{}";

  read(): Record<string, unknown> {
    return JSON.parse(this.json);
  }

  /** Null deletes an entry. */
  store(changes: Record<string, unknown> = {}): void {
    const entries = Object.entries({ ...this.read(), ...changes });
    this.json = JSON.stringify(Object.fromEntries(entries.filter(([, value]) => value !== null)));
  }
}

/**
 * An integration whose agent can call Refund Order with approval. The flow Approval starts with Approval
 * Decision and resumes the agent.
 */
export const startIntegration = async (...turns: (Turn | Reply)[]) => {
  const api = await playing(...turns);
  const shop = await startFlows({ "Refund Order": ({ order }) => ({ order, refunded: true }) });
  const shared = new SharedState();
  const logs = new Logs();
  /** What each request to the webhook led to, in order. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read any property
  const executions: { trigger: any; resumed?: any }[] = [];

  const receive = async ({ query, headers, body }: Received) => {
    const contentType = headers["content-type"];
    const payload = {
      ...defaultTriggerPayload(),
      queryParameters: Object.fromEntries(new URLSearchParams(query)),
      headers: headers as Record<string, string>,
      rawBody: { data: body, contentType },
      body: { data: body, contentType },
      invokeUrl: `${webhook.url}/approval?${query}`,
    };
    const context = { logger: logs.logger, crossFlowState: shared.read() };
    // biome-ignore lint/suspicious/noExplicitAny: tests read any property
    const trigger: any = await harness.trigger(
      "approvalDecision",
      payload,
      {},
      context as unknown as object,
    );
    const execution: (typeof executions)[number] = { trigger };
    executions.push(execution);
    return execution;
  };

  /** The steps on the branch Decided. The platform stores the shared state after the last of them. */
  const finish = async (execution: (typeof executions)[number]) => {
    const { trigger } = execution;
    if (trigger.branch === "Decided") {
      const { state, decisions } = trigger.payload.body.data;
      execution.resumed = await runBranching(
        "resumeAgent",
        api,
        { state, decisions },
        { ...context(), crossFlowState: { ...shared.read(), ...trigger.crossFlowState } },
      );
    }
    shared.store({ ...trigger.crossFlowState, ...execution.resumed?.crossFlowState });
  };

  const webhook = await startServer(async (request, response) => {
    const execution = await receive(request);
    const { statusCode, contentType, headers, body } = execution.trigger.response;
    await finish(execution);
    response.writeHead(statusCode, { "content-type": contentType, ...headers });
    response.end(body);
  });
  const context = () => ({
    ...shop.context,
    logger: logs.logger,
    webhookUrls: { ...shop.context.webhookUrls, Approval: `${webhook.url}/approval` },
  });

  return {
    api,
    /** The calls of Refund Order. */
    calls: shop.calls,
    shared,
    logs,
    executions,
    /** Runs the agent. */
    begin: async (inputs: object = {}) => {
      const result = await runBranching(
        "runAgent",
        api,
        {
          task: "Refund A-1.",
          flows: shop.rows,
          approvals: ["Refund Order"],
          approvalFlow: "Approval",
          ...inputs,
        },
        { ...context(), crossFlowState: shared.read() },
      );
      shared.store(result.crossFlowState);
      return result;
    },
  };
};
