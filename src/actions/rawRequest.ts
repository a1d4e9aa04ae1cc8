import { action } from "@prismatic-io/spectral";
import { modelsPageExample } from "../claude/models/schema";
import { parseJson, type ResponseBody, readBytes, readText } from "../client/body";
import { createClient } from "../client/client";
import { rawRequestRetryPolicy } from "../client/retry";
import { secretsIn } from "../connections/endpoint";
import { fileContent } from "../parameters/binary";
import { connection } from "../parameters/connection";
import { choice, custom, flag, integer, keyValueList } from "../parameters/define";
import { fieldText, readBody, readHeaders, readPath } from "../parameters/httpRequest";
import { InputError } from "../parameters/InputError";
import { oneOf, type Reader, requiredText } from "../parameters/read";
import { failureWording } from "../wording/failures";
import { labelsOf } from "../wording/labels";

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] as const;

const readUrl: Reader<ReturnType<typeof readPath>> = (label) => (value) =>
  readPath(label, requiredText("Enter a path such as /models.")(label)(value));

const readMethod: Reader<(typeof methods)[number]> = (label) => (value) => {
  const method = oneOf(label, methods)(value);
  if (!method) throw new InputError(label, "is required. Choose one of the list.");
  return method;
};

/** `arraybuffer` is what the platform's own Raw Request calls binary. */
const responseTypes = ["json", "text", "binary", "arraybuffer"] as const;

const responseType = choice(
  "Response Type",
  { json: "JSON", text: "Text", arraybuffer: "Binary" },
  {
    comments: "How to return the response: JSON as data, text, or binary as a file.",
    placeholder: "Choose a type",
    example: "json",
  },
);

const inputs = {
  connection,
  url: custom("URL", "string", readUrl, {
    required: true,
    default: "/models",
    comments:
      "The path only, such as /models. The base URL (https://api.anthropic.com/v1) comes from the connection: for https://api.anthropic.com/v1/models enter /models.",
    placeholder: "Enter a path",
    example: "/models",
  }),
  method: {
    ...custom("Method", "string", readMethod, {
      required: true,
      comments: "The HTTP method of the request.",
      placeholder: "Choose a method",
      example: "GET",
    }),
    model: methods.map((name) => ({ label: name, value: name })),
  },
  data: {
    ...custom("Data", "text", () => (value) => value, {
      comments:
        "The body of the request: JSON as text, or an object or a file from an earlier step. For text that is not JSON, set a content-type header.",
      placeholder: "Enter JSON",
      example: '{"model": "claude-sonnet-5-5"}',
    }),
  },
  formData: keyValueList("Form Data", fieldText, {
    keyLabel: "Field Name",
    comments: "Fields to send as a multipart form. A field may occur more than once.",
    placeholder: "Enter a field",
    example: "expires_in_seconds: 3600",
  }),
  fileData: keyValueList("File Data", fileContent, {
    keyLabel: "Field Name",
    comments:
      "Files to send as a multipart form: the name of the field, and a file or text from an earlier step.",
    placeholder: "Enter or reference a file",
    example: "file: the output of an earlier step",
  }),
  fileDataFileNames: keyValueList("File Data File Names", requiredText(), {
    keyLabel: "Field Name",
    comments: "The name of each file: the same key as in File Data, and a file name.",
    placeholder: "Enter a file name",
    example: "file: report.pdf",
  }),
  queryParams: keyValueList("Query Parameter", fieldText, {
    keyLabel: "Parameter",
    comments:
      "The query of the URL, as in ?name=value&name=value. A name may occur more than once.",
    placeholder: "Enter a value",
    example: "limit: 100",
  }),
  headers: keyValueList("Header", fieldText, {
    keyLabel: "Header Name",
    comments:
      "Headers to send. They override the connector's own, such as anthropic-version. The credential always comes from the connection.",
    placeholder: "Enter a value",
    example: "anthropic-beta: context-management-2025-06-27",
  }),
  responseType: {
    ...responseType,
    clean: (value: unknown) => oneOf(responseType.label, responseTypes)(value) ?? "json",
  },
  timeout: integer("Timeout", {
    min: 1,
    max: 900_000,
    comments:
      "Time limit for each attempt, in milliseconds. Default: 10 minutes for /messages, 1 minute for everything else.",
    placeholder: "Enter milliseconds",
    example: "30000",
  }),
  retryDelayMS: integer("Retry Delay (ms)", {
    min: 0,
    max: 900_000,
    default: 0,
    comments:
      "Milliseconds between retries. Ignored if Use Exponential Backoff is on. A longer wait that the API asks for is respected.",
    placeholder: "Enter milliseconds",
    example: "1000",
  }),
  retryAllErrors: flag("Retry On All Errors", {
    comments:
      "If on, retries after any HTTP 3xx, 4xx or 5xx, such as 429, and after network errors. If off, only after HTTP 5xx and network errors.",
  }),
  maxRetries: integer("Max Retry Count", {
    min: 0,
    max: 100,
    default: 0,
    comments: "Number of retries after a failure. Enter 0 to send the request once.",
    example: "3",
  }),
  useExponentialBackoff: flag("Use Exponential Backoff", {
    comments:
      "Wait half a second before the first retry and twice as long before each further one, at most 8 seconds. Retry Delay (ms) is then ignored.",
  }),
};
const labels = labelsOf(inputs);

/** @see https://platform.claude.com/docs/en/api/overview */
export const rawRequest = action({
  display: {
    label: "Raw Request",
    description: "Send any HTTP request to Claude's API",
  },
  inputs,
  performSafety: "notAllowed",
  perform: async (context, params) => {
    const given = Object.fromEntries(
      params.headers.map(({ key, value }) => [key.toLowerCase(), value]),
    );
    const client = createClient(context, params.connection, {
      describe: failureWording(labels),
      secrets: secretsIn(given),
      timeoutMs: params.timeout,
      retry: rawRequestRetryPolicy({
        maxRetries: params.maxRetries,
        delayMs: params.retryDelayMS,
        allErrors: params.retryAllErrors,
        exponential: params.useExponentialBackoff,
      }),
    });
    const headers = readHeaders(
      inputs.headers.label.value,
      params.headers,
      client.credentialHeaderNames,
    );
    const response = await client.send({
      method: params.method,
      path: params.url.path,
      query: [
        ...params.url.query,
        ...params.queryParams.map(({ key, value }) => [key, value] as const),
      ],
      headers,
      body: readBody(params, bodyLabels, headers["content-type"]),
      read: readers[params.responseType],
    });
    return response.data;
  },
  examplePerform: async () => ({ data: modelsPageExample as unknown }),
  examplePayload: { data: modelsPageExample as unknown },
});

const bodyLabels = {
  data: inputs.data.label,
  formData: inputs.formData.label.value,
  fileData: inputs.fileData.label.value,
  fileDataFileNames: inputs.fileDataFileNames.label.value,
  headers: inputs.headers.label.value,
};

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
    // Some responses have no body, such as those to HEAD.
    return { data: text === "" ? null : parseJson(body, text, "unexpected_format") };
  },
  text: async (body) => ({ data: await readText(body) }),
  binary: readBinary,
  arraybuffer: readBinary,
};
