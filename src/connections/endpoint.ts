import http from "node:http";
import { type Connection, ConnectionError } from "@prismatic-io/spectral";
import { anthropic } from "./anthropic";
import { authentications, gateway } from "./gateway";

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
  /** Other headers of each request, names in lower case. */
  headers: Record<string, string>;
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
      "Connection is required. Choose a connection to Claude's API.",
    );
  }
  const isGateway = connection.key === gateway.key;
  const { baseUrl, apiVersion } = anthropic.inputs;
  const url = text(connection, "Base URL", "baseUrl") || (isGateway ? "" : baseUrl.default);
  const own = isGateway ? readGateway(connection) : readApiKey(connection);
  const all = [...Object.values(own.credentialHeaders), ...own.secrets, ...secrets];
  // In JSON, such as a line of the debug log, quotes and backslashes are written otherwise.
  const written = all.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
  const version = own.headers["anthropic-version"] ?? text(connection, "API Version", "apiVersion");
  return {
    baseUrl: readBaseUrl(connection, url),
    apiVersion: readApiVersion(connection, version || apiVersion.default),
    credentialHeaders: own.credentialHeaders,
    headers: own.headers,
    secrets: [...new Set(written)].filter(({ length }) => length >= shortestSecret),
  };
};

/** What a connection says of who sends a request. */
interface Sender extends Pick<Endpoint, "credentialHeaders" | "headers"> {
  /** Secrets besides the values of the credential's headers. */
  secrets: string[];
}

const readApiKey = (connection: Connection): Sender => ({
  credentialHeaders: { "x-api-key": readCredential(connection, "API Key", "apiKey") },
  headers: {},
  secrets: [],
});

const readGateway = (connection: Connection): Sender => {
  const headers = readHeaders(connection, rawText(connection, "Extra Headers", "headers"));
  const secrets = secretsIn(headers);
  const chosen =
    text(connection, "Authentication", "authentication") || gateway.inputs.authentication.default;
  const authentication = authentications.find((name) => name === chosen.toLowerCase());
  if (!authentication) {
    const choices = authentications.join(", ");
    throw connectionError(connection, `Authentication takes ${choices}, but it is ${chosen}.`);
  }
  if (authentication === "none") return { credentialHeaders: {}, headers, secrets };
  const credential = readCredential(connection, "Credential", "credential");
  const name = headerName(connection, authentication);
  const value = authentication === "bearer" ? `Bearer ${credential}` : credential;
  if (Object.hasOwn(headers, name)) {
    throw connectionError(
      connection,
      `Extra Headers holds ${name}, which carries the credential. Remove that line.`,
    );
  }
  return {
    credentialHeaders: { [name]: value },
    headers,
    secrets: [credential, ...secrets],
  };
};

/** Headers whose values nobody should see. A configuration may hold keys. */
const soundsSecret = /auth|key|token|secret|pass|cookie|credential|jwt|session|config/;

/** The values of headers that sound secret, with and without a scheme such as Bearer before them. */
export const secretsIn = (headers: Record<string, string>): string[] =>
  Object.entries(headers).flatMap(([name, value]) =>
    // Portkey's headers sound of a key by their maker's name.
    soundsSecret.test(name.replace("portkey", "")) ? [value, value.replace(/^\w+ +/, "")] : [],
  );

/** Headers that follow from the request itself. */
const ownHeaders = ["connection", "content-length", "host", "transfer-encoding"];

const headerName = (
  connection: Connection,
  authentication: Exclude<(typeof authentications)[number], "none">,
): string => {
  if (authentication === "bearer") return "authorization";
  if (authentication === "x-api-key") return "x-api-key";
  const name = text(connection, "Header Name", "headerName").toLowerCase();
  if (!isHeader(name, "x")) {
    throw connectionError(
      connection,
      "Header Name takes the name of a header when Authentication is Another header.",
    );
  }
  return name;
};

/** Lines of `Name: value`. Blank lines do not count. */
const readHeaders = (connection: Connection, lines: string): Record<string, string> => {
  const headers = new Map<string, string>();
  for (const [index, line] of lines.split(/\r?\n/).entries()) {
    if (line.trim() === "") continue;
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (colon < 1 || !isHeader(name, value) || ownHeaders.includes(name)) {
      throw connectionError(
        connection,
        `Extra Headers takes lines of a name, a colon and a value, but line ${index + 1} is none.`,
      );
    }
    // Of a name that comes twice the values are joined, as HTTP has it.
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return Object.fromEntries(headers);
};

const isHeader = (name: string, value: string): boolean => {
  try {
    http.validateHeaderName(name);
    http.validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
};

const readCredential = (connection: Connection, label: string, field: string): string => {
  const credential = text(connection, label, field);
  if (credential === "") {
    throw connectionError(connection, `${label} is empty. Enter it in the connection.`);
  }
  if (!/^[\x21-\x7e]+$/.test(credential)) {
    throw connectionError(
      connection,
      `${label} holds a space, a line break or another character that no key has. Copy it again.`,
    );
  }
  return credential;
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

const text = (connection: Connection, label: string, field: string): string =>
  rawText(connection, label, field).trim();

/** The text of a field with the blanks around it, empty where there is none. */
const rawText = (connection: Connection, label: string, field: string): string => {
  const value: unknown = connection.fields[field] ?? "";
  if (!["string", "number", "boolean"].includes(typeof value)) {
    throw connectionError(connection, `${label} takes text. Enter it in the connection.`);
  }
  return String(value);
};

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
