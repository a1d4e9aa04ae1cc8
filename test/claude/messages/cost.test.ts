import type { Message, Usage } from "@anthropic-ai/sdk/resources/messages";
import { describe, expect, test } from "vitest";
import { messageCost, totalTokens } from "../../../src/claude/messages/cost";

const cost = (model: string, usage: object) =>
  messageCost({ model, content: [] }, [{ input_tokens: 0, output_tokens: 0, ...usage } as Usage])
    .cost;

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
    ["claude-haiku-4-5", { speed: "fast" as const }, { code: "fast_price_unknown" }],
    ["claude-opus-5-5", { image_tokens: 5 }, { code: "usage_unknown", name: "image_tokens" }],
    [
      "claude-opus-5-5",
      { server_tool_use: { web_search_requests: 0, video_requests: 1 } },
      { code: "usage_unknown", name: "video_requests" },
    ],
    [
      "claude-opus-5-5",
      { iterations: [{ type: "later", input_tokens: 1, output_tokens: 1 }] },
      { code: "usage_unknown", name: "later" },
    ],
    [
      "claude-opus-5-5",
      { iterations: [{ type: "advisor_message", model: "claude-next", output_tokens: 1 }] },
      { code: "price_unknown", model: "claude-next" },
    ],
  ])("is null with a notice for %s %j", (model, usage, notice) => {
    expect(
      messageCost({ model, content: [] }, [
        { input_tokens: 1, output_tokens: 1, ...usage } as Usage,
      ]),
    ).toEqual({
      cost: null,
      notice,
    });
  });

  test.each([
    ["claude-opus-5-5", 8, 40],
    ["claude-fable-5-2", 16, 80],
  ])("fast mode of %s costs %d and %d", (model, input, output) => {
    const fast = { input_tokens: million, output_tokens: million, speed: "fast" as const };
    expect(cost(model, fast)).toMatchObject({ input, output });
  });

  test.each([
    ["a total below its parts", 1_000, 0, 2_000, 2_000, 0],
    ["no total", undefined, 1_000, 2_000, 2_000, 1_000],
    ["a total above its parts", 5_000, 1_000, 2_000, 2_000, 3_000],
  ])("cache writes with %s", (_, total, minutes, hour, written1h, written5m) => {
    const usage = {
      cache_creation_input_tokens: total,
      cache_creation: { ephemeral_5m_input_tokens: minutes, ephemeral_1h_input_tokens: hour },
    };
    expect(cost("claude-sonnet-5-5", usage)?.input).toBe(
      (written1h * 4 + written5m * 2.5) / million,
    );
    expect(totalTokens(usage as Usage)).toBe(written1h + written5m);
  });

  test("a compaction and an advisor are paid besides the message, each at its model's price", () => {
    const usage = {
      input_tokens: 300,
      output_tokens: 30,
      service_tier: "batch" as const,
      iterations: [
        { type: "compaction", input_tokens: 90_000, output_tokens: 80 },
        { type: "message", input_tokens: 100, output_tokens: 10, model: null },
        {
          type: "advisor_message",
          model: "claude-opus-4-8",
          input_tokens: 2_000,
          output_tokens: 20,
        },
        { type: "message", input_tokens: 200, output_tokens: 20 },
      ],
    };
    expect(cost("claude-sonnet-4-6", usage)).toEqual({
      input: ((90_300 * 3 + 2_000 * 5) * 0.5) / million,
      output: ((110 * 15 + 20 * 25) * 0.5) / million,
      total: ((90_300 * 3 + 2_000 * 5 + 110 * 15 + 20 * 25) * 0.5) / million,
      currency: "USD",
    });
    expect(totalTokens(usage as unknown as Usage)).toBe(90_300 + 2_000 + 110 + 20);
  });

  test("iterations of the message only are the counts of the whole", () => {
    const message = { type: "message", input_tokens: 60_000, output_tokens: 10 };
    const usage = { input_tokens: 120_000, output_tokens: 20, iterations: [message, message] };
    expect(cost("claude-haiku-5-5", usage)).toEqual(
      cost("claude-haiku-5-5", { input_tokens: 120_000, output_tokens: 20 }),
    );
  });

  test("is null with a notice for a text without output tokens", () => {
    const content = [{ type: "text", text: "Hi", citations: null }] as Message["content"];
    const usage = { input_tokens: 5, output_tokens: 0 } as Usage;
    expect(messageCost({ model: "claude-sonnet-5-5", content }, [usage])).toEqual({
      cost: null,
      notice: { code: "usage_missing" },
    });
  });

  test("is null with a notice when the host reports no usage", () => {
    expect(
      messageCost({ model: "claude-sonnet-5-5", content: [] }, [undefined as unknown as Usage]),
    ).toEqual({
      cost: null,
      notice: { code: "usage_missing" },
    });
  });
});
