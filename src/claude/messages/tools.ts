import type {
  BetaMCPToolset,
  BetaRequestMCPServerURLDefinition,
} from "@anthropic-ai/sdk/resources/beta/messages";
import type { ToolUnion } from "@anthropic-ai/sdk/resources/messages";
import type { ModelInfo } from "@anthropic-ai/sdk/resources/models";
import { isRecord } from "../../client/values";
import { InvalidInput } from "../InvalidInput";
import { fromOpenAiTool, isOpenAiTool } from "../openai/tool";

/** A tool of the Messages API, or all tools of an MCP server. */
export type AnyTool = ToolUnion | BetaMCPToolset;

export type McpServer = BetaRequestMCPServerURLDefinition;

/** What the API needs to hear to let Claude use MCP servers. */
export const mcpBeta = "mcp-client-2025-11-20";

const longestName = 128;

/**
 * Reads tool definitions in Anthropic's form or in OpenAI's. Tools that the API itself defines (with
 * a `type` of their own) pass as they are.
 *
 * @throws InvalidInput that says which definition is wrong, and how.
 * @see https://platform.claude.com/docs/en/agents-and-tools/tool-use/define-tools
 */
export const readToolDefinitions = (value: unknown): ToolUnion[] => {
  const list = Array.isArray(value) ? value : [value];
  const tools = list.map((definition, index) => {
    const which = `tool ${index + 1}`;
    if (!isRecord(definition)) throw new InvalidInput(`takes a list of tools; ${which} is none.`);
    const tool = isOpenAiTool(definition) ? fromOpenAiTool(definition) : definition;
    if ("type" in tool && tool.type !== "custom") return tool as unknown as ToolUnion;
    const { name, input_schema: schema } = tool as { name?: unknown; input_schema?: unknown };
    if (typeof name !== "string" || !/^[\w-]+$/.test(name) || name.length > longestName) {
      throw new InvalidInput(
        `has a name that is none in ${which}: it takes letters, digits, _ and -, up to ${longestName} of them.`,
      );
    }
    if (!isRecord(schema) || schema.type !== "object") {
      throw new InvalidInput(
        `needs an input_schema with "type": "object" in the tool ${name}: it says what the tool takes.`,
      );
    }
    return tool as unknown as ToolUnion;
  });
  const names = tools.map(toolName);
  const twice = names.find((name, index) => name !== undefined && names.indexOf(name) !== index);
  if (twice !== undefined) throw new InvalidInput(`holds two tools with the name ${twice}.`);
  return tools;
};

/** The name that Claude calls a tool by. A set of tools has none. */
export const toolName = (tool: AnyTool): string | undefined =>
  "name" in tool ? tool.name : undefined;

/** Tools that run on Anthropic's side, as a person switches them on. */
export interface ServerTools {
  webSearch: boolean;
  webFetch: boolean;
  codeExecution: boolean;
  /** Most searches, and most pages fetched, in one answer. */
  maxUses?: number;
  allowedDomains: string[];
  blockedDomains: string[];
}

/**
 * The server tools in the newest version that the model takes. Where nothing is known of the model,
 * in the version that the most models and hosts take.
 *
 * @param page The model's page, null where it is not known.
 * @param cite Whether pages that are read are to be cited. The API refuses that beside a JSON Schema.
 * @throws InvalidInput that names the switch, for a tool that the model does not have.
 * @see https://platform.claude.com/docs/en/agents-and-tools/tool-use/tool-reference
 */
export const serverTools = (
  { webSearch, webFetch, codeExecution, maxUses, allowedDomains, blockedDomains }: ServerTools,
  { model, page, cite }: { model: string; page: ModelInfo | null; cite: boolean },
): ToolUnion[] => {
  const can = page?.capabilities;
  for (const [wanted, what, capability] of [
    [webSearch, "Web Search", can?.server_tools?.web_search],
    [codeExecution, "Code Execution", can?.server_tools?.code_execution],
  ] as const) {
    if (wanted && capability?.supported === false) {
      throw new InvalidInput(`has ${what} on, which ${model} does not have. Choose another model.`);
    }
  }
  // Models whose code may call tools sift what they find in the newer versions.
  const newest = can?.code_execution?.supported ?? false;
  const web = {
    ...(maxUses ? { max_uses: maxUses } : {}),
    ...(allowedDomains.length > 0 ? { allowed_domains: allowedDomains } : {}),
    ...(blockedDomains.length > 0 ? { blocked_domains: blockedDomains } : {}),
  };
  const tools: ToolUnion[] = [];
  if (webSearch) {
    const type = newest ? "web_search_20260318" : "web_search_20250305";
    tools.push({ type, name: "web_search", ...web });
  }
  if (webFetch) {
    const type = newest ? "web_fetch_20260318" : "web_fetch_20250910";
    tools.push({
      type,
      name: "web_fetch",
      ...(cite ? { citations: { enabled: true } } : {}),
      ...web,
    });
  }
  if (codeExecution) {
    const type = newest ? "code_execution_20260521" : "code_execution_20250825";
    tools.push({ type, name: "code_execution" });
  }
  return tools;
};

/** The set of all tools of an MCP server. */
export const mcpToolset = ({ name }: McpServer): BetaMCPToolset => ({
  type: "mcp_toolset",
  mcp_server_name: name,
});
