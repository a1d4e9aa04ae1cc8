import { type Connection, ConnectionError } from "@prismatic-io/spectral";
import { anthropic } from "./anthropic";

/** Local proxies take keys such as "test": to hide those would garble ordinary text. */
const shortestSecret = 8;

/** Where requests go and what proves who sends them. */
export interface Endpoint {
  /** Scheme, host and path prefix, without a trailing slash and without `/v1`. */
  baseUrl: string;
  /** Value of the `anthropic-version` header, a date such as `2023-06-01`. */
  apiVersion: string;
  /** The headers that carry the credential, names in lower case. */
  credentialHeaders: Record<string, string>;
  /** What must appear in no log, error or output. Without what is too short to be told from words. */
  secrets: string[];
}

/**
 * Reads a connection as the platform passes it.
 *
 * @param secrets What else must not be seen, besides the credential.
 * @throws ConnectionError naming the field that is missing or malformed.
 * @see https://platform.claude.com/docs/en/api/overview#authentication
 */
export const readConnection = (
  connection: Connection | null | undefined,
  secrets: readonly string[] = [],
): Endpoint => {
  if (!connection?.fields) {
    throw connectionError(
      connection,
      "Connection is required. Choose an Anthropic API connection.",
    );
  }
  const { fields } = connection;
  const { baseUrl, apiVersion } = anthropic.inputs;
  const apiKey = text(fields.apiKey);
  if (apiKey === "") {
    throw connectionError(connection, "API Key is empty. Enter an API key in the connection.");
  }
  if (!/^[\x21-\x7e]+$/.test(apiKey)) {
    throw connectionError(
      connection,
      "API Key holds a space, a line break or another character that no key has. Copy the key again.",
    );
  }
  return {
    baseUrl: readBaseUrl(connection, text(fields.baseUrl) || baseUrl.default),
    apiVersion: readApiVersion(connection, text(fields.apiVersion) || apiVersion.default),
    credentialHeaders: { "x-api-key": apiKey },
    secrets: [apiKey, ...secrets].filter(({ length }) => length >= shortestSecret),
  };
};

/**
 * The platform's error for a connection that does not work. It shows a Configuration Error badge.
 * spectral keeps the whole connection on the error, and errors are logged: the values stay out.
 */
export const connectionError = (
  connection: Connection | null | undefined,
  message: string,
): ConnectionError => {
  const { key = "", configVarKey = "", fields = {} } = connection ?? {};
  const names = Object.fromEntries(Object.keys(fields).map((name) => [name, "[redacted]"]));
  return new ConnectionError({ key, configVarKey, fields: names }, message);
};

const text = (field: unknown): string => String(field ?? "").trim();

const readBaseUrl = (connection: Connection, value: string): string => {
  const url = parseUrl(value);
  if (
    !url ||
    !["http:", "https:"].includes(url.protocol) ||
    url.search ||
    url.hash ||
    url.username ||
    url.password
  ) {
    throw connectionError(
      connection,
      "Base URL takes an http or https address without user name, query or fragment, such as https://api.anthropic.com.",
    );
  }
  return (url.origin + url.pathname).replace(/\/+$/, "").replace(/\/v1$/, "");
};

const readApiVersion = (connection: Connection, value: string): string => {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) {
    throw connectionError(connection, "API Version takes a date such as 2023-06-01.");
  }
  return value;
};

const parseUrl = (value: string): URL | undefined => {
  try {
    return new URL(value);
  } catch {
    return undefined;
  }
};
