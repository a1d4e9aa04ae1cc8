import type { ToolUnion } from "@anthropic-ai/sdk/resources/messages";
import type { ModelCapabilities, ModelInfo } from "@anthropic-ai/sdk/resources/models";
import { flag } from "./define";

/** Domains and uses that web tools are limited to. */
export interface WebLimits {
  max_uses?: number;
  allowed_domains?: string[];
  blocked_domains?: string[];
}

/** What the definition of a server tool depends on. */
interface ToolContext {
  /** Whether the model supports the newest versions. */
  isNewest: boolean;
  web: WebLimits;
  /** Whether fetched pages are cited. The API refuses that together with a JSON Schema. */
  cite: boolean;
}

/** A tool that runs on Anthropic's side. */
interface ServerTool {
  /** The name that Claude calls it by. */
  name: string;
  input: ReturnType<typeof flag>;
  /** Whether the limits of web tools apply to it. */
  isWeb?: boolean;
  /** The capability of models that support it. Undefined if the API reports none for it. */
  capability?(capabilities: ModelCapabilities): { supported: boolean } | undefined;
  definition(context: ToolContext): ToolUnion;
}

/**
 * The server tools that can be switched on, by the key of their input.
 *
 * @see https://platform.claude.com/docs/en/agents-and-tools/tool-use/tool-reference
 */
export const serverTools = {
  webSearch: {
    name: "web_search",
    input: flag("Web Search", {
      comments: "Claude searches the web when that helps. sources lists what it cites.",
    }),
    isWeb: true,
    capability: ({ server_tools }) => server_tools?.web_search,
    definition: ({ isNewest, web }) => ({
      type: isNewest ? "web_search_20260318" : "web_search_20250305",
      name: "web_search",
      ...web,
    }),
  },
  webFetch: {
    name: "web_fetch",
    input: flag("Web Fetch", {
      comments: "Claude reads web pages and PDFs whose URLs are in the messages.",
    }),
    isWeb: true,
    definition: ({ isNewest, web, cite }) => ({
      type: isNewest ? "web_fetch_20260318" : "web_fetch_20250910",
      name: "web_fetch",
      ...(cite ? { citations: { enabled: true } } : {}),
      ...web,
    }),
  },
  codeExecution: {
    name: "code_execution",
    input: flag("Code Execution", {
      comments:
        "Claude writes and runs code in Anthropic's sandbox, to calculate and to create files. files lists the IDs of the files.",
    }),
    capability: ({ server_tools }) => server_tools?.code_execution,
    definition: ({ isNewest }) => ({
      type: isNewest ? "code_execution_20260521" : "code_execution_20250825",
      name: "code_execution",
    }),
  },
} satisfies Record<string, ServerTool>;

export type ServerToolKey = keyof typeof serverTools;

export const serverToolKeys = Object.keys(serverTools) as ServerToolKey[];

/** The definition of each server tool, by the key of its input. */
export const serverTool = (key: ServerToolKey): ServerTool => serverTools[key];

/** A server tool that the model does not support. */
export const findUnsupported = (
  keys: readonly ServerToolKey[],
  modelInfo: ModelInfo | null,
): ServerToolKey | undefined => {
  const capabilities = modelInfo?.capabilities;
  return keys.find(
    (key) => capabilities && serverTool(key).capability?.(capabilities)?.supported === false,
  );
};

/**
 * The definitions of server tools in the newest versions that the model supports.
 *
 * @param isNewestLikely Whether it supports the newest if nothing is known of it. The version must not
 *   change within a conversation because the model info could not be read once.
 */
export const serverToolDefinitions = (
  keys: readonly ServerToolKey[],
  modelInfo: ModelInfo | null,
  { isNewestLikely, ...options }: Omit<ToolContext, "isNewest"> & { isNewestLikely: boolean },
): ToolUnion[] => {
  // The newest versions filter their results with code, so the model must support code execution.
  const isNewest = modelInfo?.capabilities?.code_execution?.supported ?? isNewestLikely;
  return keys.map((key) => serverTool(key).definition({ ...options, isNewest }));
};
