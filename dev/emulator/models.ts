import type { ModelInfo } from "@anthropic-ai/sdk/resources/models";
import { modelExample } from "../../src/claude/models/schema";

const types = (...names: string[]) => {
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
  thinking: ReturnType<typeof types>,
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

/** Some of the models of November 2026, newest first as the API lists them. */
export const models: ModelInfo[] = [
  model("claude-fable-5-2", "Claude Fable 5.2", "2026-11-09", "fable", types("adaptive")),
  model(
    "claude-haiku-5-5",
    "Claude Haiku 5.5",
    "2026-10-07",
    "haiku",
    types("adaptive", "disabled"),
  ),
  modelExample,
  model("claude-opus-5-5", "Claude Opus 5.5", "2026-09-22", "opus", types("adaptive")),
  model(
    "claude-opus-4-6",
    "Claude Opus 4.6",
    "2026-02-05",
    "opus",
    types("adaptive", "enabled", "disabled"),
  ),
  model(
    "claude-haiku-4-5-20251001",
    "Claude Haiku 4.5",
    "2025-10-01",
    "haiku",
    types("enabled", "disabled"),
    smaller,
  ),
  model(
    "claude-sonnet-4-5-20250929",
    "Claude Sonnet 4.5",
    "2025-09-29",
    "sonnet",
    types("enabled", "disabled"),
    {
      ...smaller,
      lifecycle: "deprecated",
      deprecated_at: "2026-09-28T00:00:00Z",
      retires_at: "2026-11-30T00:00:00Z",
    },
  ),
];
