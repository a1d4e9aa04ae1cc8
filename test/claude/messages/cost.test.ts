import type { Usage } from "@anthropic-ai/sdk/resources/messages";
import { describe, expect, test } from "vitest";
import { messageCost } from "../../../src/claude/messages/cost";

const cost = (model: string, usage: Partial<Usage>) =>
  messageCost(model, [{ input_tokens: 0, output_tokens: 0, ...usage } as Usage]).cost;

const million = 1_000_000;

describe("messageCost", () => {
  // In dollars per million tokens: input, output, cache write (5 minutes), cache write (1 hour), cache read.
  test.each([
    ["claude-fable-5-2", 8, 40, 10, 16, 0.2],
    ["claude-fable-5", 10, 50, 12.5, 20, 1],
    ["claude-opus-5", 5, 25, 6.25, 10, 0.5],
    ["claude-sonnet-5-5", 2, 10, 2.5, 4, 0.1],
    ["claude-sonnet-4-5-20250929", 3, 15, 3.75, 6, 0.3],
    ["claude-haiku-5-5", 0.5, 2.5, 0.625, 1, 0.05],
  ])(
    "prices of %s: input %d, output %d, cache writes %d and %d, cache read %d",
    (model, input, output, write5m, write1h, read) => {
      const spent = (usage: Partial<Usage>) => cost(model, usage)?.input;
      const written = { cache_creation_input_tokens: million };
      const hour = { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: million };
      expect([
        spent({ input_tokens: million }),
        // Cached input counts toward the price tier of the prompt.
        cost(model, { cache_read_input_tokens: million, output_tokens: million })?.output,
        spent(written),
        spent({ ...written, cache_creation: hour }),
        spent({ cache_read_input_tokens: million }),
      ]).toEqual([input, output, write5m, write1h, read]);
    },
  );

  test("cache writes and cache reads have their own prices", () => {
    expect(
      cost("claude-sonnet-5-5", {
        input_tokens: million,
        cache_creation_input_tokens: 3 * million,
        cache_creation: {
          ephemeral_5m_input_tokens: million,
          ephemeral_1h_input_tokens: 2 * million,
        },
        cache_read_input_tokens: million,
      }),
    ).toMatchObject({ input: 2 + 2.5 + 2 * 4 + 0.1, output: 0 });
  });

  test("cache writes without details are priced as 5 minutes", () => {
    expect(cost("claude-sonnet-5-5", { cache_creation_input_tokens: million })).toMatchObject({
      input: 2.5,
    });
  });

  test("prompts above 100,000 tokens use the higher price tier", () => {
    const small = { input_tokens: 50_000, cache_read_input_tokens: 50_000, output_tokens: 10_000 };
    const large = { ...small, input_tokens: 50_001 };
    expect(cost("claude-haiku-5-5", small)).toMatchObject({ input: 0.0055, output: 0.005 });
    expect(cost("claude-haiku-5-5", large)).toMatchObject({ input: 0.0275005, output: 0.025 });
  });

  test("batches cost half, US inference 1.1 times, and web searches are added", () => {
    const usage = { input_tokens: million, output_tokens: million };
    expect(cost("claude-sonnet-5-5", { ...usage, service_tier: "batch" })).toMatchObject({
      total: 6,
    });
    expect(cost("claude-sonnet-5-5", { ...usage, inference_geo: "us" })).toMatchObject({
      total: 13.2,
    });
    const server_tool_use = { web_search_requests: 3, web_fetch_requests: 1 };
    expect(cost("claude-sonnet-5-5", { ...usage, server_tool_use })).toEqual({
      input: 2,
      output: 10,
      total: 12.03,
      currency: "USD",
    });
  });

  test("costs are rounded without floating-point noise", () => {
    expect(cost("claude-sonnet-5-5", { input_tokens: 3, output_tokens: 7 })).toEqual({
      input: 0.000006,
      output: 0.00007,
      total: 0.000076,
      currency: "USD",
    });
  });

  test.each([
    ["claude-unknown", {}, { code: "price_unknown", model: "claude-unknown" }],
    ["constructor", {}, { code: "price_unknown", model: "constructor" }],
    ["claude-opus-5-5", { speed: "fast" as const }, { code: "fast_price_unknown" }],
  ])("is null with a notice for %s %j", (model, usage, notice) => {
    expect(messageCost(model, [{ input_tokens: 1, output_tokens: 1, ...usage } as Usage])).toEqual({
      cost: null,
      notice,
    });
  });

  test("is null with a notice when the host reports no usage", () => {
    expect(messageCost("claude-sonnet-5-5", [undefined as unknown as Usage])).toEqual({
      cost: null,
      notice: { code: "usage_missing" },
    });
  });
});
