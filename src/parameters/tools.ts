import type {
  ToolChoice,
  ToolResultBlockParam,
  ToolUnion,
} from "@anthropic-ai/sdk/resources/messages";
import type { McpServer } from "../claude/messages/send";
import { readToolDefinitions, toolName } from "../claude/messages/tools";
import { findRepeated } from "../client/values";
import { didYouMean, nearest } from "../wording/suggest";
import { flag, group, integer, json, line, list, parameter, type Values } from "./define";
import { asInput, InputError } from "./InputError";
import { mcpServers, mcpTokens, withTokens } from "./mcpServers";
import { optionalJson, type Reader } from "./read";
import {
  type ServerToolKey,
  serverTool,
  serverToolKeys,
  serverTools,
  type WebLimits,
} from "./serverTools";
import { toolResults } from "./toolResults";

const readDefinitions: Reader<ToolUnion[]> = (label) => (value) => {
  const definitions = optionalJson(label)(value);
  return definitions === undefined ? [] : asInput(label, () => readToolDefinitions(definitions));
};

export const tools = group(
  "Tools",
  {
    other:
      "Tools that Claude can use: tools of the flow, web search, web fetch, code execution, MCP servers.",
    createBatch:
      "Tools that Claude can use: web search, web fetch, code execution, MCP servers. toolCalls of the results lists calls of other tools.",
    runAgent:
      "Tools that Claude can use in addition to flows: web search, web fetch, code execution, MCP servers.",
  },
  {
    definitions: parameter({
      input: json(
        "Tool Definitions",
        {
          comments:
            "Tools that Claude can call, as a JSON list with name, description and input_schema. OpenAI's format also works. Claude's calls are returned in toolCalls; run them in the flow and pass the results to Tool Results in the next Chat.",
          placeholder: "Enter a JSON list of tools",
          example:
            '[{"name": "get_weather", "description": "Weather of a city", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}]',
        },
        readDefinitions,
      ),
      steps: ["chat", "countTokens", "createBatch"],
      commentsFor: {
        // A batch runs without the flow: nobody returns the results of a call.
        createBatch:
          "Tools that Claude can call, as a JSON list with name, description and input_schema. OpenAI's format also works.",
      },
    }),
    toolChoice: parameter({
      input: line("Tool Choice", {
        comments:
          "auto: Claude decides (default). any: Claude must call a tool. none: no tools. The name of a tool: Claude must call it. Some newer models only support auto and none.",
        placeholder: "Enter auto, any, none or the name of a tool",
        example: "auto",
      }),
      steps: ["chat", "countTokens", "createBatch"],
    }),
    parallel: parameter({
      input: flag("Parallel Tool Calls", {
        default: true,
        comments: "If on, Claude can call several tools in one turn. If off, one at a time.",
      }),
    }),
    toolResults: parameter({ input: toolResults, steps: ["chat", "countTokens"] }),
    ...serverTools,
    webMaxUses: parameter({
      input: integer("Web Max Uses", {
        min: 1,
        comments:
          "Maximum searches, and maximum page fetches, per response. Leave empty for no limit.",
        example: "5",
      }),
    }),
    webAllowedDomains: parameter({
      input: list("Web Allowed Domains", {
        comments: "The only domains to search and fetch. Leave empty for all.",
        placeholder: "Enter a domain without https://",
        example: "docs.example.com",
      }),
    }),
    webBlockedDomains: parameter({
      input: list("Web Blocked Domains", {
        comments: "Domains to exclude. Cannot be combined with Web Allowed Domains.",
        placeholder: "Enter a domain without https://",
        example: "example.com",
      }),
    }),
    mcpServers: parameter({ input: mcpServers }),
    mcpTokens: parameter({ input: mcpTokens }),
  },
);

/** The tools of a message. */
export interface Tools {
  /** Tools that the flow runs. */
  definitions: ToolUnion[];
  /** Tools that run on Anthropic's side. */
  serverTools: ServerToolKey[];
  web: WebLimits;
  mcpServers: McpServer[];
  /** Undefined for the API's default. */
  choice?: ToolChoice;
  results: ToolResultBlockParam[];
  warnings: string[];
  /** Values to redact everywhere. */
  secrets: string[];
}

