import type { Description } from "../description";
import { flowExamples } from "./flowExamples";
import { guides } from "./guides";
import { link, list, page } from "./markdown";

/** An entry of llms.txt: a link and a description in one line. */
const entry = (title: string, target: string, description: string): string =>
  `${link(title, target)}: ${description}`;

/**
 * The index of the documentation for language models.
 *
 * @see https://llmstxt.org
 */
export const llmsText = (description: Description): string => {
  const { label, actions, triggers, dataSources } = description;
  const names = (steps: readonly { label: string }[]) => steps.map(({ label }) => label).join(", ");
  return page(
    `# ${label} connector for Prismatic`,
    `> A component for the Prismatic embedded integration platform with ${actions.length} actions, ${triggers.length} triggers and ${dataSources.length} data sources: Claude in flows, for chat, data extraction, routing, lists, agents, batches and files.`,
    "Steps are identified by keys in YAML and code, and by labels in the designer. A later step references an output by the name of the step, such as `chat.results.text`.",
    "## Start",
    list([
      entry(
        "README",
        "README.md",
        "what it does, how to run it without an account, how to publish it",
      ),
      entry(
        "Which step do I need?",
        "docs/README.md",
        "a table of needs, steps and costs, and an index of all pages",
      ),
      entry(
        "Skill for assistants",
        "skills/anthropic-connector/SKILL.md",
        "how to build integrations with this component",
      ),
    ]),
    "## Reference",
    list([
      entry("Connections", "docs/connections.md", "fields of the two connections"),
      entry("Triggers", "docs/triggers.md", `${names(triggers)}`),
      entry("Data sources", "docs/data-sources.md", `${names(dataSources)}`),
      entry("Errors by message", "docs/errors.md", "causes, what to change, whether a retry helps"),
      entry("Costs and limits", "docs/costs-and-limits.md", "prices, sizes, times, caps"),
      entry("Glossary", "docs/glossary.md", "words, one sentence each"),
      entry("Host differences", "docs/hosts.md", "how responses of gateways are normalized"),
    ]),
    "## Actions",
    list(
      actions.map(({ key, label, description }) =>
        entry(label, `docs/actions/${key}.md`, `\`${key}\`. ${description}.`),
      ),
    ),
    "## Guides",
    list(guides.map(([file, title]) => link(title, `docs/guides/${file}`))),
    "## Examples",
    list(
      flowExamples().map(({ file, description }) => entry(file, `examples/${file}`, description)),
    ),
    "## Optional",
    list([
      entry("Contributing", "CONTRIBUTING.md", "tests, and how to change the connector"),
      entry("Threat model", "docs/security.md", "threats, defenses and tests"),
      entry("Decisions", "docs/decisions/README.md", "why the connector works as it does"),
      entry("Changelog", "CHANGELOG.md", "changes by version"),
    ]),
  );
};
