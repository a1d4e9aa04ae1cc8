import { caching } from "./caching";
import { systemMessage } from "./conversation";
import {
  choice,
  flag,
  group,
  integer,
  json,
  keyValueList,
  line,
  list,
  number,
  parameter,
} from "./define";
import { fieldText } from "./httpRequest";
import { InputError } from "./InputError";
import { modelId } from "./model";
import { fallback, onFailure } from "./onFailure";
import { optionalObject, type Reader, texts } from "./read";
import { variables } from "./variables";

const readBetas: Reader<string[]> = (label) => (value) => {
  const betas = texts(label)(value).flatMap((text) => text.split(","));
  const names = betas.map((name) => name.trim()).filter(Boolean);
  const invalid = names.find((name) => /[^\x21-\x7e]/.test(name));
  if (invalid) {
    throw new InputError(label, `has an invalid beta name: ${JSON.stringify(invalid)}.`);
  }
  return names;
};

/** Parameters that cannot be replaced. */
const fixedParameters = ["model", "stream"];

const readExtraParameters: Reader<Record<string, unknown> | undefined> = (label) => (value) => {
  const extra = optionalObject(label)(value);
  for (const name of fixedParameters) {
    if (extra && name in extra) {
      throw new InputError(label, `cannot set ${name}, which the step sets. Remove it.`);
    }
  }
  return extra;
};

/** The steps that ask Claude and return its answer. */
const asking = ["chat", "processList", "runAgent", "other"] as const;

/** Rarely used inputs of a step. */
export const requestOptions = group("Advanced", "Inputs that most flows leave at their defaults.", {
  onFailure: parameter({ input: onFailure, steps: asking }),
  fallback: parameter({ input: fallback, steps: asking }),
  timeout: parameter({
    input: number("Timeout (seconds)", {
      min: 0.001,
      max: 900,
      comments:
        "Time limit for each attempt, in seconds. Default: that of the connection, else 10 minutes for a message to start and 1 minute for everything else.",
      placeholder: "Enter a number of seconds",
      example: "120",
    }),
  }),
  maxRetries: parameter({
    input: integer("Max Retries", {
      min: 0,
      max: 100,
      comments:
        "Number of retries after a temporary failure: no response, rate limit, overload, server error. Default: that of the connection, else 2. Enter 0 to send the request once.",
      placeholder: "Enter a number of retries",
      example: "2",
    }),
    commentsFor: {
      createBatch:
        "Number of retries after a rate limit or overload. Default: that of the connection, else 2. The request is not sent again if the batch may have been created.",
    },
  }),
  fallbackModels: parameter({
    input: list(
      "Fallback Models",
      {
        comments:
          "Models to try, in order, if the previous one refuses or is overloaded. model in the output is the one that responded.",
        placeholder: "Enter the ID of a model",
        example: "claude-opus-5",
      },
      (label) => (value) => texts(label)(value).map(modelId(label)),
    ),
    steps: ["chat"],
  }),
  variables: parameter({ input: variables, steps: ["chat", "countTokens"] }),
  systemMessage: parameter({ input: systemMessage, steps: ["chat", "countTokens"] }),
  contentAsData: parameter({
    input: flag("Treat Content as Data", {
      comments:
        'If on, Claude is told not to follow instructions in attached files, fields of items, variables and results of tools, such as "ignore your rules" in an e-mail. This makes prompt injection less likely; it does not exclude it.',
    }),
    steps: ["chat", "createBatch", "processList", "runAgent"],
  }),
  cache: parameter({ ...caching.parameters.cache, steps: ["chat", "createBatch", "processList"] }),
  metadataUserId: parameter({
    input: line("Metadata User ID", {
      comments:
        "ID of the person the request is made for, to help Anthropic detect abuse. Not a name, address or phone number.",
      placeholder: "Enter an opaque ID",
      example: "13803d75-b4b5-4c3e-b2a2-6f21399b021b",
    }),
    steps: ["chat", "createBatch", "processList", "runAgent"],
    body: (id) => (id ? { metadata: { user_id: id } } : {}),
  }),
  serviceTier: parameter({
    input: choice(
      "Service Tier",
      {
        default: "API default",
        auto: "Auto: priority capacity if available",
        standard_only: "Standard only",
      },
      {
        comments: "Which of Anthropic's capacity serves the request.",
        placeholder: "Choose a service tier",
        example: "auto",
      },
    ),
    steps: ["chat", "runAgent"],
    body: (tier) => (tier === "default" ? {} : { service_tier: tier }),
  }),
  uploadAttachments: parameter({
    input: choice(
      "Upload Large Attachments",
      {
        off: "Off",
        day: "Keep for 1 day",
        month: "Keep for 30 days",
        keep: "Keep until deleted",
      },
      {
        comments:
          "Uploads attachments of 5 MB or more to Claude's Files API and references them by ID, which warnings reports. If off, they are sent with the message, which can have at most 32 MB.",
        placeholder: "Choose how long to keep them",
        example: "day",
      },
    ),
    steps: ["chat", "runAgent"],
  }),
  keepAttachments: parameter({
    input: choice(
      "Attachments in Conversation",
      {
        small: "Up to 1 MB each",
        all: "All",
        none: "None",
      },
      {
        comments:
          "Which attachments the output conversation contains, for later questions about them. Others are replaced by a note, so that flows do not store and send them again. Tool calls keep them until they are complete.",
        placeholder: "Choose which to keep",
        example: "small",
      },
    ),
    steps: ["chat"],
  }),
  headers: parameter({
    input: keyValueList("Headers", fieldText, {
      keyLabel: "Header Name",
      comments:
        "Headers for this request only, such as a trace ID for a gateway. Headers for all requests belong in the connection.",
      placeholder: "Enter a value",
      example: "x-portkey-trace-id: the ID of the execution",
    }),
  }),
  betas: parameter({
    input: list(
      "Beta Headers",
      {
        comments: "Names of beta features to turn on, as in the anthropic-beta header.",
        placeholder: "Enter the name of a beta",
        example: "context-management-2025-06-27",
      },
      readBetas,
    ),
    steps: ["chat", "countTokens", "createBatch", "processList", "runAgent"],
  }),
  extraParameters: parameter({
    input: json(
      "Extra Parameters",
      {
        comments:
          "Parameters of Claude's API that have no input here, as a JSON object. They are merged into the request last: a value replaces an existing one, null removes one.",
        placeholder: "Enter a JSON object",
        example: '{"inference_geo": "us"}',
      },
      readExtraParameters,
    ),
    steps: ["chat", "countTokens", "createBatch", "processList", "runAgent"],
  }),
});
