import { readFileSync } from "node:fs";
import path from "node:path";
import { invokeFlow } from "@prismatic-io/spectral/dist/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readInvoice } from "../src/flows";
import { connector, startEmulator, withComponents } from "./connector";

let emulator: Awaited<ReturnType<typeof startEmulator>>;

beforeAll(async () => {
  emulator = await startEmulator();
});

afterAll(() => emulator.stop());

/** Runs the flow with the file that is posted to it. */
const read = async (data: unknown, contentType: string) => {
  const { result } = await invokeFlow(withComponents(readInvoice), {
    configVars: {
      "Claude Connection": { key: "anthropic", fields: { apiKey: "any", baseUrl: emulator.url } },
    },
    payload: { body: { data, contentType } },
  });
  return result?.data;
};

test("returns the invoice if nothing is missing", async () => {
  const text = "Invoice number: 7. Date: 2026-11-20. Due date: 2026-12-20. Total: 20.00 EUR.";
  expect(await read(text, "text/plain")).toEqual({
    invoice: { number: "7", date: "2026-11-20", total: 20, dueDate: "2026-12-20" },
  });
});

test("drafts a question if something is missing", async () => {
  const pdf = readFileSync(path.join(connector, "dev/samples/invoice.pdf"));
  expect(await read(pdf, "application/pdf")).toEqual({
    invoice: { number: "1042", date: "2026-11-20", total: 118.5, dueDate: null },
    missing: ["dueDate"],
    question: "The emulator received: Ask the sender of invoice 1042 for: dueDate",
  });
});

test("returns the error if the file cannot be read", async () => {
  expect(await read("", "text/plain")).toEqual({ error: "invalid_input", retryable: false });
});
