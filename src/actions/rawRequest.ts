import http from "node:http";
import { action, input } from "@prismatic-io/spectral";
import { modelsPageExample } from "../claude/models/schema";
import {
  bytesBody,
  type FormPart,
  formBody,
  jsonBody,
  type RequestBody,
  type ResponseBody,
  readBytes,
  readText,
} from "../client/body";
import { createClient } from "../client/client";
import { InputError } from "../client/errors";
import { Failure } from "../client/failure";
import { plainRetryPolicy } from "../client/retry";
import { asBinary, fileContent } from "../inputs/binary";
import { connection } from "../inputs/connection";
import {
  flag,
  isBlank,
  keyValues,
  oneOf,
  optionalInteger,
  optionalText,
  requiredText,
} from "../inputs/read";

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] as const;

/** `arraybuffer` is what the platform's own Raw Request calls binary. */
const responseTypes = ["json", "text", "binary", "arraybuffer"] as const;

const url = input({
  label: "URL",
  type: "string",
  required: true,
  default: "/models",
  comments:
    "The path only, such as /models. The address before it (https://api.anthropic.com/v1) comes from the connection: for https://api.anthropic.com/v1/models enter /models.",
  placeholder: "Enter a path",
  example: "/models",
  clean: (value) => readPath(requiredText("URL", "Enter a path such as /models.")(value)),
});

const method = input({
  label: "Method",
  type: "string",
  required: true,
  model: methods.map((name) => ({ label: name, value: name })),
  comments: "The HTTP method of the request.",
  placeholder: "Choose a method",
  example: "GET",
  clean: (value) => {
    const name = oneOf("Method", methods)(value);
    if (!name) throw new InputError("Method", "is required. Choose one of the list.");
    return name;
  },
});

const data = input({
  label: "Data",
  type: "text",
  required: false,
  comments:
    "The body of the request: JSON as text, or an object or a file from an earlier step. For text that is not JSON set a content-type header.",
  placeholder: "Enter JSON",
  example: '{"model": "claude-sonnet-5-5"}',
});

const formData = input({
  label: "Form Data",
  type: "string",
  collection: "keyvaluelist",
  required: false,
  comments: "Fields to send as a multipart form. A field may come more than once.",
  placeholder: "Enter a field",
  example: "expires_in_seconds: 3600",
  clean: keyValues("Form Data", fieldText),
});

const fileData = input({
  label: "File Data",
  type: "string",
  collection: "keyvaluelist",
  required: false,
  comments:
    "Files to send as a multipart form: the name of the field, and a file or text from an earlier step.",
  placeholder: "Enter or reference a file",
  example: "file: the output of an earlier step",
  clean: keyValues("File Data", fileContent),
});

const fileDataFileNames = input({
  label: "File Data File Names",
  type: "string",
  collection: "keyvaluelist",
  required: false,
  comments: "The name of each file: the same key as in File Data, and a file name.",
  placeholder: "Enter a file name",
  example: "file: report.pdf",
  clean: keyValues("File Data File Names", requiredText),
});

const queryParams = input({
  label: "Query Parameter",
  type: "string",
  collection: "keyvaluelist",
  required: false,
  comments: "What follows the path as ?name=value&name=value. A name may come more than once.",
  placeholder: "Enter a value",
  example: "limit: 100",
  clean: keyValues("Query Parameter", fieldText),
});

const headers = input({
  label: "Header",
  type: "string",
  collection: "keyvaluelist",
  required: false,
  comments:
    "Headers to send. They win over the connector's own, such as anthropic-version. The credential always comes from the connection.",
  placeholder: "Enter a value",
  example: "anthropic-beta: context-management-2025-06-27",
  clean: keyValues("Header", fieldText),
});

const responseType = input({
  label: "Response Type",
  type: "string",
  required: false,
  default: "json",
  model: [
    { label: "JSON", value: "json" },
    { label: "Text", value: "text" },
    { label: "Binary", value: "arraybuffer" },
  ],
  comments: "What comes back: JSON as data, text, or binary as a file.",
  placeholder: "Choose a type",
  example: "json",
  clean: (value) => oneOf("Response Type", responseTypes)(value) ?? "json",
});

