import type { BetaMCPToolset } from "@anthropic-ai/sdk/resources/beta/messages";
import type { Tool, ToolUnion } from "@anthropic-ai/sdk/resources/messages";
import { findRepeated, isRecord } from "../../client/values";
import type { Notice } from "../notice";
import { fromOpenAiTool, isOpenAiTool } from "../openai/tool";
import { InvalidInput } from "../problem";
import { withValidNames } from "./propertyNames";
import type { AnyTool, McpServer } from "./send";

/** The beta that lets Claude use MCP servers. */
export const mcpBeta = "mcp-client-2025-11-20";

const maxNameLength = 128;

/**
 * Reads tool definitions in Anthropic's format or in OpenAI's. Tools that the API itself defines
 * (with a `type` of their own) pass unchanged.
 *
 * @throws InvalidInput that says which definition is wrong, and how.
 * @see https://platform.claude.com/docs/en/agents-and-tools/tool-use/define-tools
 */
export const readToolDefinitions = (value: unknown): ToolUnion[] => {
  const list = Array.isArray(value) ? value : [value];
  const tools = list.map((definition, index) => {
    const position = index + 1;
    if (!isRecord(definition)) throw new InvalidInput({ code: "tool_not_an_object", position });
    const tool = isOpenAiTool(definition) ? fromOpenAiTool(definition) : definition;
    if ("type" in tool && tool.type !== "custom") return tool as unknown as ToolUnion;
    const { name, input_schema: schema } = tool as { name?: unknown; input_schema?: unknown };
    if (typeof name !== "string" || !/^[\w-]+$/.test(name) || name.length > maxNameLength) {
      throw new InvalidInput({ code: "tool_name_invalid", position, maxLength: maxNameLength });
    }
    if (!isRecord(schema) || schema.type !== "object") {
      throw new InvalidInput({ code: "tool_schema_missing", name });
    }
    return tool as unknown as ToolUnion;
  });
  const repeated = findRepeated(tools.map(toolName));
  if (repeated !== undefined) throw new InvalidInput({ code: "tool_repeated", name: repeated });
  return tools;
};

const unions = ["anyOf", "oneOf", "allOf"] as const;

/**
 * A tool as the API accepts it: without alternatives at the root of its schema. Their properties are
 * those of the tool, and the alternatives are in its description, for the model to read.
 */
const withPlainRoot = (tool: AnyTool): { tool: AnyTool; notice?: Notice } => {
  const { input_schema: schema, description } = tool as Partial<Tool>;
  const names = isRecord(schema) ? unions.filter((name) => Array.isArray(schema[name])) : [];
  if (!schema || names.length === 0) return { tool };
  const rest: Record<string, unknown> = { ...schema };
  const alternatives: Record<string, unknown> = {};
  for (const name of names) {
    alternatives[name] = rest[name];
    delete rest[name];
  }
  const properties = Object.assign(
    {},
    ...Object.values(alternatives)
      .flat()
      .map((alternative) => (isRecord(alternative) ? alternative.properties : {})),
    schema.properties,
  );
  const text = `The input must also match: ${JSON.stringify(alternatives)}`;
  return {
    tool: {
      ...(tool as Tool),
      description: [description, text].filter(Boolean).join("\n\n"),
      input_schema: { ...rest, type: "object", properties },
    },
    notice: { code: "tool_schema_simplified", tool: (tool as Tool).name, names },
  };
};

/** The given name of each property that a tool has under another, by the name of the tool. */
export type ToolNames = Record<string, Record<string, string>>;

/**
 * A tool as the API accepts it: with a plain root, and properties with valid names.
 *
 * @param names Gets the names that were changed.
 */
export const asAcceptedTool = (
  given: AnyTool,
  names: ToolNames,
): { tool: AnyTool; notice?: Notice } => {
  const plain = withPlainRoot(given);
  const { name, input_schema: schema } = plain.tool as Partial<Tool>;
  if (!name || !isRecord(schema)) return plain;
  const valid = withValidNames(schema);
  if (Object.keys(valid.names).length === 0) return plain;
  names[name] = valid.names;
  return { ...plain, tool: { ...plain.tool, input_schema: valid.schema } as AnyTool };
};

/** The name that Claude calls a tool by. A toolset has none. */
export const toolName = (tool: AnyTool): string | undefined =>
  "name" in tool ? tool.name : undefined;

/** Whether a tool definition is the toolset of an MCP server, of which the API accepts one a server. */
export const isToolsetOf = (tool: AnyTool, server: string): boolean =>
  tool.type === "mcp_toolset" && tool.mcp_server_name === server;

/** All tools of an MCP server. */
export const mcpToolset = ({ name }: McpServer): BetaMCPToolset => ({
  type: "mcp_toolset",
  mcp_server_name: name,
});
