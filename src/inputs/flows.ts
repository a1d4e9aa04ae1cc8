/* Flows of the integration as tools that Claude calls. */
import { input, structuredObjectInput } from "@prismatic-io/spectral";
import type { AgentTool } from "../claude/agent/agent";
import { isTextual } from "../claude/messages/attachment";
import { faultFinder } from "../claude/messages/structured";
import type { AnyTool } from "../claude/messages/tools";
import { unreached } from "../client/attempt";
import { cut, redact, redactAll } from "../client/redact";
import { InputError } from "./InputError";
import { group, isBlank, optionalText, texts } from "./read";

const label = "Flows";

const columns = {
  flow: input({
    label: "Flow",
    type: "flow",
    required: true,
    comments: "A flow of this integration that answers at once.",
    clean: optionalText("Flow"),
  }),
  description: input({
    label: "Description",
    type: "text",
    required: false,
    comments:
      "What the flow does and when to call it, for Claude to read. Empty: what the flow's schema says.",
    placeholder: "Enter a description",
    example: "Looks up an order by its number. Call it before anything is said of an order.",
    clean: optionalText("Description"),
  }),
};

export const flows = structuredObjectInput({
  label,
  collection: "valuelist",
  comments: "The flows that Claude may call, a row for each.",
  inputs: columns,
});

export const approvals = input({
  label: "Approvals",
  type: "string",
  collection: "valuelist",
  required: false,
  comments:
    "The flows that a person approves before they run: their names, or all. Empty: none. The step then ends on the branch Waiting, and Resume Agent goes on.",
  placeholder: "Enter the name of a flow",
  example: "Refund Order",
  clean: texts("Approvals"),
});

/** What an action's context knows of flows. */
export interface FlowContext {
  webhookUrls?: Record<string, string>;
  webhookApiKeys?: Record<string, string[]>;
  executionFrame?: { invokedByExecutionJWT?: string };
  instance?: { id?: string };
  flowSchemas?: Record<
    string,
    { invoke?: { $schema?: string; title?: string; $comment?: string; properties?: object } }
  >;
  invokeFlow(
    flow: string,
    data?: Record<string, unknown>,
    config?: { headers: Record<string, string>; timeout: number },
  ): Promise<{ data: unknown; headers?: object }>;
}

/** A flow that Claude may call. Data alone: it is kept in the state of a run. */
export interface FlowTool {
  /** The name of the flow. */
  flow: string;
  /** What Claude gets to know of it. */
  definition: { name: string; description: string; input_schema: Record<string, unknown> };
  needsApproval: boolean;
}

const readRow = group({ label, inputs: columns });

/**
 * The flows of the input as tools.
 *
 * @param approvals Names of flows, or `all`.
 * @throws InputError for a flow that is not there, is named twice, or of which nothing is known.
 */
export const readFlows = (
  value: unknown,
  approvals: readonly string[],
  { webhookUrls, flowSchemas }: FlowContext,
): FlowTool[] => {
  if (isBlank(value)) return [];
  if (!Array.isArray(value)) throw new InputError(label, "takes a list of flows.");
  const taken = new Set(["web_search", "web_fetch", "code_execution"]);
  const tools = value.map(readRow).flatMap(({ flow, description }, index): FlowTool[] => {
    if (flow === undefined) {
      if (description === undefined) return [];
      throw new InputError(label, `has no Flow in row ${index + 1}.`);
    }
    const known = Object.keys(webhookUrls ?? {});
    if (!known.includes(flow)) {
      throw new InputError(
        label,
        `names ${flow}, which is no flow of this integration. There is ${known.join(", ") || "none"}.`,
      );
    }
    const schema = flowSchemas?.[flow]?.invoke;
    const { $schema, title, $comment, ...shape } = schema ?? {};
    const about = description || $comment || title;
    if (!about) {
      throw new InputError(
        "Description",
        `is required for ${flow}: the flow has no schema that says what it does.`,
      );
    }
    const definition = {
      name: toolName(flow, taken),
      description: about,
      input_schema: { ...shape, type: "object", properties: shape.properties ?? {} },
    };
    const odd = Object.entries(definition.input_schema.properties).find(
      ([, property]) => typeof property !== "object" || property === null,
    );
    if (odd) {
      throw new InputError(
        label,
        `names ${flow}, whose schema says nothing of its field ${odd[0]}.`,
      );
    }
    return [{ flow, definition, needsApproval: false }];
  });
  const names = tools.map(({ flow }) => flow);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new InputError(label, `holds the flow ${twice} twice.`);
  return withApprovals(tools, approvals);
};

