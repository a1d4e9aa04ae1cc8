/* Flows of the integration that Claude can call as tools. */
import { withValidNames } from "../claude/messages/propertyNames";
import type { AnyTool } from "../claude/messages/send";
import { findRepeated } from "../client/values";
import { didYouMean, nearest } from "../wording/suggest";
import { custom, list, rowList, text } from "./define";
import { InputError } from "./InputError";
import { optionalText } from "./read";
import { serverTools } from "./serverTools";

const description = text("Description", {
  comments:
    "Tells Claude the purpose of the flow and when to call it. Leave empty to use the description in the flow's schema.",
  placeholder: "Enter a description",
  example: "Looks up an order by its number. Call it before making any statement about an order.",
});

export const flows = rowList("Flows", "The flows that Claude can call, one per row.", {
  flow: {
    ...custom("Flow", "flow", optionalText, {
      comments: "A flow in this integration that returns a synchronous response.",
    }),
    required: true,
  },
  description,
});

export const approvals = list("Approvals", {
  comments:
    "Flows that need human approval: their names, or all. When Claude calls one, the step ends on the Waiting branch; continue with Resume Agent. Leave empty for none.",
  placeholder: "Enter the name of a flow",
  example: "Refund Order",
});

export const approvalFlow = custom("Approval Flow", "flow", optionalText, {
  comments:
    "A flow that starts with Approval Decision. When a call waits, approval contains links to approve and to deny it.",
});

/** The part of an action's context that is about flows. */
export interface FlowContext {
  webhookUrls?: Record<string, string>;
  webhookApiKeys?: Record<string, string[]>;
  executionFrame?: { invokedByExecutionJWT?: string };
  instance?: { id?: string };
  flowSchemas?: Record<
    string,
    {
      invoke?: {
        $schema?: string;
        title?: string;
        description?: string;
        $comment?: string;
        properties?: object;
      };
    }
  >;
  invokeFlow(
    flow: string,
    data?: Record<string, unknown>,
    config?: { headers: Record<string, string>; timeout: number },
  ): Promise<{ data: unknown; headers?: object }>;
}

/** A flow that Claude can call. Only data: it is stored in the state of a run. */
export interface FlowTool {
  /** The name of the flow. */
  flow: string;
  /** The definition for Claude. */
  definition: { name: string; description: string; input_schema: Record<string, unknown> };
  /** The flow's own name of each property that the definition has under another. */
  names?: Record<string, string>;
  needsApproval: boolean;
}

/**
 * The flows of the input as tools.
 *
 * @param approvals Names of flows, or `all`.
 * @throws InputError for a flow that does not exist, occurs twice, or has no description.
 */
export const readFlows = (
  value: unknown,
  approvals: readonly string[],
  { webhookUrls, flowSchemas }: FlowContext,
): FlowTool[] => {
  const label = flows.input.label as string;
  const available = Object.keys(webhookUrls ?? {});
  const taken = new Set(Object.values(serverTools).map(({ name }) => name as string));
  const rows = flows.read(value).flatMap(({ flow, description: given }, index) => {
    if (flow !== undefined) return [{ flow, given }];
    if (given === undefined) return [];
    throw new InputError(label, `has no Flow in row ${index + 1}.`);
  });
  const tools = rows.map(({ flow, given }): Omit<FlowTool, "needsApproval"> => {
    if (!Object.hasOwn(webhookUrls ?? {}, flow))
      throw noSuchFlow(label, "contains", flow, available);
    const {
      $schema,
      title,
      description: described,
      $comment,
      ...schema
    } = flowSchemas?.[flow]?.invoke ?? {};
    const about = given || described || $comment || title;
    if (!about) {
      throw new InputError(
        description.label,
        `is required for ${flow}, because the schema of the flow has no description.`,
      );
    }
    const properties = schema.properties ?? {};
    const invalid = Object.entries(properties).find(
      ([, property]) => typeof property !== "object" || property === null,
    );
    if (invalid) {
      throw new InputError(
        label,
        `contains "${flow}", whose schema is not valid for its field ${invalid[0]}.`,
      );
    }
    const valid = withValidNames({ ...schema, type: "object", properties });
    return {
      flow,
      definition: {
        name: uniqueToolName(flow, taken),
        description: about,
        input_schema: valid.schema,
      },
      ...(Object.keys(valid.names).length > 0 ? { names: valid.names } : {}),
    };
  });
  const repeated = findRepeated(tools.map(({ flow }) => flow));
  if (repeated !== undefined) throw new InputError(label, `contains ${repeated} twice.`);
  const needsApproval = readApprovals(approvals, tools);
  return tools.map((tool) => ({ ...tool, needsApproval: needsApproval(tool) }));
};

/** @throws InputError for a flow that does not exist. */
export const checkApprovalFlow = (flow: string | undefined, { webhookUrls }: FlowContext): void => {
  const available = Object.keys(webhookUrls ?? {});
  if (flow !== undefined && !available.includes(flow)) {
    throw noSuchFlow(approvalFlow.label, "is", flow, available);
  }
};

const noSuchFlow = (label: string, verb: string, flow: string, available: readonly string[]) =>
  new InputError(
    label,
    `${verb} "${flow}", but this integration has no such flow. Available flows: ${available.join(", ") || "none"}.${didYouMean(nearest(flow, available))}`,
  );

/** A tool name that the API accepts, made of the name of a flow. */
const uniqueToolName = (flow: string, taken: Set<string>): string => {
  const valid =
    flow
      .replace(/[^a-zA-Z0-9_-]+/g, "_")
      .replace(/^_+|_+$/g, "")
      .slice(0, 60) || "flow";
  let name = valid;
  for (let count = 2; taken.has(name); count++) name = `${valid}_${count}`;
  taken.add(name);
  return name;
};

type NamedTool = Pick<FlowTool, "flow" | "definition">;

/** Which tools need an approval. */
const readApprovals = (
  given: readonly string[],
  tools: readonly NamedTool[],
): ((tool: NamedTool) => boolean) => {
  const names = new Set(tools.flatMap(({ flow, definition }) => [flow, definition.name]));
  const texts = given
    // The name of a flow may contain a comma.
    .flatMap((text) => (names.has(text.trim()) ? text : text.split(",")))
    .map((text) => text.trim())
    .filter(Boolean);
  const wanted = new Set(texts);
  const hasWord = (word: string) => texts.some((name) => name.toLowerCase() === word);
  if (wanted.size === 0 || (hasWord("none") && wanted.size === 1)) return () => false;
  if (hasWord("all")) return () => true;
  const unknown = texts.find((name) => !names.has(name));
  if (unknown !== undefined) {
    const available = tools.map(({ flow }) => flow);
    throw new InputError(
      approvals.label,
      `contains "${unknown}", which is not in ${flows.input.label as string}.${didYouMean(nearest(unknown, available))}`,
    );
  }
  return ({ flow, definition }) => wanted.has(flow) || wanted.has(definition.name);
};

/** The definitions of flows for Claude's API. */
export const flowDefinitions = (tools: readonly FlowTool[]): AnyTool[] =>
  tools.map(({ definition }) => definition as unknown as AnyTool);
