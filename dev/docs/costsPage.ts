import { maxBranches } from "../../src/actions/messages/classifyAndBranch";
import { maxTokensWithEvidence } from "../../src/actions/messages/extractData";
import { batchLimits } from "../../src/claude/batches/batches";
import { maxRows } from "../../src/claude/documents/table";
import { maxUnpacked } from "../../src/claude/documents/zip";
import { fileLimits } from "../../src/claude/files/files";
import { apiLimits } from "../../src/claude/messages/attachment";
import { maxContinuations } from "../../src/claude/messages/complete";
import { perWebSearch } from "../../src/claude/messages/cost";
import { roomForThinking } from "../../src/claude/messages/reasoning";
import { maxRequestBytes } from "../../src/claude/messages/requestSize";
import { smallLength } from "../../src/claude/messages/storedAttachments";
import {
  fastFactor,
  haiku55LowerTier,
  listPrice,
  type Price,
  pricedModels,
} from "../../src/claude/models/prices";
import { stallMs } from "../../src/client/attempt";
import { maxPacedRetries } from "../../src/client/client";
import { executionMs, reserveMs } from "../../src/client/deadline";
import { maxItems } from "../../src/client/pages";
import { sdkRetryPolicy } from "../../src/client/retry";
import { defaultMaxTokens as maxTokensOfAgent } from "../../src/parameters/agentLimits";
import { defaultMaxTokens } from "../../src/parameters/generation";
import { defaultModel } from "../../src/parameters/model";
import { maxTotalBytes } from "../../src/steps/memory";
import { maxTokens } from "../../src/steps/requestData";
import { maxEntryBytes } from "../../src/steps/sharedState";
import { minSize } from "../../src/steps/uploadAttachments";
import { maxResults } from "../../src/triggers/batchEnded";
import { inMB } from "../../src/wording/sentence";
import type { Description } from "../description";
import { code, compactTable, generated, link, list, page } from "./markdown";

const number = (value: number): string => value.toLocaleString("en-US");

const dollars = (value: number): string =>
  `$${value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 3 })}`;

const batchFactor = 0.5;

const priceRow = (name: string, { input, output, ...cache }: Price): string[] => [
  name,
  ...[input, output, cache.cacheRead, cache.cacheWrite5m, cache.cacheWrite1h].map(dollars),
  ...[input * batchFactor, output * batchFactor].map(dollars),
];

/** The prices of each model, in two rows if a long prompt costs more. */
const priceRows = (): string[][] =>
  pricedModels.flatMap((model) => {
    const short = listPrice(model, haiku55LowerTier);
    const long = listPrice(model, haiku55LowerTier + 1);
    if (!short || !long) return [];
    if (short.input === long.input) return [priceRow(code(model), short)];
    const limit = number(haiku55LowerTier);
    return [
      priceRow(`${code(model)}, prompt of up to ${limit} tokens`, short),
      priceRow(`${code(model)}, longer prompt`, long),
    ];
  });

const sample = { rows: 1_000, shared: 4_000, own: 400, reply: 150 };

/** The costs of a list, with each way to process it. */
const exampleRows = (): string[][] => {
  const price = listPrice(defaultModel, sample.shared + sample.own);
  if (!price) throw new Error(`${defaultModel} has no price`);
  const { rows, shared, own, reply } = sample;
  const inMillions = (tokens: number, perMillion: number) => (tokens * perMillion) / 1_000_000;
  const output = inMillions(rows * reply, price.output);
  const plain = inMillions(rows * (shared + own), price.input);
  const cached =
    inMillions(shared, price.cacheWrite5m) +
    inMillions((rows - 1) * shared, price.cacheRead) +
    inMillions(rows * own, price.input);
  const rowOf = (way: string, input: number, factor = 1) => [
    way,
    dollars(input * factor),
    dollars(output * factor),
    dollars((input + output) * factor),
  ];
  return [
    rowOf("Process List", plain),
    rowOf("Process List, with Cache 5 minutes", cached),
    rowOf("Create Batch", plain, batchFactor),
  ];
};

const minutes = (ms: number): string => `${ms / 60_000} minutes`;

