import type { ToolChoice } from "@anthropic-ai/sdk/resources/messages";
import { input, structuredObjectInput } from "@prismatic-io/spectral";
import { type McpServer, readToolDefinitions, toolName } from "../claude/messages/tools";
import { asInput, InputError } from "./InputError";
import {
  flag,
  group,
  keyValues,
  optionalInteger,
  optionalJson,
  optionalText,
  requiredText,
  texts,
} from "./read";
import { toolResults } from "./toolResults";

const web = "Web Search or Web Fetch";

const readUrl = (label: string) => (value: unknown) => {
  const url = requiredText(label, "Enter the address of the server.")(value).trim();
  if (!/^https:\/\//i.test(url) || !URL.canParse(url)) {
    throw new InputError(label, "takes an address that begins with https://.");
  }
  return url;
};

/** A token as RFC 6750 has it. Another would not be found again where it must not be seen. */
const readToken = (label: string) => (value: unknown) => {
  const token = requiredText(label, "Reference the token.")(value).trim();
  if (!/^[\w.~+/-]+=*$/.test(token)) {
    throw new InputError(label, "holds a character that no token has. Copy the token again.");
  }
  return token;
};

export const mcpTokens = input({
  label: "MCP Server Tokens",
  type: "password",
  collection: "keyvaluelist",
  required: false,
  comments:
    "Tokens for MCP servers that ask for one. Key: the name of the server as in MCP Servers. Value: its OAuth token.",
  placeholder: "Reference a token",
  example: "the token of the server",
  clean: keyValues("MCP Server Tokens", readToken),
});

const fields = {
  definitions: input({
    label: "Tool Definitions",
    type: "code",
    language: "json",
    required: false,
    comments:
      "Tools that Claude may ask for, as a JSON list with name, description and input_schema. OpenAI's form is understood too. What Claude asks for comes in toolCalls; the flow does it and answers in Tool Results.",
    placeholder: "Enter a JSON list of tools",
    example:
      '[{"name": "get_weather", "description": "Weather of a city", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}]',
    clean: (value) => {
      const definitions = optionalJson("Tool Definitions")(value);
      return definitions === undefined
        ? []
        : asInput("Tool Definitions", () => readToolDefinitions(definitions));
    },
  }),
  toolChoice: input({
    label: "Tool Choice",
    type: "string",
    required: false,
    comments:
      "auto: Claude decides (default). any: some tool must be used. none: no tool. The name of a tool: that one. Several newer models take only auto and none.",
    placeholder: "Enter auto, any, none or the name of a tool",
    example: "auto",
    clean: optionalText("Tool Choice"),
  }),
  parallel: input({
    label: "Parallel Tool Calls",
    type: "boolean",
    required: false,
    default: "true",
    comments: "On: Claude may ask for several tools at once. Off: one at a time.",
    clean: (value) => flag("Parallel Tool Calls")(value ?? true),
  }),
  toolResults,
  webSearch: input({
    label: "Web Search",
    type: "boolean",
    required: false,
    default: "false",
    comments: "On: Claude searches the web where that helps. What it cites comes in sources.",
    clean: flag("Web Search"),
  }),
  webFetch: input({
    label: "Web Fetch",
    type: "boolean",
    required: false,
    default: "false",
    comments: "On: Claude reads web pages and PDFs whose address is in the messages.",
    clean: flag("Web Fetch"),
  }),
  webMaxUses: input({
    label: "Web Max Uses",
    type: "string",
    required: false,
    comments: "Most searches, and most pages read, for one answer. Empty: no limit.",
    placeholder: "Enter a whole number",
    example: "5",
    clean: optionalInteger("Web Max Uses", { min: 1 }),
  }),
  webAllowedDomains: input({
    label: "Web Allowed Domains",
    type: "string",
    collection: "valuelist",
    required: false,
    comments: "The only domains to search and read. Empty: all.",
    placeholder: "Enter a domain without https://",
    example: "docs.example.com",
    clean: texts("Web Allowed Domains"),
  }),
  webBlockedDomains: input({
    label: "Web Blocked Domains",
    type: "string",
    collection: "valuelist",
    required: false,
    comments: "Domains not to search or read. Goes only without Web Allowed Domains.",
    placeholder: "Enter a domain without https://",
    example: "example.com",
    clean: texts("Web Blocked Domains"),
  }),
  codeExecution: input({
    label: "Code Execution",
    type: "boolean",
    required: false,
    default: "false",
    comments:
      "On: Claude writes and runs code in a sandbox of Anthropic's, to calculate and to make files. Files come in files, by their id.",
    clean: flag("Code Execution"),
  }),
  mcpServers: input({
    label: "MCP Servers",
    type: "string",
    collection: "keyvaluelist",
    required: false,
    comments:
      "Remote MCP servers whose tools Claude may use. Key: a name for the server. Value: its address, which begins with https://.",
    placeholder: "Enter the address of the server",
    example: "https://mcp.example.com/mcp",
    clean: keyValues("MCP Servers", readUrl),
  }),
  mcpTokens,
};

export const tools = structuredObjectInput({
  label: "Tools",
  comments: "What Claude may do besides writing: call tools, search the web, run code.",
  inputs: fields,
});

const { toolResults: _, ...withoutResults } = fields;