const timeout = input({
  label: "Timeout",
  type: "string",
  required: false,
  comments:
    "Longest time to wait for a response, in milliseconds. Empty: 10 minutes for /messages, 1 minute for everything else.",
  placeholder: "Enter milliseconds",
  example: "30000",
  clean: optionalInteger("Timeout", { min: 1, max: 900_000 }),
});

const retryDelayMS = input({
  label: "Retry Delay (ms)",
  type: "string",
  required: false,
  default: "0",
  comments:
    "Milliseconds between retries. Does not count when Use Exponential Backoff is on; a longer wait that the API asks for is kept.",
  placeholder: "Enter milliseconds",
  example: "1000",
  clean: (value) => optionalInteger("Retry Delay (ms)", { min: 0, max: 900_000 })(value) ?? 0,
});

const retryAllErrors = input({
  label: "Retry On All Errors",
  type: "boolean",
  required: false,
  default: "false",
  comments:
    "Retry after every response that reports an error, such as HTTP 429 and other 3xx and 4xx. Off: only after HTTP 5xx and network errors.",
  clean: flag("Retry On All Errors"),
});

const maxRetries = input({
  label: "Max Retry Count",
  type: "string",
  required: false,
  default: "0",
  comments: "How often a failed request is sent again. 0 sends it once.",
  placeholder: "Enter a whole number",
  example: "3",
  clean: (value) => optionalInteger("Max Retry Count", { min: 0, max: 100 })(value) ?? 0,
});

const useExponentialBackoff = input({
  label: "Use Exponential Backoff",
  type: "boolean",
  required: false,
  default: "false",
  comments:
    "Wait half a second before the first retry and twice as long before each next one, up to 8 seconds. Retry Delay (ms) does not count then.",
  clean: flag("Use Exponential Backoff"),
});

/** @see https://platform.claude.com/docs/en/api/overview */
export const rawRequest = action({
  display: {
    label: "Raw Request",
    description: "Send any HTTP request to Claude's API",
  },
  inputs: {
    connection,
    url,
    method,
    data,
    formData,
    fileData,
    fileDataFileNames,
    queryParams,
    headers,
    responseType,
    timeout,
    retryDelayMS,
    retryAllErrors,
    maxRetries,
    useExponentialBackoff,
  },
  performSafety: "notAllowed",
  perform: async (context, params) => {
    const client = createClient(context, params.connection, {
      timeoutMs: params.timeout,
      retry: plainRetryPolicy({
        maxRetries: params.maxRetries,
        delayMs: params.retryDelayMS,
        allErrors: params.retryAllErrors,
        exponential: params.useExponentialBackoff,
      }),
    });
    const headers = readHeaders(params.headers, client.credentialHeaderNames);
    const response = await client.send({
      method: params.method,
      path: params.url.path,
      query: [
        ...params.url.query,
        ...params.queryParams.map(({ key, value }) => [key, value] as const),
      ],
      headers,
      body: readBody(params, headers["content-type"]),
      read: readers[params.responseType],
    });
    return response.data;
  },
  examplePerform: async () => ({ data: modelsPageExample as unknown }),
  examplePayload: { data: modelsPageExample as unknown },
});

/** A form field or parameter: text, which may be empty. */
function fieldText(label: string) {
  return (value: unknown): string => optionalText(label)(value) ?? "";
}