/** The default of an input of an action. */
const defaultOf = ({ actions }: Description, action: string, key: string): string => {
  const input = actions
    .find((one) => one.key === action)
    ?.inputs.flatMap((one) => [one, ...(one.inputs ?? [])])
    .find((one) => one.key === key);
  if (!input) throw new Error(`${action} has no input ${key}`);
  return number(Number(input.default));
};

const kB = (bytes: number): string => `${bytes / 1_000} kB`;
const decimalMB = (bytes: number): string => `${bytes / 1_000_000} MB`;

const limitRows = (description: Description): [title: string, rows: string[][]][] => [
  [
    "Time",
    [
      [
        "An execution of the platform",
        minutes(executionMs),
        `A step ends ${reserveMs / 1_000} seconds before, with the text so far`,
      ],
      ["An attempt, until the reply starts", "10 minutes", "Retried; set Timeout"],
      ["An attempt of a request without a reply of Claude", "1 minute", "Retried; set Timeout"],
      ["Silence within a reply", minutes(stallMs), "Retried"],
      ["A flow that an agent calls", "30 seconds", "Claude is told that the flow timed out"],
      ["A batch", "24 hours", "Requests that are not processed expire"],
      ["Results of a batch", "29 days", "They are deleted"],
    ],
  ],
  [
    "Sizes",
    [
      [
        "A request",
        inMB(maxRequestBytes),
        "An error before it is sent; use Upload Large Attachments",
      ],
      ["A batch", inMB(batchLimits.bytes), "An error before it is sent"],
      ["A file of Upload File", inMB(fileLimits.bytes), "An error before it is sent"],
      ["An image, as base64", inMB(apiLimits.imageBase64), "An error before it is sent"],
      [
        "Each side of an image",
        `${number(apiLimits.imagePixels)} pixels; ${number(apiLimits.manyImagesPixels)} with more than ${apiLimits.manyImages} images`,
        "An error before it is sent",
      ],
      [
        "Images, and pages of PDFs, in a request",
        `${apiLimits.images}; ${apiLimits.withSmallWindow} for a model with a context window of ${number(apiLimits.smallWindow)} tokens`,
        "An error before it is sent",
      ],
      ["An Office document when unpacked", inMB(maxUnpacked), "An error before it is sent"],
      ["Rows of a sheet", number(maxRows), "The other rows are left out, with a warning"],
      [
        "An attachment that Upload Large Attachments uploads",
        `from ${decimalMB(minSize)}`,
        "Smaller ones are sent with the message",
      ],
      [
        "An attachment in the output conversation",
        decimalMB(smallLength),
        "A note replaces it; set Attachments in Conversation",
      ],
      ["Memory of a key", kB(maxEntryBytes), "The oldest turns are deleted"],
      [
        "Memory of all keys",
        decimalMB(maxTotalBytes),
        "The keys that were unused for longest are deleted",
      ],
    ],
  ],
  [
    "Numbers",
    [
      ["Rows of a batch or of Process List", number(batchLimits.requests), "An error"],
      [
        "Results that Get Batch Results returns",
        defaultOf(description, "getBatchResults", "limit"),
        "`hasMore` is true; set Limit or Offset",
      ],
      ["Results that Batch Ended returns per poll", number(maxResults), "Use Get Batch Results"],
      ["Entries that Fetch All reads", number(maxItems), "An error"],
      ["Branches of Classify and Branch", number(maxBranches), "An error"],
      [
        "Turns of an agent",
        defaultOf(description, "runAgent", "turns"),
        "The step ends on the branch Stopped; set Turns",
      ],
      [
        "Turns in a memory",
        defaultOf(description, "chat", "turnsKept"),
        "The oldest are deleted; set Turns Kept",
      ],
      [
        "Retries of a request",
        number(sdkRetryPolicy().maxRetries),
        "The step fails; set Max Retries",
      ],
      [
        "Retries of a row of Process List after a rate limit",
        number(maxPacedRetries),
        "The row fails",
      ],
      [
        "Continuations of a reply that the API paused",
        number(maxContinuations),
        "`paused` is true",
      ],
    ],
  ],
  [
    "Tokens of a reply, thinking included",
    [
      [
        "Chat, Create Batch",
        `${number(defaultMaxTokens)}; ${number(roomForThinking)} if the model thinks`,
        "`truncated` is true; set Max Tokens",
      ],
      [
        "Extract Data, Suggest Fields, Classify and Branch, a row of Process List",
        number(maxTokens),
        "An error; Classify and Branch follows Else",
      ],
      ["Extract Data with Evidence", number(maxTokensWithEvidence), "An error"],
      ["A turn of Run Agent", number(maxTokensOfAgent), "The step ends on the branch Stopped"],
    ],
  ],
];

