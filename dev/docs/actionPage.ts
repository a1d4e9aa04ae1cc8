import type { StepDescription } from "../description";
import { actionGuides } from "./actionGuide";
import type { Example } from "./examples";
import type { FlowExample } from "./flowExamples";
import { guidesTo } from "./guides";
import { inputSections } from "./inputs";
import { anchor, code, generated, jsonBlock, link, list, page } from "./markdown";
import { outputSection } from "./outputs";

/** The output that the designer shows before the step has run. */
export const payloadBlock = (payload: unknown): string => {
  const { data, contentType } = payload as { data?: unknown; contentType?: string };
  if (Buffer.isBuffer(data)) return `A file of type ${contentType}, ${data.length} bytes.`;
  return jsonBlock(data ?? payload);
};

const exampleParts = ({ title, inputs, branch, output }: Example): string[] => [
  `### ${title}`,
  "Inputs:",
  jsonBlock(inputs),
  branch === undefined
    ? "Fields of the result:"
    : `The step follows the branch ${branch}. Fields of the result:`,
  jsonBlock(output),
];

/** A long text that a click opens. */
const folded = (summary: string, text: string): string[] => [
  `<details><summary>${summary.replace(/`([^`]*)`/, "<code>$1</code>")}</summary>`,
  text,
  "</details>",
];

const branchesOf = ({ branches, branchInput, inputs }: StepDescription): string[] => {
  if (branches.length === 0) return [];
  const own = inputs.find(({ key }) => key === branchInput)?.label;
  const names = [...(own ? [`each key of ${own}`] : []), ...branches];
  return [`Branches: ${names.join(", ")}.`];
};

/** The page of an action. */
export const actionPage = (
  action: StepDescription,
  { examples = [], flows }: { examples?: readonly Example[]; flows: readonly FlowExample[] },
): string => {
  const { key, label, description } = action;
  const guide = actionGuides[key];
  if (!guide) throw new Error(`${label} has no entry in dev/docs/actionGuide.ts`);
  const guideLinks = guidesTo(key)
    .map(([file, title]) => link(title, `../guides/${file}`))
    .join(", ");
  const sections = [
    "In a flow",
    "Inputs",
    "Results",
    ...(examples.length > 0 ? ["Examples"] : []),
    "Questions",
  ];
  const used = flows.filter(({ steps }) => steps.includes(key));
  return page(
    generated,
    `# ${label}`,
    `${description}.`,
    `![${label} with an example, in the playground](../pictures/${key}.webp)`,
    [
      ...(guideLinks ? [`Guides: ${guideLinks}.`] : []),
      `Contents: ${sections.map((title) => link(title, `#${anchor(title)}`)).join(", ")}.`,
    ].join(" "),
    "## In a flow",
    list(guide.flows),
    ...(used.length > 0
      ? [
          "Integrations to import:",
          list(
            used.map(
              ({ file, description }) => `${link(file, `../../examples/${file}`)}: ${description}`,
            ),
          ),
        ]
      : []),
    "## Inputs",
    ...inputSections(action.inputs),
    "## Results",
    ...branchesOf(action),
    ...outputSection(action),
    ...(examples.length > 0
      ? [
          "## Examples",
          "These are runs against the emulator, whose texts are simpler than Claude's. Groups of inputs are objects, and fields that are not shown are as in the list above.",
          ...examples.flatMap(exampleParts),
        ]
      : []),
    "## Questions",
    ...guide.questions.flatMap(([question, reply]) => [`**${question}** ${reply}`]),
    "## Before the step has run",
    ...folded(
      `The designer shows this example${action.outputs ? ` as ${code(`${key}.results`)}` : ""}`,
      payloadBlock(action.example),
    ),
  );
};
