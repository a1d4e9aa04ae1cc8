/** Shows the five actions of the built component at work: `npm start`. */
import { createHarness } from "@prismatic-io/spectral/dist/testing";
import color from "picocolors";
import type { MessageResult } from "../src/claude/messages/result";
import { builtComponent } from "./component";
import { openTarget } from "./target";

const haiku = "Write a haiku about a paper clip.";

const main = async () => {
  const { connection, emulator } = await openTarget([
    {
      when: /haiku/,
      text: "Bent once, it still holds\nthe pages that we forgot:\nquiet silver line.",
    },
  ]);
  const harness = createHarness(builtComponent);
  const logger = { ...console, metric: console.log, warn: note };

  console.log(
    emulator
      ? "Five actions against an emulator of Claude's API in this process. No account, no network, no cost.\nSet ANTHROPIC_API_KEY to run the same against the real API.\n"
      : "Five actions against Claude's API. The cost of each answer is shown.\n",
  );

  /** Runs an action and shows what was asked and what came of it. */
  const show = async <T>(
    key: keyof typeof builtComponent.actions,
    inputs: Record<string, unknown>,
    summary: (data: T) => string,
  ) => {
    const { display, inputs: definitions } = builtComponent.actions[key] ?? {};
    console.log(color.bold(display?.label));
    for (const [name, value] of Object.entries(inputs)) {
      const label = definitions?.find((definition) => definition.key === name)?.label ?? name;
      console.log(`  ${label.padEnd(14)}${String(value)}`);
    }
    try {
      const result = await harness.action(key, { connection, ...inputs }, { logger });
      console.log(color.green(indent(summary(result?.data as T))));
    } catch (error) {
      console.log(color.red(indent(String(error))));
    }
    console.log();
  };

  await show<{ data: { display_name: string }[] }>("listModels", { fetchAll: true }, ({ data }) =>
    [`${data.length} models, newest first:`, ...data.map(({ display_name }) => display_name)].join(
      "\n",
    ),
  );
  await show<{ display_name: string; max_input_tokens: number; max_tokens: number }>(
    "getModel",
    { model: "claude-sonnet-5-5" },
    (model) =>
      `${model.display_name}: reads up to ${model.max_input_tokens.toLocaleString("en")} tokens, writes up to ${model.max_tokens.toLocaleString("en")}`,
  );
  await show<{ input_tokens: number }>(
    "countTokens",
    { message: haiku },
    ({ input_tokens }) => `${input_tokens} tokens`,
  );
  // The API is overloaded now and then; the connector sends the request again by itself.
  emulator?.failNext(529, "overloaded_error", "Overloaded");
  await show<MessageResult>(
    "chat",
    { initialMessage: haiku, systemPrompt: "Answer with the poem alone." },
    ({ text, usage, cost, requestId, attempts }) =>
      [
        text,
        "",
        `tokens    ${usage.input_tokens} in, ${usage.output_tokens} out, ${usage.total_tokens} in all`,
        `cost      $${cost?.total}`,
        `request   ${requestId}`,
        `attempts  ${attempts}`,
      ].join("\n"),
  );
  await show<{ data: { id: string }[]; has_more: boolean }>(
    "rawRequest",
    { method: "GET", url: "/models?limit=1" },
    (page) => JSON.stringify({ ...page, data: page.data.map(({ id }) => ({ id, "…": "…" })) }),
  );
  console.log("And what mistakes look like. The first is found before anything is sent.\n");
  await show(
    "chat",
    { initialMessage: haiku, maxTokens: "lots" },
    () => "This line is not reached.",
  );
  await show(
    "chat",
    { initialMessage: haiku, model: "claude-3-5-sonnet-latest" },
    () => "The model answers.",
  );

  await emulator?.stop();
};

const indent = (text: string) => text.replace(/^/gm, "  ");
const note = (line: unknown) => console.log(color.yellow(indent(String(line))));

void main();
