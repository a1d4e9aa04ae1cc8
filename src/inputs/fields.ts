import { input, structuredObjectInput } from "@prismatic-io/spectral";
import { type Field, fieldTypes } from "../claude/messages/fields";
import { InputError } from "./InputError";
import { flag, group, isBlank, oneOf, optionalText, texts } from "./read";

const label = "Fields";

const columns = {
  name: input({
    label: "Name",
    type: "string",
    required: true,
    comments: "The name of the field in the record.",
    placeholder: "Enter a name",
    example: "Total",
    clean: optionalText("Name"),
  }),
  type: input({
    label: "Type",
    type: "string",
    required: true,
    default: "text",
    model: [
      { label: "Text", value: "text" },
      { label: "Number", value: "number" },
      { label: "Whole number", value: "integer" },
      { label: "Yes or no", value: "boolean" },
      { label: "Date", value: "date" },
      { label: "Date and time", value: "dateTime" },
      { label: "One of the choices", value: "oneOf" },
    ],
    comments: "What the field holds. Dates come as 2026-11-21 or 2026-11-21T09:30:00Z.",
    placeholder: "Choose a type",
    example: "number",
    clean: (value) => oneOf("Type", fieldTypes)(value) ?? "text",
  }),
  description: input({
    label: "Description",
    type: "string",
    required: false,
    comments: "Where the value stands, or how to tell it from others.",
    placeholder: "Enter a description",
    example: "The amount to pay, with tax",
    clean: optionalText("Description"),
  }),
  required: input({
    label: "Required",
    type: "boolean",
    required: false,
    default: "false",
    comments: "On: a field that is not found is named in missing. Off: it is null.",
    clean: flag("Required"),
  }),
  list: input({
    label: "List",
    type: "boolean",
    required: false,
    default: "false",
    comments: "On: the field holds a list of values of this type.",
    clean: flag("List"),
  }),
  choices: input({
    label: "Choices",
    type: "string",
    required: false,
    comments: "For the type One of the choices: the choices, with commas between them.",
    placeholder: "Enter choices",
    example: "EUR, USD",
    clean: (value): string[] =>
      texts("Choices")(value)
        .flatMap((text) => text.split(","))
        .map((choice) => choice.trim())
        .filter(Boolean),
  }),
};

export const fields = structuredObjectInput({
  label,
  collection: "valuelist",
  comments: "The fields of the record to extract, a row for each.",
  inputs: columns,
});

const readRow = group({ label, inputs: columns });

/** @throws InputError for rows that are no fields. */
export const readFields = (value: unknown): Field[] => {
  if (isBlank(value)) return [];
  if (!Array.isArray(value)) throw new InputError(label, "takes a list of fields.");
  return value.map(readRow).flatMap(({ name, ...row }, index) => {
    const isBlankRow = !row.description && !row.required && row.choices.length === 0;
    if (name === undefined && isBlankRow) return [];
    if (name === undefined) throw new InputError(label, `has no Name in row ${index + 1}.`);
    if (row.type === "oneOf" && row.choices.length === 0) {
      throw new InputError("Choices", `is required for ${name}: its Type is One of the choices.`);
    }
    if (row.type !== "oneOf" && row.choices.length > 0) {
      throw new InputError(
        "Choices",
        `goes only with the Type One of the choices, not with ${name}.`,
      );
    }
    return [{ name: name.trim(), ...row }];
  });
};