export const noTools: Tools = {
  definitions: [],
  serverTools: [],
  web: {},
  mcpServers: [],
  results: [],
  warnings: [],
  secrets: [],
};

type ToolValues = Values<typeof tools.parameters>;

/**
 * @param hasOtherTools Whether the step adds tools of its own.
 * @throws InputError for values that contradict each other.
 */
export const readTools = (value: unknown, hasOtherTools = false): Tools => {
  const values = tools.read(value);
  const { definitions } = values;
  const enabled = serverToolKeys.filter((key) => values[key]);
  const servers = withTokens(values.mcpServers, values.mcpTokens);
  const names = [
    ...definitions.map(toolName),
    ...enabled.map((key) => serverTool(key).name),
  ].filter((name) => name !== undefined);
  const repeated = findRepeated(names);
  if (repeated !== undefined) {
    throw new InputError(
      tools.parameters.definitions.input.label,
      `has a tool named ${repeated}, which is also switched on.`,
    );
  }
  const hasTools = hasOtherTools || names.length + definitions.length + servers.length > 0;
  return {
    definitions,
    serverTools: enabled,
    web: readWebLimits(values, enabled),
    mcpServers: servers,
    choice: readChoice(values, names, hasTools),
    results: values.toolResults.map(({ block }) => block),
    warnings: values.toolResults.flatMap(({ warning }) => warning ?? []),
    secrets: values.mcpTokens.map(({ value }) => value),
  };
};

const readWebLimits = (values: ToolValues, enabled: readonly ServerToolKey[]): WebLimits => {
  const { webMaxUses, webAllowedDomains, webBlockedDomains } = values;
  const { webAllowedDomains: allowed, webBlockedDomains: blocked } = tools.parameters;
  const given = {
    webMaxUses: webMaxUses !== undefined,
    webAllowedDomains: webAllowedDomains.length > 0,
    webBlockedDomains: webBlockedDomains.length > 0,
  };
  for (const key of Object.keys(given) as (keyof typeof given)[]) {
    if (!given[key] || enabled.some((tool) => serverTool(tool).isWeb)) continue;
    throw new InputError(
      tools.parameters[key].input.label,
      "requires Web Search or Web Fetch. Turn one on, or leave it empty.",
    );
  }
  if (given.webAllowedDomains && given.webBlockedDomains) {
    throw new InputError(blocked.input.label, `cannot be combined with ${allowed.input.label}.`);
  }
  return {
    ...(webMaxUses ? { max_uses: webMaxUses } : {}),
    ...(given.webAllowedDomains ? { allowed_domains: webAllowedDomains } : {}),
    ...(given.webBlockedDomains ? { blocked_domains: webBlockedDomains } : {}),
  };
};

/** @throws InputError for a tool that does not exist. */
const readChoice = (
  { toolChoice, parallel }: ToolValues,
  names: readonly string[],
  hasTools: boolean,
): ToolChoice | undefined => {
  const { label } = tools.parameters.toolChoice.input;
  const sequential = parallel ? {} : { disable_parallel_tool_use: true };
  const choice = toolChoice?.trim();
  if (choice === undefined) {
    return parallel || !hasTools ? undefined : { type: "auto", ...sequential };
  }
  if (!hasTools) {
    throw new InputError(
      label,
      `is "${choice}", but no tools are defined. Define a tool, or leave ${label} empty.`,
    );
  }
  if (names.includes(choice)) return { type: "tool", name: choice, ...sequential };
  switch (choice.toLowerCase()) {
    case "auto":
      return { type: "auto", ...sequential };
    case "any":
    case "required":
      return { type: "any", ...sequential };
    case "none":
      return { type: "none" };
  }
  throw new InputError(
    label,
    `must be auto, any, none or the name of a tool, but was "${choice}". ${names.length > 0 ? `Available tools: ${names.join(", ")}.` : "No tool has a name."}${didYouMean(nearest(choice, ["auto", "any", "none", ...names]))}`,
  );
};
