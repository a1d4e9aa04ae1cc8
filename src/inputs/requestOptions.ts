import { type Connection, input, structuredObjectInput } from "@prismatic-io/spectral";
import { type Client, createClient, type StepContext } from "../client/client";
import { sdkRetryPolicy } from "../client/retry";
import { fieldText, readHeaders } from "./httpRequest";
import { InputError } from "./InputError";
import { modelId } from "./model";
import {
  group,
  keyValues,
  oneOf,
  optionalInteger,
  optionalNumber,
  optionalObject,
  optionalText,
  texts,
} from "./read";

const label = "Request Options";

const options = {
  timeout: input({
    label: "Timeout (seconds)",
    type: "string",
    required: false,
    comments:
      "Longest time that one attempt may take. Empty: 10 minutes for an answer of Claude to begin and for uploads, 1 minute for everything else.",
    placeholder: "Enter a number of seconds",
    example: "120",
    clean: optionalNumber("Timeout (seconds)", { min: 0.001, max: 900 }),
  }),
  maxRetries: input({
    label: "Max Retries",
    type: "string",
    required: false,
    comments:
      "Number of retries after a temporary failure: no answer, rate limit, overload, server error. Empty: 2. 0 sends the request once.",
    placeholder: "Enter a number of retries",
    example: "2",
    clean: optionalInteger("Max Retries", { min: 0, max: 100 }),
  }),
};

/** Headers that carry a credential in one connection or another. */
const credentialHeaders = ["authorization", "x-api-key"];

const allOptions = {
  ...options,
  headers: input({
    label: "Headers",
    type: "string",
    collection: "keyvaluelist",
    required: false,
    comments:
      "Headers for this request alone, such as a trace id for a gateway. Headers for all requests stand in the connection.",
    placeholder: "Enter a value",
    example: "x-portkey-trace-id: the id of the execution",
    clean: keyValues("Headers", fieldText),
  }),
};

const comments = "How to send the request. The defaults suit most flows.";

export const requestOptions = structuredObjectInput({ label, comments, inputs: allOptions });

const readOptions = group({ label, inputs: allOptions });

/** Parameters that no one may replace. */
const fixed = {
  model: "it has an input of its own.",
  stream: "the connector decides that by itself.",
};

/** Options of requests whose body a person may add to. */
const bodyOptions = {
  ...allOptions,
  betas: input({
    label: "Beta Headers",
    type: "string",
    collection: "valuelist",
    required: false,
    comments:
      "Names of beta features of Claude's API to turn on, as the anthropic-beta header takes them.",
    placeholder: "Enter the name of a beta",
    example: "context-management-2025-06-27",
    clean: (value): string[] => {
      const betas = texts("Beta Headers")(value).flatMap((text) => text.split(","));
      const names = betas.map((name) => name.trim()).filter(Boolean);
      const odd = names.find((name) => /[^\x21-\x7e]/.test(name));
      if (odd)
        throw new InputError("Beta Headers", `holds ${JSON.stringify(odd)}, which is no name.`);
      return names;
    },
  }),
  extraParameters: input({
    label: "Extra Parameters",
    type: "code",
    language: "json",
    required: false,
    comments:
      "Parameters of Claude's API that have no input here, as a JSON object. They are merged into the request last: a value takes the place of one that is there, null removes one.",
    placeholder: "Enter a JSON object",
    example: '{"inference_geo": "us"}',
    clean: (value) => {
      const extra = optionalObject("Extra Parameters")(value);
      for (const [name, why] of Object.entries(fixed)) {
        if (extra && name in extra) {
          throw new InputError("Extra Parameters", `cannot set ${name}: ${why} Remove it.`);
        }
      }
      return extra;
    },
  }),
};

export const countOptions = structuredObjectInput({ label, comments, inputs: bodyOptions });

export const readCountOptions = group({ label, inputs: bodyOptions });

