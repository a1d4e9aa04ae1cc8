import type { InputDescription } from "../description";
import { anchor, code, compactTable, link, list } from "./markdown";

/** The kind of list that an input is. */
const kindOf = ({ collection, type }: InputDescription): string => {
  if (collection === "keyvaluelist") return "A list of keys and values.";
  if (collection === "valuelist")
    return type === "structuredObject" ? "A list of rows." : "A list.";
  return "";
};

/** YAML and code need the values of a pick list, the designer shows their labels. */
const choicesOf = ({ choices }: InputDescription): string =>
  choices
    ? `One of: ${choices.map(({ label, value }) => (label === value ? code(value) : `${label} (${code(value)})`)).join(", ")}.`
    : "";

const defaultOf = ({ default: standard, choices }: InputDescription): string => {
  const label = choices?.find(({ value }) => value === standard)?.label;
  return label === undefined || label === standard
    ? code(standard)
    : `${label} (${code(standard)})`;
};

const descriptionOf = (input: InputDescription): string =>
  [input.comments, kindOf(input), choicesOf(input)].filter(Boolean).join(" ");

const header = ["Input", "Description", "Default", "Required", "Key"];

const row = (input: InputDescription, parent?: InputDescription): string[] => [
  input.inputs ? link(input.label, `#${anchor(input.label)}`) : input.label,
  descriptionOf(input),
  defaultOf(input),
  input.isRequired ? "yes" : "",
  code(parent ? `${parent.key}.${input.key}` : input.key),
];

/** The inputs of a step: first those without a group, then each group under its own heading. */
export const inputSections = (inputs: readonly InputDescription[], level = "###"): string[] => [
  compactTable(
    header,
    // A group is not an input, but the rows of a list are the value of one.
    inputs
      .filter(({ inputs: fields, collection }) => !fields || collection)
      .map((input) => row(input)),
  ),
  ...groupList(inputs),
  ...inputs.flatMap((group) =>
    group.inputs
      ? [
          `${level} ${group.label}`,
          [group.comments, kindOf(group)].filter(Boolean).join(" "),
          compactTable(
            header,
            group.inputs.map((field) => row(field, group)),
          ),
        ]
      : [],
  ),
];

const groupList = (inputs: readonly InputDescription[]): string[] => {
  const groups = inputs.filter(({ inputs: fields, collection }) => fields && !collection);
  return groups.length === 0
    ? []
    : [
        "Groups of further inputs:",
        list(
          groups.map(({ label, comments }) => `${link(label, `#${anchor(label)}`)}: ${comments}`),
        ),
      ];
};