const caps: string[] = [
  "**Max Tokens** of Chat and Create Batch limits each reply, thinking included. Only tokens that are used are paid for.",
  "**Thinking** and **Effort** in Reasoning: less of both costs fewer output tokens.",
  `**Limits** of ${link("Run Agent", "actions/runAgent.md#limits")}: Cost (US dollars), Total Tokens and Turns stop a run. They are checked between turns, so the last turn can exceed them.`,
  `${link("Count Tokens", "actions/countTokens.md")} returns the maximum cost before anything is sent, free of charge. A branch on \`countTokens.results.cost.total\` stops what is too expensive.`,
  `**Stop After Failures** of ${link("Process List", "actions/processList.md")} begins no more rows after that many failures.`,
  "**Web Max Uses** in Tools limits the searches of a reply.",
  "**Turns Kept** of Memory: each turn is paid for again as input in the next execution.",
  "**Cache**: a prompt that many requests share is paid for once, and then at the price of a cache read.",
  `**${link("Create Batch", "actions/createBatch.md")}**, or Batch Above of Process List: half price for results within 24 hours.`,
  "**Model**: a smaller model costs a fraction. Compare the results with a sample.",
  `**Daily Budget** of the connection stops an instance that has spent an amount in a day: see ${link("Usage by customer, and a budget", "guides/usage.md")}.`,
  "A spend limit of the workspace in the Claude Console applies to all flows together. Above it, steps fail with `no_credit`.",
];

/** The page of prices, limits and how to cap costs. */
export const costsPage = (description: Description): string => {
  const fast = pricedModels.filter((model) => fastFactor(model)).map(code);
  return page(
    generated,
    "# Costs and limits",
    "The output of each step that asks Claude has `cost` at list price and `usage` with the tokens. The connector costs nothing itself; the platform may charge for executions.",
    "## Prices",
    "Anthropic's list prices in US dollars per million tokens, as this version of the connector knows them. The last two columns are the prices in a batch.",
    compactTable(
      [
        "Model",
        "Input",
        "Output",
        "Cache read",
        "Cache write, 5 min.",
        "Cache write, 1 h",
        "Batch input",
        "Batch output",
      ],
      priceRows(),
    ),
    list([
      `Web searches cost ${dollars(perWebSearch * 1_000)} per 1,000, in addition to the tokens of their results. \`cost\` includes them.`,
      "Code Execution may cost extra, which `cost` does not include.",
      "Thinking is paid for as output.",
      `Fast mode costs twice as much. Its price is known for ${fast.join(", ")}.`,
      "Replies that are generated only in the United States (`inference_geo`) cost 10% more.",
      "Attempts that the API rejects cost nothing, and neither do Count Tokens, uploads, and the requests of batches that fail.",
      "If the price of a model or of something in the usage is not known, `cost` is null, and `warnings` says why.",
    ]),
    "## Example",
    `${number(sample.rows)} e-mails with ${code(defaultModel)}. Instructions and schema have ${number(sample.shared)} tokens and are the same for all, each e-mail has ${sample.own}, and each reply has ${sample.reply}.`,
    compactTable(["Way", "Input", "Output", "Total"], exampleRows()),
    `With Cache, the first request writes ${number(sample.shared)} tokens to the cache, and the others read them.`,
    "## How to cap costs",
    list(caps),
    "## Limits",
    ...limitRows(description).flatMap(([title, rows]) => [
      `### ${title}`,
      compactTable(["Limit", "Value", "Beyond it"], rows),
    ]),
    `Rate limits belong to the API key: \`rateLimit\` in the output has what is left of them. See ${link("Lists, row by row", "guides/lists.md")}.`,
  );
};
