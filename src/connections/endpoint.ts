import { type Connection, ConnectionError } from "@prismatic-io/spectral";
import { anthropic } from "./anthropic";
import { authentications, gateway } from "./gateway";
import { isConnectionHeader, isValidHeader, joinHeaders } from "./headers";

/** Local proxies accept keys such as "test": redacting those would garble ordinary text. */
const minSecretLength = 8;

/** Where requests go and who sends them. */
export interface Endpoint {
  /** Scheme, host and path prefix, without a trailing slash, `/v1` and the path of an endpoint. */
  baseUrl: string;
  /** Whether requests reach Anthropic's own API. */
  isAnthropic: boolean;
  /** Value of the `anthropic-version` header, a date such as `2023-06-01`. */
  apiVersion: string;
  /** The headers that carry the credential, names in lower case. */
  credentialHeaders: Record<string, string>;
  /** Other headers of each request, names in lower case. */
  headers: Record<string, string>;
  /** Values that must not appear in any log, error or output. Without those as short as a word. */
  secrets: string[];
  /** Time limit per attempt in ms, undefined for the default. */
  timeoutMs?: number;
  /** Undefined for the default. */
  maxRetries?: number;
}

/**
 * Reads a connection as the platform passes it.
 *
 * @param secrets Values to redact in addition to the credential.
 * @throws ConnectionError that names the missing or invalid field.
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
  // The key of another service must not reach this host.
  if (!isGateway && connection.key !== anthropic.key) {
    const { display: ours } = anthropic;
    throw connectionError(
      connection,
      `Connection belongs to another component (${connection.key || "unknown"}), so nothing was sent. Choose a connection of Anthropic: ${ours.label} or ${gateway.display.label}.`,
    );
  }
  const { baseUrl, apiVersion } = anthropic.inputs;
  const url = text(connection, "Base URL", "baseUrl") || (isGateway ? "" : baseUrl.default);
  const sender = isGateway ? readGateway(connection) : readApiKey(connection);
  const all = [...Object.values(sender.credentialHeaders), ...sender.secrets, ...secrets];
  // JSON, such as a line of the debug log, escapes quotes and backslashes.
  const escaped = all.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
  const version =
    sender.headers["anthropic-version"] ?? text(connection, "API Version", "apiVersion");
  const seconds = number(connection, "timeout", { min: 0.001, max: 900 });
  return {
    baseUrl: readBaseUrl(connection, url),
    isAnthropic: !isGateway || parseUrl(url)?.hostname === "api.anthropic.com",
    apiVersion: readApiVersion(connection, version || apiVersion.default),
    credentialHeaders: sender.credentialHeaders,
    headers: sender.headers,
    secrets: [...new Set(escaped)].filter(({ length }) => length >= minSecretLength),
    timeoutMs: seconds === undefined ? undefined : seconds * 1_000,
    maxRetries: number(connection, "maxRetries", { min: 0, max: 100, isWhole: true }),
  };
};

/**
 * The amount in US dollars that an instance may spend per day, undefined for no limit.
 *
 * @throws ConnectionError if it is not valid.
 */
export const readDailyBudget = (connection: Connection): number | undefined =>
  number(connection, "dailyBudget", { min: 0, max: 1_000_000 });

/** The part of a connection that identifies the sender. */
interface Sender extends Pick<Endpoint, "credentialHeaders" | "headers"> {
  /** Secrets in addition to the values of the credential headers. */
  secrets: string[];
}

const readApiKey = (connection: Connection): Sender => ({
  credentialHeaders: { "x-api-key": readCredential(connection, "API Key", "apiKey", pasted) },
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
    throw connectionError(
      connection,
      `Authentication must be one of ${choices}, but was "${chosen}".`,
    );
  }
  if (authentication === "none") return { credentialHeaders: {}, headers, secrets };
  // In another header, a scheme such as Bearer may belong to the value.
  const around = authentication === "header" ? quotes : pasted;
  const credential = readCredential(connection, "Credential", "credential", around);
  const name = headerName(connection, authentication);
  const value = authentication === "bearer" ? `Bearer ${credential}` : credential;
  if (Object.hasOwn(headers, name)) {
    throw connectionError(
      connection,
      `Extra Headers contains ${name}, the header of the credential. Remove that line.`,
    );
  }
  return {
    credentialHeaders: { [name]: value },
    headers,
    secrets: [credential, ...secrets],
  };
};

/** Names of headers whose values are secret. A configuration may contain keys. */
const secretName = /auth|key|token|secret|pass|cookie|credential|jwt|session|config/;

/** The values of headers with a secret name, with and without a scheme such as Bearer. */
export const secretsIn = (headers: Record<string, string>): string[] =>
  Object.entries(headers).flatMap(([name, value]) =>
    // The name of Portkey's headers contains "key".
    secretName.test(name.replace("portkey", "")) ? [value, value.replace(/^\w+ +/, "")] : [],
  );