/** Options of an answer of Claude. */
const answerOptions = {
  timeout: options.timeout,
  maxRetries: options.maxRetries,
  fallbackModels: input({
    label: "Fallback Models",
    type: "string",
    collection: "valuelist",
    required: false,
    comments:
      "Models to ask, in this order, when the model before declines to answer or is overloaded. The output tells which one answered.",
    placeholder: "Enter the id of a model",
    example: "claude-opus-5",
    clean: (value) => texts("Fallback Models")(value).map(modelId("Fallback Models")),
  }),
  metadataUserId: input({
    label: "Metadata User ID",
    type: "string",
    required: false,
    comments:
      "Id of the person the request is for, so that Anthropic can detect abuse. No name, address or phone number.",
    placeholder: "Enter an opaque id",
    example: "13803d75-b4b5-4c3e-b2a2-6f21399b021b",
    clean: optionalText("Metadata User ID"),
  }),
  serviceTier: input({
    label: "Service Tier",
    type: "string",
    required: false,
    default: "default",
    model: [
      { label: "API default", value: "default" },
      { label: "Auto: priority capacity where there is any", value: "auto" },
      { label: "Standard only", value: "standard_only" },
    ],
    comments: "Which capacity of Anthropic's serves the request.",
    placeholder: "Choose a service tier",
    example: "auto",
    clean: (value) => {
      const tier = oneOf("Service Tier", ["default", "auto", "standard_only"])(value);
      return tier === "default" ? undefined : tier;
    },
  }),
  uploadAttachments: input({
    label: "Upload Large Attachments",
    type: "string",
    required: false,
    default: "off",
    model: [
      { label: "Off", value: "off" },
      { label: "Keep for 1 day", value: "day" },
      { label: "Keep for 30 days", value: "month" },
      { label: "Keep until deleted", value: "keep" },
    ],
    comments:
      "What to do with attachments of 5 MB or more. Off: they are sent with the message, which takes 32 MB in all. Keep: they are uploaded to Claude's Files API and referenced by id; a warning names it.",
    placeholder: "Choose what to do",
    example: "day",
    clean: (value) =>
      oneOf("Upload Large Attachments", ["off", "day", "month", "keep"])(value) ?? "off",
  }),
  headers: allOptions.headers,
  betas: bodyOptions.betas,
  extraParameters: bodyOptions.extraParameters,
};

export const messageOptions = structuredObjectInput({ label, comments, inputs: answerOptions });

export const readMessageOptions = group({ label, inputs: answerOptions });

/** Options of an agent. */
const optionsOfAgents = {
  timeout: options.timeout,
  maxRetries: options.maxRetries,
  metadataUserId: answerOptions.metadataUserId,
  serviceTier: answerOptions.serviceTier,
  uploadAttachments: answerOptions.uploadAttachments,
  headers: allOptions.headers,
  betas: bodyOptions.betas,
  extraParameters: bodyOptions.extraParameters,
};

export const agentOptions = structuredObjectInput({ label, comments, inputs: optionsOfAgents });

export const readAgentOptions = group({ label, inputs: optionsOfAgents });

/** Options of a batch. */
const optionsOfBatches = {
  timeout: options.timeout,
  maxRetries: {
    ...options.maxRetries,
    comments:
      "Number of retries after a rate limit or overload. Empty: 2. After a failure that leaves open whether the batch was created, nothing is sent again.",
  },
  metadataUserId: answerOptions.metadataUserId,
  headers: allOptions.headers,
  betas: bodyOptions.betas,
  extraParameters: bodyOptions.extraParameters,
};

export const batchOptions = structuredObjectInput({ label, comments, inputs: optionsOfBatches });

export const readBatchOptions = group({ label, inputs: optionsOfBatches });

/**
 * The client of a step, as its Connection and its Request Options have it.
 *
 * @param secrets What must not be seen in logs, errors and outputs, besides the connection's own.
 */
export const stepClient = (
  context: StepContext,
  { connection, requestOptions }: { connection: Connection; requestOptions: unknown },
  secrets: readonly string[] = [],
): Client => {
  const { timeout, maxRetries, headers = [] } = readOptions(requestOptions);
  const client = createClient(context, connection, {
    headers: readHeaders("Headers", headers, credentialHeaders),
    timeoutMs: timeout === undefined ? undefined : timeout * 1_000,
    retry: sdkRetryPolicy(maxRetries),
    secrets,
  });
  const taken = headers.find(({ key }) =>
    client.credentialHeaderNames.includes(key.trim().toLowerCase()),
  );
  if (taken) {
    throw new InputError(
      "Headers",
      `holds ${taken.key}, which carries the credential. Remove that row.`,
    );
  }
  return client;
};
