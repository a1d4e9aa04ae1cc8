import type { ModelInfo } from "@anthropic-ai/sdk/resources/models";
import { modelExample } from "../../src/claude/models/schema";

const thinkingTypes = (...names: string[]) => {
  const all = ["adaptive", "between_tools", "disabled", "enabled"] as const;
  return Object.fromEntries(
    all.map((name) => [name, { supported: names.includes(name) }]),
  ) as Record<(typeof all)[number], { supported: boolean }>;
};

const model = (
  id: string,
  display_name: string,
  created: string,
  line: ModelInfo["line"],
  thinking: ReturnType<typeof thinkingTypes>,
  rest: Partial<ModelInfo> = {},
): ModelInfo => ({
  ...modelExample,
  id,
  display_name,
  created_at: `${created}T00:00:00Z`,
  line,
  capabilities: modelExample.capabilities && {
    ...modelExample.capabilities,
    thinking: { supported: true, types: thinking },
  },
  ...rest,
});

const smaller = { max_input_tokens: 200_000, max_tokens: 64_000 };

/** Some of the models available in November 2026, newest first, as in the API. */
export const models: ModelInfo[] = [
  model("claude-fable-5-2", "Claude Fable 5.2", "2026-11-09", "fable", thinkingTypes("adaptive")),
  model(
    "claude-haiku-5-5",
    "Claude Haiku 5.5",
    "2026-10-07",
    "haiku",
    thinkingTypes("adaptive", "disabled"),
  ),
  modelExample,
  model("claude-opus-5-5", "Claude Opus 5.5", "2026-09-22", "opus", thinkingTypes("adaptive")),
  model(
    "claude-opus-4-6",
    "Claude Opus 4.6",
    "2026-02-05",
    "opus",
    thinkingTypes("adaptive", "enabled", "disabled"),
  ),
  model(
    "claude-haiku-4-5-20251001",
    "Claude Haiku 4.5",
    "2025-10-01",
    "haiku",
    thinkingTypes("enabled", "disabled"),
    smaller,
  ),
  model(
    "claude-sonnet-4-5-20250929",
    "Claude Sonnet 4.5",
    "2025-09-29",
    "sonnet",
    thinkingTypes("enabled", "disabled"),
    {
      ...smaller,
      lifecycle: "deprecated",
      deprecated_at: "2026-09-28T00:00:00Z",
      retires_at: "2026-11-30T00:00:00Z",
    },
  ),
];