const headerName = (
  connection: Connection,
  authentication: Exclude<(typeof authentications)[number], "none">,
): string => {
  if (authentication === "bearer") return "authorization";
  if (authentication === "x-api-key") return "x-api-key";
  const name = text(connection, "Header Name", "headerName").toLowerCase();
  if (!isValidHeader(name, "x")) {
    throw connectionError(
      connection,
      "Header Name must be a valid header name if Authentication is Another header.",
    );
  }
  return name;
};

/** Lines of `Name: value`. Blank lines are ignored. */
const readHeaders = (connection: Connection, lines: string): Record<string, string> =>
  joinHeaders(
    lines.split(/\r?\n/).flatMap((line, index): [string, string][] => {
      if (line.trim() === "") return [];
      const colon = line.indexOf(":");
      const name = line.slice(0, colon).trim().toLowerCase();
      const value = line.slice(colon + 1).trim();
      if (colon < 1 || !isValidHeader(name, value)) {
        throw connectionError(
          connection,
          `Extra Headers must contain one "Name: value" per line. Line ${index + 1} is not valid.`,
        );
      }
      if (isConnectionHeader(name)) {
        throw connectionError(
          connection,
          `Extra Headers contains ${name}, which is set automatically. Remove line ${index + 1}.`,
        );
      }
      return [[name, value]];
    }),
  );

/** Quotes around a key, as it stands in code. */
const quotes = /^["'`“‘](.*)["'`”’]$/s;

/** What stands around a key where it is copied from: quotes, the name of its header, a scheme. */
const pasted = new RegExp(
  `${quotes.source}|^(?:authorization\\s*:|x-api-key\\s*:|bearer(?:\\s|$))(.*)$`,
  "is",
);

/** @param around What is removed from around the key, as often as it occurs. */
const readCredential = (
  connection: Connection,
  label: string,
  field: string,
  around: RegExp,
): string => {
  let credential = text(connection, label, field);
  for (let found = around.exec(credential); found; found = around.exec(credential)) {
    credential = (found[1] ?? found[2] ?? "").trim();
  }
  if (credential === "") {
    throw connectionError(connection, `${label} is empty. Enter it in the connection.`);
  }
  if (!/^[\x21-\x7e]+$/.test(credential)) {
    throw connectionError(
      connection,
      `${label} contains a space, a line break or another character that keys do not have. Copy it again.`,
    );
  }
  return credential;
};

/**
 * The platform's error for a connection that does not work. It shows a Configuration Error badge.
 * spectral keeps the whole connection on the error, and errors are logged: the values are removed.
 */
export const connectionError = (
  connection: Connection | null | undefined,
  message: string,
): ConnectionError => {
  const { key = "", configVarKey = "", fields = {} } = connection ?? {};
  const names = Object.fromEntries(Object.keys(fields).map((name) => [name, "[redacted]"]));
  const error = new ConnectionError({ key, configVarKey, fields: names }, message);
  // As src/client has it: see errorCode.ts there.
  return Object.assign(error, { code: "invalid_connection", retryable: false });
};

const text = (connection: Connection, label: string, field: string): string =>
  rawText(connection, label, field).trim();

/** The text of a field, not trimmed. Empty if there is none. */
const rawText = (connection: Connection, label: string, field: string): string => {
  const value: unknown = connection.fields[field] ?? "";
  if (!["string", "number", "boolean"].includes(typeof value)) {
    throw connectionError(connection, `${label} must be text. Enter it in the connection.`);
  }
  return String(value);
};

/** The number in a field, undefined if it is empty. */
const number = (
  connection: Connection,
  field: "timeout" | "maxRetries" | "dailyBudget",
  { min, max, isWhole = false }: { min: number; max: number; isWhole?: boolean },
): number | undefined => {
  const { label } = anthropic.inputs[field];
  const given = text(connection, label, field);
  if (given === "") return undefined;
  const value = Number(given);
  if (value >= min && value <= max && (!isWhole || Number.isInteger(value))) return value;
  throw connectionError(
    connection,
    `${label} must be a ${isWhole ? "whole " : ""}number from ${min} to ${max}, but was "${given}".`,
  );
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
      "Base URL must be an http or https URL without user name, query or fragment, such as https://api.anthropic.com.",
    );
  }
  return (url.origin + url.pathname)
    .replace(/\/+$/, "")
    .replace(/\/+(messages|chat\/completions)$/, "")
    .replace(/\/+v1$/, "");
};

const readApiVersion = (connection: Connection, value: string): string => {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) {
    throw connectionError(connection, "API Version must be a date such as 2023-06-01.");
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
