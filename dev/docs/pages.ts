import type { Component } from "../component";
import { type Description, describeComponent, type StepDescription } from "../description";
import { actionPage, payloadBlock } from "./actionPage";
import { costsPage } from "./costsPage";
import { errorsPage } from "./errorsPage";
import { filesGuide } from "./filesGuide";
import { flowExamples } from "./flowExamples";
import { glossaryPage } from "./glossary";
import { guides } from "./guides";
import { inputSections } from "./inputs";
import { llmsText } from "./llms";
import { compactTable, generated, link, list, page, table } from "./markdown";
import { needs } from "./needs";
import type { Runs } from "./runs";
import { skillFile, skillText } from "./skill";

const linksTo = ({ actions }: Description, keys: readonly string[], folder: string): string =>
  actions
    .filter(({ key }) => keys.includes(key))
    .map(({ key, label }) => link(label, `${folder}actions/${key}.md`))
    .join(", ");

const needTable = (description: Description): string =>
  compactTable(
    ["Need", "Step", "Cost"],
    needs.map(({ need, steps, cost }) => [need, linksTo(description, steps, ""), cost]),
  );

const stepRows = (steps: readonly StepDescription[], folder?: string): string[][] =>
  steps.map(({ key, label, description }) => [
    folder === undefined ? label : link(label, `${folder}actions/${key}.md`),
    `${description}.`,
  ]);

const triggerPage = ({ triggers }: Description): string =>
  page(
    generated,
    "# Triggers",
    ...triggers.flatMap((trigger) => {
      const { payload } = trigger.example as { payload: { body: { data: unknown } } };
      return [
        `## ${trigger.label}`,
        `${trigger.description}.`,
        ...inputSections(trigger.inputs),
        ...(trigger.branches.length > 0 ? [`Branches: ${trigger.branches.join(", ")}.`] : []),
        "Example of `results.body.data` in the flow:",
        payloadBlock(payload.body),
      ];
    }),
  );

const indexPage = (description: Description): string => {
  const { connections, actions, triggers, dataSources } = description;
  return page(
    generated,
    `# ${description.label}`,
    `${description.description}.`,
    "## Which step do I need?",
    needTable(description),
    "Every step that asks Claude can also continue after a failure, with On Failure in Advanced: see [Failures as data](guides/failures.md).",
    "## Reference",
    list([
      `${link("Costs and limits", "costs-and-limits.md")}: prices, sizes, times, and how to cap costs`,
      `${link("Errors by message", "errors.md")}: causes, and what to change`,
      `${link("Glossary", "glossary.md")}: the words of these pages`,
    ]),
    "## [Connections](connections.md)",
    compactTable(
      ["Connection", "Purpose"],
      connections.map(({ label, description }) => [label, `${description}.`]),
    ),
    "## Actions",
    compactTable(["Action", "Description"], stepRows(actions, "")),
    "## [Triggers](triggers.md)",
    compactTable(["Trigger", "Description"], stepRows(triggers)),
    "## [Data sources](data-sources.md)",
    compactTable(["Data source", "Description"], stepRows(dataSources)),
    "## Guides",
    list(guides.map(([file, title]) => link(title, `guides/${file}`))),
    "## Background",
    list([
      link("Host differences", "hosts.md"),
      link("Threat model", "security.md"),
      link("Decisions", "decisions/README.md"),
    ]),
  );
};

/**
 * The content of every generated page, by its path in the repository.
 */
export const pages = (
  component: Component,
  { examples, failures }: Runs,
): Record<string, string> => {
  const description = describeComponent(component);
  const { connections, actions, dataSources } = description;
  const flows = flowExamples();
  return {
    "docs/README.md": indexPage(description),
    "docs/costs-and-limits.md": costsPage(description),
    "docs/errors.md": errorsPage(description, failures),
    "docs/glossary.md": glossaryPage(),
    "llms.txt": llmsText(description),
    [skillFile]: skillText(description),
    "docs/triggers.md": triggerPage(description),
    "docs/connections.md": page(
      generated,
      "# Connections",
      ...connections.flatMap(({ label, description, inputs }) => [
        `## ${label}`,
        `${description}.`,
        ...inputSections(inputs),
      ]),
    ),
    "docs/data-sources.md": page(
      generated,
      "# Data sources",
      ...dataSources.flatMap((source) => [
        `## ${source.label}`,
        `${source.description}.`,
        ...inputSections(source.inputs),
        "Example:",
        payloadBlock(source.example),
      ]),
    ),
    "docs/guides/files.md": page(...filesGuide(table, generated)),
    ...Object.fromEntries(
      actions.map((action) => [
        `docs/actions/${action.key}.md`,
        actionPage(action, { examples: examples[action.key], flows }),
      ]),
    ),
  };
};

const marks = ["<!-- actions -->", "<!-- /actions -->"] as const;

/** The README with an updated table of actions. */
export const withActionTable = (readme: string, component: Component): string => {
  const [start, end] = marks;
  const [before, rest] = readme.split(start);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`README.md has no ${marks.join(" … ")}`);
  const rows = stepRows(describeComponent(component).actions, "docs/");
  return `${before}${start}\n\n${table(["Action", "Description"], rows)}\n\n${end}${after}`;
};
