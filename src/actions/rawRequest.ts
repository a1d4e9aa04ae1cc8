import { action, input } from "@prismatic-io/spectral";
import { modelsPageExample } from "../claude/models/schema";
import { parseJson, type ResponseBody, readBytes, readText } from "../client/body";
import { createClient } from "../client/client";
import { plainRetryPolicy } from "../client/retry";
import { secretsIn } from "../connections/endpoint";
import { fileContent } from "../inputs/binary";
import { connection } from "../inputs/connection";
import { fieldText, readBody, readHeaders, readPath } from "../inputs/httpRequest";
import { InputError } from "../inputs/InputError";
import { flag, keyValues, oneOf, optionalInteger, requiredText } from "../inputs/read";

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
    "Milliseconds to wait for a response. Empty: 10 minutes for /messages, 1 minute for everything else.",
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
    "Milliseconds between retries. Ignored when Use Exponential Backoff is on; a longer wait that the API asks for is kept.",
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
    "Retry after any HTTP 3xx, 4xx or 5xx, such as 429, and after network errors. Off: only after HTTP 5xx and network errors.",
  clean: flag("Retry On All Errors"),
});

const maxRetries = input({
  label: "Max Retry Count",
  type: "string",
  required: false,
  default: "0",
  comments: "Number of retries after a failure. 0 sends the request once.",
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
    "Wait half a second before the first retry and twice as long before each next one, up to 8 seconds. Retry Delay (ms) is ignored then.",
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
    const given = Object.fromEntries(
      params.headers.map(({ key, value }) => [key.toLowerCase(), value]),
    );
    const client = createClient(context, params.connection, {
      secrets: secretsIn(given),
      timeoutMs: params.timeout,
      retry: plainRetryPolicy({
        maxRetries: params.maxRetries,
        delayMs: params.retryDelayMS,
        allErrors: params.retryAllErrors,
        exponential: params.useExponentialBackoff,
      }),
    });
    const headers = readHeaders("Header", params.headers, client.credentialHeaderNames);
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

const readBinary = async (body: ResponseBody) => ({
  data: (await readBytes(body)) as unknown,
  contentType: body.headers["content-type"] ?? "application/octet-stream",
});

const readers: Record<
  (typeof responseTypes)[number],
  (body: ResponseBody) => Promise<{ data: unknown; contentType?: string }>
> = {
  json: async (body) => {
    const text = await readText(body);
    // Some answers have no body, such as those to HEAD.
    return { data: text === "" ? null : parseJson(body, text, "unexpected_format") };
  },
  text: async (body) => ({ data: await readText(body) }),
  binary: readBinary,
  arraybuffer: readBinary,
};
