/** Numbers in the forms that people write: read if there is only one reading, otherwise an error with advice. */
import { describe, expect, test } from "vitest";
import { InputError } from "../../src/parameters/InputError";
import * as read from "../../src/parameters/read";
import { failure, run } from "../support/component";
import { startServer, streamed, textMessage } from "../support/server";

describe("a reader", () => {
  const whole = read.optionalInteger({ min: 1 })("Max Tokens");
  const share = read.optionalNumber({ min: 0, max: 1 })("Temperature");
  const dollars = read.optionalNumber({ min: 0 })("Cost");

  test.each<[text: string, number: number]>([
    ["4,096", 4096],
    ["4 096", 4096],
    ["4_096", 4096],
    ["4'096", 4096],
    ["4’096", 4096],
    [" 4\u00a0096 ", 4096],
    ["4\u202f096", 4096],
    ["128 000", 128_000],
    ["1,000,000", 1_000_000],
    ["4096.0", 4096],
  ])("a whole number is read from %j", (text, number) => expect(whole(text)).toBe(number));

  test.each<[text: string, number: number]>([
    ["0,5", 0.5],
    [",5", 0.5],
    ["0,500", 0.5],
    ["1,000", 1],
    ["80%", 0.8],
    ["80 %", 0.8],
    ["80\u00a0%", 0.8],
    ["12,5 %", 0.125],
    ["7%", 0.07],
    ["0.5%", 0.005],
  ])("a number from 0 to 1 is read from %j", (text, number) => expect(share(text)).toBe(number));

  test.each<[text: string, number: number]>([
    ["2,5", 2.5],
    ["1.500", 1.5],
    ["1 500", 1500],
    ["1_000_000", 1_000_000],
  ])("a number is read from %j", (text, number) => expect(dollars(text)).toBe(number));

  const wholeProblem = (text: string) =>
    `Max Tokens must be a whole number of at least 1, but was "${text}".`;
  test.each<[text: string, advice: string]>([
    ["4.096", " Write 4096."],
    ["4.000", " Write 4 or 4000."],
    ["1.000.000", " Write 1000000."],
    ["４０９６", " Write 4096."],
    ["４，０９６", " Write 4096."],
    ["4096 tokens", " Write 4096."],
    ["4,0", " Write 4."],
    ["80 %", " Write a number without %."],
    ["0,5", ""],
    ["4,09", ""],
    ["40,96", ""],
    ["4,096 000", ""],
    ["1e3", ""],
    ["1-2", ""],
    ["lots", ""],
    ["0", ""],
  ])("%j is not a whole number", (text, advice) =>
    expect(() => whole(text)).toThrow(
      new InputError("Max Tokens", wholeProblem(text).slice(11) + advice),
    ),
  );

  test.each<[text: string, advice: string]>([
    ["1,000", " Write 1 or 1000."],
    ["1.000,5", " Write 1000.5."],
    ["1,000.5", " Write 1000.5."],
    ["1,000,000", " Write 1000000."],
    ["$5", " Write 5."],
    ["2,5 USD", " Write 2.5."],
    ["80%", " Write a number without %."],
    ["-1", ""],
  ])("%j is not a number", (text, advice) =>
    expect(() => dollars(text)).toThrow(
      new InputError("Cost", `must be a number of at least 0, but was "${text}".${advice}`),
    ),
  );

  test.each<[text: string, advice: string]>([
    ["70", ""],
    ["150%", ""],
    ["８０％", " Write 0.8."],
    ["0，5", " Write 0.5."],
  ])("%j is not a number from 0 to 1", (text, advice) =>
    expect(() => share(text)).toThrow(
      new InputError("Temperature", `must be a number from 0 to 1, but was "${text}".${advice}`),
    ),
  );
});

describe("a step", () => {
  test("sends a whole number with groups of digits, and a decimal comma, as numbers", async () => {
    const server = await startServer(streamed("Hi."));
    const inputs = { initialMessage: "Hello", model: "m", maxTokens: "8 192", temperature: "0,5" };
    await run("chat", server, inputs);
    expect(server.requests.at(-1)?.json).toMatchObject({ max_tokens: 8192, temperature: 0.5 });
  });

  test("reads 80 % as a Minimum Confidence of 0.8", async () => {
    const json = { reason: "A bill.", branch: "Billing", confidence: 0.75 };
    const server = await startServer({ body: textMessage(JSON.stringify(json)) });
    const { reason } = await run("classifyAndBranch", server, {
      text: "A bill",
      branches: [{ key: "Billing", value: "bills" }],
      minimumConfidence: "80 %",
    });
    expect(reason).toContain("below the minimum of 0.8");
  });

  test("rejects a number with two readings before any request", async () => {
    const server = await startServer(streamed("Hi."));
    const error = await failure("chat", server, { initialMessage: "Hello", maxTokens: "4.096" });
    expect(error.message).toBe(
      'Max Tokens must be a whole number of at least 1, but was "4.096". Write 4096.',
    );
    expect(server.requests).toHaveLength(0);
  });
});