/** A name that the API takes, made of a flow's. */
const toolName = (flow: string, taken: Set<string>): string => {
  const legal =
    flow
      .replace(/[^a-zA-Z0-9_-]+/g, "_")
      .replace(/^_+|_+$/g, "")
      .slice(0, 60) || "flow";
  let name = legal;
  for (let count = 2; taken.has(name); count++) name = `${legal}_${count}`;
  taken.add(name);
  return name;
};

const withApprovals = (tools: FlowTool[], approvals: readonly string[]): FlowTool[] => {
  const names = tools.flatMap(({ flow, definition }) => [flow, definition.name]);
  const wanted = approvals
    // A flow's name may hold a comma itself.
    .flatMap((text) => (names.includes(text.trim()) ? text : text.split(",")))
    .map((text) => text.trim())
    .filter(Boolean);
  const isWord = (word: string) => wanted.some((name) => name.toLowerCase() === word);
  if (wanted.length === 0 || (isWord("none") && wanted.length === 1)) return tools;
  if (isWord("all")) return tools.map((tool) => ({ ...tool, needsApproval: true }));
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new InputError("Approvals", `names ${unknown}, which is none of Flows.`);
  }
  return tools.map((tool) => ({
    ...tool,
    needsApproval: wanted.some((name) => [tool.flow, tool.definition.name].includes(name)),
  }));
};

/** How Claude's API gets to know of the flows. */
export const flowDefinitions = (tools: readonly FlowTool[]): AnyTool[] =>
  tools.map(({ definition }) => definition as unknown as AnyTool);

/** The flows as tools of an agent: calls go to the flow, what it answers goes to Claude. */
export const agentFlows = (tools: readonly FlowTool[], context: FlowContext): AgentTool[] => {
  const secrets = secretsOf(context);
  return tools.map(({ flow, definition, needsApproval }) => {
    const find = faultFinder(definition.input_schema);
    return {
      name: definition.name,
      needsApproval,
      fault: (input) => {
        const fault = find(input);
        return fault && `The input does not match the schema of ${definition.name}: ${fault}`;
      },
      run: async (input, timeoutMs) => {
        try {
          const config = { headers: atOnce, timeout: Math.max(1, timeoutMs) };
          const answer = await context.invokeFlow(flow, input as Record<string, unknown>, config);
          return redactAll(readable(answer), secrets);
        } catch (error) {
          // Built afresh: axios keeps the request's headers on its errors.
          throw new Error(redact(whyFailed(flow, error as FlowFailure), secrets));
        }
      },
    };
  });
};

/** The platform answers a call with the flow's result only where that is asked for. */
const atOnce = { "prismatic-synchronous": "true" };

/** What lets anybody call the flows. A flow may return what it got. */
const secretsOf = ({ webhookApiKeys = {}, executionFrame }: FlowContext): string[] =>
  [...Object.values(webhookApiKeys).flat(), executionFrame?.invokedByExecutionJWT].filter(
    (secret) => typeof secret === "string" && secret.length >= 8,
  ) as string[];

/** What a flow returns, with a note in the place of files: Claude reads none from here. */
const readable = ({ data, headers }: FlowAnswer): unknown => {
  const { "content-type": type = "text/plain" } = { ...headers } as Record<string, string>;
  if (typeof data === "string" && !isTextual(type)) return `[a file of the type ${type}]`;
  if (typeof data !== "object" || data === null) return data;
  return JSON.parse(JSON.stringify(data), (_, part) =>
    part?.type === "Buffer" && Array.isArray(part.data)
      ? `[a file of ${part.data.length} bytes]`
      : part,
  );
};

interface FlowAnswer {
  data: unknown;
  headers?: object;
}

interface FlowFailure {
  name: string;
  code?: string;
  response?: { status: number; data: unknown };
}

/** The flow, or what stands before it, may answer this when the flow is at work. */
const maybeDone = [408, 502, 504];

/** Claude is told whether the flow may have done its work: it may call again. */
const whyFailed = (flow: string, { name, code = name, response }: FlowFailure): string => {
  const perhaps = "What it does may be done all the same.";
  if (response && response.status >= 400) {
    const { status, data } = response;
    const said = typeof data === "string" ? data : JSON.stringify(data);
    return [
      `The flow ${flow} failed with ${status}${said ? `: ${cut(said)}` : "."}`,
      maybeDone.includes(status) && perhaps,
    ]
      .filter(Boolean)
      .join(" ");
  }
  if (unreached.has(code) || code === "ERR_INVALID_URL") {
    return `The flow ${flow} could not be called: ${code}.`;
  }
  if (code === "ECONNABORTED" || code === "ETIMEDOUT") {
    return `The flow ${flow} did not answer in time. ${perhaps}`;
  }
  return `The flow ${flow} gave no whole answer: ${code}. ${perhaps}`;
};