const fieldsOfBatches = {
  ...withoutResults,
  definitions: {
    ...fields.definitions,
    comments:
      "Tools that Claude may ask for, as a JSON list with name, description and input_schema. OpenAI's form is understood too.",
  },
};

/** A batch runs without the flow: what Claude asks for is in the results, and nothing is answered. */
export const batchTools = structuredObjectInput({
  label: "Tools",
  comments:
    "What Claude may do besides writing: search the web, run code, ask for a tool. What it asks for is in toolCalls of the results.",
  inputs: fieldsOfBatches,
});

const { definitions: _d, toolChoice: _c, toolResults: _r, ...fieldsOfAgents } = fields;

/** What Claude may do besides calling flows. */
export const agentTools = structuredObjectInput({
  label: "Tools",
  comments: "What Claude may do besides calling flows: search the web, run code, use MCP servers.",
  inputs: fieldsOfAgents,
});

export type Tools = ReturnType<typeof toolsOf>;

const readFields = group({ label: "Tools", inputs: fields });

/**
 * @param hasOthers Whether there are tools besides these.
 * @throws InputError for fields that contradict each other.
 */
export const readTools = (value: unknown, hasOthers = false): Tools =>
  toolsOf(readFields(value), hasOthers);

const toolsOf = (read: ReturnType<typeof readFields>, hasOthers: boolean) => {
  const { webSearch, webFetch, codeExecution, definitions = [], toolResults = [] } = read;
  const { webMaxUses, webAllowedDomains, webBlockedDomains } = read;
  for (const [label, given] of [
    ["Web Max Uses", webMaxUses !== undefined],
    ["Web Allowed Domains", webAllowedDomains.length > 0],
    ["Web Blocked Domains", webBlockedDomains.length > 0],
  ] as const) {
    if (given && !webSearch && !webFetch) {
      throw new InputError(label, `goes only with ${web}. Turn one on, or remove it.`);
    }
  }
  if (webAllowedDomains.length > 0 && webBlockedDomains.length > 0) {
    throw new InputError("Web Blocked Domains", "goes only without Web Allowed Domains.");
  }
  const servers = mcpServers(read);
  const names = [
    ...definitions.map(toolName),
    webSearch && "web_search",
    webFetch && "web_fetch",
    codeExecution && "code_execution",
  ].filter((name) => typeof name === "string");
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new InputError(
      "Tool Definitions",
      `holds a tool with the name ${twice}, which is switched on too.`,
    );
  }
  return {
    definitions,
    results: toolResults.map(({ block }) => block),
    warnings: toolResults.flatMap(({ warning }) => warning ?? []),
    server: {
      webSearch,
      webFetch,
      codeExecution,
      maxUses: webMaxUses,
      allowedDomains: webAllowedDomains,
      blockedDomains: webBlockedDomains,
    },
    mcpServers: servers,
    choice: toolChoice(
      read,
      names,
      hasOthers || definitions.length + names.length + servers.length > 0,
    ),
    /** Not to be seen in any log or output. */
    secrets: read.mcpTokens.map(({ value }) => value),
  };
};

const mcpServers = ({
  mcpServers,
  mcpTokens,
}: Record<"mcpServers" | "mcpTokens", { key: string; value: string }[]>): McpServer[] => {
  const tokens = new Map(mcpTokens.map(({ key, value }) => [key.trim(), value]));
  const servers = mcpServers.map(({ key, value }): McpServer => {
    const name = key.trim();
    const token = tokens.get(name);
    return { type: "url", name, url: value, ...(token ? { authorization_token: token } : {}) };
  });
  const names = servers.map(({ name }) => name);
  for (const [label, keys] of [
    ["MCP Servers", names],
    ["MCP Server Tokens", mcpTokens.map(({ key }) => key.trim())],
  ] as const) {
    const twice = keys.find((key, index) => keys.indexOf(key) !== index);
    if (twice !== undefined) throw new InputError(label, `holds two rows with the name ${twice}.`);
  }
  for (const name of tokens.keys()) {
    if (!names.includes(name)) {
      throw new InputError("MCP Server Tokens", `names ${name}, which is no key of MCP Servers.`);
    }
  }
  return servers;
};

/**
 * The choice as the API takes it, undefined for the API's own default.
 *
 * @throws InputError for a choice of a tool that is not there.
 */
const toolChoice = (
  { toolChoice, parallel }: { toolChoice: string | undefined; parallel: boolean },
  names: readonly string[],
  isAny: boolean,
): ToolChoice | undefined => {
  const oneAtATime = parallel ? {} : { disable_parallel_tool_use: true };
  const choice = toolChoice?.trim();
  if (choice === undefined) {
    return parallel || !isAny ? undefined : { type: "auto", ...oneAtATime };
  }
  if (!isAny) throw new InputError("Tool Choice", `is ${choice}, but no tool is given.`);
  if (names.includes(choice)) return { type: "tool", name: choice, ...oneAtATime };
  switch (choice.toLowerCase()) {
    case "auto":
      return { type: "auto", ...oneAtATime };
    case "any":
    case "required":
      return { type: "any", ...oneAtATime };
    case "none":
      return { type: "none" };
  }
  const known = names.length > 0 ? `: there is ${names.join(", ")}` : "";
  throw new InputError(
    "Tool Choice",
    `names ${choice}, which is no tool here${known}. It takes auto, any, none or the name of a tool.`,
  );
};
