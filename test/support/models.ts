import type { ModelInfo } from "@anthropic-ai/sdk/resources/models";
import { modelExample } from "../../src/claude/models/schema";

const support = (names: readonly string[], all: readonly string[]) =>
  Object.fromEntries(all.map((name) => [name, { supported: names.includes(name) }]));

const thinkingTypes = ["adaptive", "between_tools", "disabled", "enabled"];
const effortLevels = ["low", "medium", "high", "xhigh", "max"];

/** Model info with these capabilities. */
export const modelWith = (
  can: { thinking?: string[]; effort?: string[]; [capability: string]: unknown } = {},
  rest: Partial<ModelInfo> = {},
): ModelInfo => {
  const { thinking, effort, ...others } = can;
  return {
    ...modelExample,
    ...rest,
    capabilities: {
      ...modelExample.capabilities,
      ...(thinking && {
        thinking: { supported: thinking.length > 0, types: support(thinking, thinkingTypes) },
      }),
      ...(effort && {
        effort: { supported: effort.length > 0, ...support(effort, effortLevels) },
      }),
      ...others,
    },
  } as ModelInfo;
};