/** A path below `/v1`, apart from the query it may carry. */
const readPath = (text: string): { path: string; query: [string, string][] } => {
  const typed = text.trim();
  // A host in the path would send the credential there.
  if (/^[a-z][a-z\d+.-]*:|^[/\\]{2}|[\\\s#]/i.test(typed)) {
    throw new InputError(
      "URL",
      `takes a path such as /models, without host, spaces, # or \\, but ${JSON.stringify(typed)} was given.`,
    );
  }
  const below = typed.replace(/^\/?(v1\/)?/, "/");
  const { pathname, searchParams } = new URL(`http://any.host/v1${below}`);
  if (!pathname.startsWith("/v1/")) {
    throw new InputError(
      "URL",
      `must not lead out of /v1 with "..", but ${JSON.stringify(typed)} does.`,
    );
  }
  return { path: pathname, query: [...searchParams] };
};

/** Headers that follow from the request itself. */
const ownHeaders = ["host", "content-length", "transfer-encoding", "connection"];

const readHeaders = (
  rows: { key: string; value: string }[],
  credentialHeaders: readonly string[],
): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const { key, value } of rows) {
    const name = key.trim().toLowerCase();
    try {
      http.validateHeaderName(name);
      http.validateHeaderValue(name, value);
    } catch {
      throw new InputError(
        "Header",
        `${JSON.stringify(key)} is no header: a name takes letters, digits and dashes, a value takes no line breaks.`,
      );
    }
    if (credentialHeaders.includes(name)) {
      throw new InputError(
        "Header",
        `${JSON.stringify(key)} carries the credential, which comes from the connection. Remove this row.`,
      );
    }
    if (ownHeaders.includes(name)) {
      throw new InputError(
        "Header",
        `${JSON.stringify(key)} follows from the request. Remove this row.`,
      );
    }
    headers[name] = value;
  }
  return headers;
};

interface BodyInputs {
  data?: unknown;
  formData: { key: string; value: string }[];
  fileData: { key: string; value: { bytes: Buffer; contentType?: string } }[];
  fileDataFileNames: { key: string; value: string }[];
}

const readBody = (
  { data, formData, fileData, fileDataFileNames }: BodyInputs,
  contentType: string | undefined,
): RequestBody | undefined => {
  const isForm = formData.length > 0 || fileData.length > 0;
  for (const { key } of fileDataFileNames) {
    if (!fileData.some((file) => file.key === key)) {
      throw new InputError(
        "File Data File Names",
        `names ${JSON.stringify(key)}, which is no key of File Data.`,
      );
    }
  }
  if (!isForm) return isBlank(data) ? undefined : readData(data, contentType);
  if (!isBlank(data)) {
    throw new InputError(
      "Data",
      "cannot go together with Form Data or File Data: a request has one body.",
    );
  }
  if (contentType !== undefined) {
    throw new InputError(
      "Header",
      '"content-type" cannot go together with Form Data or File Data: a form sets its own. Remove this row.',
    );
  }
  const names = new Map(fileDataFileNames.map(({ key, value }) => [key, value]));
  return formBody([
    ...formData.map(({ key, value }): FormPart => ({ name: key, content: value })),
    ...fileData.map(
      ({ key, value: { bytes, contentType } }): FormPart => ({
        name: key,
        content: bytes,
        contentType,
        fileName: names.get(key) ?? key,
      }),
    ),
  ]);
};

const readData = (data: unknown, contentType = "application/json"): RequestBody => {
  const binary = asBinary(data);
  if (binary) return bytesBody(binary.bytes, binary.contentType ?? "application/octet-stream");
  try {
    if (typeof data !== "string") return jsonBody(data);
    if (/\bjson\b/i.test(contentType)) JSON.parse(data);
  } catch (error) {
    throw new InputError(
      "Data",
      `is not JSON: ${(error as Error).message}. For other text set a content-type header.`,
    );
  }
  return bytesBody(Buffer.from(data), contentType);
};

const readBinary = async (body: ResponseBody) => ({
  data: (await readBytes(body)) as unknown,
  contentType: body.headers["content-type"] ?? "application/octet-stream",
});

const readJson = async (body: ResponseBody): Promise<{ data: unknown }> => {
  const text = await readText(body);
  try {
    // Some answers have no body, such as those to HEAD.
    return { data: text === "" ? null : JSON.parse(text) };
  } catch {
    throw new Failure(
      `The answer is not JSON but begins with ${JSON.stringify(text.slice(0, 100))}.`,
      {
        status: body.status,
        type: "unexpected_format",
        headers: body.headers,
      },
    );
  }
};

const readers: Record<
  (typeof responseTypes)[number],
  (body: ResponseBody) => Promise<{ data: unknown; contentType?: string }>
> = {
  json: readJson,
  text: async (body) => ({ data: await readText(body) }),
  binary: readBinary,
  arraybuffer: readBinary,
};
