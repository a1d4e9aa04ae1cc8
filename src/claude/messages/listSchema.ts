import type { ErrorData } from "../../client/errorCode";
import { errorSchema } from "../errorSchema";
import { nullable } from "../nullable";
import type { Cost } from "./cost";
import { messageResultSchema } from "./schema";

/** The token counts of one row, or of all. */
export interface RowUsage {
  input_tokens: number;
  output_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
  total_tokens: number;
}

/** The answer of one row. */
export interface RowResult {
  /** The value of ID Field, else the number of the row. */
  id: string;
  /** From 1. */
  row: number;
  ok: boolean;
  /** The record, if a structure was asked for. */
  json: unknown;
  /** The reply, if no structure was asked for, or if it does not match. */
  text: string | null;
  /** Required fields that were not found. */
  missing: string[];
  error: ErrorData | null;
  usage: RowUsage | null;
  /** Null if the price is not known. */
  cost: Cost | null;
}

/** What Process List returns. */
export interface ListOutput {
  results: RowResult[];
  /** The items of rows that failed, to process again. */
  failed: unknown[];
  /** The items of rows that were not begun. */
  remaining: unknown[];
  /** Why rows remain, null if none do. */
  reason: string | null;
  counts: { total: number; succeeded: number; failed: number; remaining: number; batched: number };
  usage: RowUsage;
  /** Of all rows, null if a price is not known. */
  cost: Cost | null;
  /** The ID of the batch that the list became. */
  batchId: string | null;
  /** The JSON Schema of a record, for Get Batch Results, or if it was made of an example. */
  schema?: Record<string, unknown>;
  warnings: string[];
}

const count = { type: "integer" };

const usageSchema = {
  type: ["object", "null"],
  properties: {
    input_tokens: count,
    output_tokens: count,
    cache_creation_input_tokens: count,
    cache_read_input_tokens: count,
    total_tokens: count,
  },
};

const { cost, warnings, schema } = messageResultSchema.properties;

/** JSON Schema of ListOutput, for the designer. */
export const listSchema = {
  type: "object",
  properties: {
    results: {
      type: "array",
      description: "One result for each row that was processed, in the order of the rows",
      items: {
        type: "object",
        properties: {
          id: { type: "string", description: "Value of ID Field, else the number of the row" },
          row: { type: "integer", description: "Number of the row, from 1" },
          ok: { type: "boolean", description: "Whether the row succeeded" },
          json: { description: "The record, if Fields or JSON Schema is given" },
          text: nullable("string", "The reply, if it is not a record"),
          missing: {
            type: "array",
            description: "Required fields that were not found",
            items: { type: "string" },
          },
          error: errorSchema("Why the row failed"),
          usage: { ...usageSchema, description: "Token counts of the row" },
          cost,
        },
        required: ["id", "row", "ok", "json", "text", "missing", "error", "usage", "cost"],
      },
    },
    failed: { type: "array", description: "Items of the rows that failed", items: {} },
    remaining: {
      type: "array",
      description: "Items of the rows that were not begun, for Items of the next execution",
      items: {},
    },
    reason: nullable("string", "Why rows remain"),
    counts: {
      type: "object",
      description: "Number of rows by outcome",
      properties: {
        total: count,
        succeeded: count,
        failed: count,
        remaining: count,
        batched: count,
      },
      required: ["total", "succeeded", "failed", "remaining", "batched"],
    },
    usage: { ...usageSchema, type: "object", description: "Token counts of all rows" },
    cost: { ...cost, description: "Cost of all rows at list price, null if a price is not known" },
    batchId: nullable("string", "ID of the batch, if the list was submitted as one"),
    schema,
    warnings,
  },
  required: [
    "results",
    "failed",
    "remaining",
    "reason",
    "counts",
    "usage",
    "cost",
    "batchId",
    "warnings",
  ],
};

const usage = {
  input_tokens: 210,
  output_tokens: 24,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  total_tokens: 234,
};
const rowCost = { input: 0.00042, output: 0.00024, total: 0.00066, currency: "USD" } as const;

export const rowExample: RowResult = {
  id: "A-1042",
  row: 1,
  ok: true,
  json: null,
  text: "The customer praises the quick delivery.",
  missing: [],
  error: null,
  usage,
  cost: rowCost,
};

export const listExample: ListOutput = {
  results: [rowExample],
  failed: [],
  remaining: [],
  reason: null,
  counts: { total: 1, succeeded: 1, failed: 0, remaining: 0, batched: 0 },
  usage,
  cost: rowCost,
  batchId: null,
  warnings: [],
};
