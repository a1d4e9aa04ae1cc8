import type { McpServer } from "../claude/messages/send";
import { findRepeated } from "../client/values";
import { didYouMean, nearest } from "../wording/suggest";
import { keyValueList } from "./define";
import { InputError } from "./InputError";
import { type Reader, requiredText } from "./read";

const readUrl: Reader<string> = (label) => (value) => {
  const url = requiredText("Enter the URL of the server.")(label)(value).trim();
  if (!/^https:\/\//i.test(url) || !URL.canParse(url)) {
    throw new InputError(label, "must be a URL that starts with https://.");
  }
  return url;
};

/** A token as RFC 6750 specifies. Any other could not be found where it must be redacted. */
const readToken: Reader<string> = (label) => (value) => {
  const token = requiredText("Reference the token.")(label)(value).trim();
  if (!/^[\w.~+/-]+=*$/.test(token)) {
    throw new InputError(
      label,
      "contains a character that tokens do not have. Copy the token again.",
    );
  }
  return token;
};

export const mcpServers = keyValueList("MCP Servers", readUrl, {
  keyLabel: "Server Name",
  comments:
    "Remote MCP servers whose tools Claude can use. Key: a name for the server. Value: its URL, which starts with https://.",
  placeholder: "Enter the URL of the server",
  example: "https://mcp.example.com/mcp",
});

export const mcpTokens = keyValueList("MCP Server Tokens", readToken, {
  keyLabel: "Server Name",
  type: "password",
  comments:
    "Tokens for MCP servers that require one. Key: the name of the server, as in MCP Servers. Value: its OAuth token.",
  placeholder: "Reference a token",
  example: "the token of the server",
});

type Rows = readonly { key: string; value: string }[];

/**
 * The MCP servers with their tokens.
 *
 * @throws InputError for two servers with one name, and for a token without a server.
 */
export const withTokens = (servers: Rows, tokens: Rows): McpServer[] => {
  for (const [{ label }, rows] of [
    [mcpServers, servers],
    [mcpTokens, tokens],
  ] as const) {
    const repeated = findRepeated(rows.map(({ key }) => key.trim()));
    if (repeated !== undefined)
      throw new InputError(label.value, `has two rows named ${repeated}.`);
  }
  const tokenOf = new Map(tokens.map(({ key, value }) => [key.trim(), value]));
  const names = servers.map(({ key }) => key.trim());
  const known = new Set(names);
  const unknown = [...tokenOf.keys()].find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw new InputError(
      mcpTokens.label.value,
      `has a row named ${unknown}, but ${mcpServers.label.value} has no such server.${didYouMean(nearest(unknown, names))}`,
    );
  }
  return servers.map(({ value: url }, index): McpServer => {
    const name = names[index] ?? "";
    const token = tokenOf.get(name);
    return { type: "url", name, url, ...(token ? { authorization_token: token } : {}) };
  });
};
