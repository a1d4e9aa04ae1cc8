import type { Field, fieldTypes } from "../claude/messages/fields";
import { choice, custom, flag, line, rowList } from "./define";
import { InputError } from "./InputError";
import { type Reader, texts } from "./read";

const readChoices: Reader<string[]> = (label) => (value) =>
  texts(label)(value)
    .flatMap((text) => text.split(","))
    .map((choice) => choice.trim())
    .filter(Boolean);

const choices = custom("Choices", "string", readChoices, {
  comments: "The choices, separated by commas, if Type is One of the choices.",
  placeholder: "Enter choices",
  example: "EUR, USD",
});

export const fields = rowList("Fields", "The fields of the record to extract, one per row.", {
  name: {
    ...line("Name", {
      comments: "The name of the field in the record.",
      placeholder: "Enter a name",
      example: "Total",
    }),
    required: true,
  },
  type: {
    ...choice(
      "Type",
      {
        text: "Text",
        number: "Number",
        integer: "Whole number",
        boolean: "Yes or no",
        date: "Date",
        dateTime: "Date and time",
        oneOf: "One of the choices",
      } satisfies Record<(typeof fieldTypes)[number], string>,
      {
        comments:
          "The type of the field. Dates are returned as 2026-11-21 or 2026-11-21T09:30:00Z.",
        placeholder: "Choose a type",
        example: "number",
      },
    ),
    required: true,
  },
  description: line("Description", {
    comments: "Where to find the value, or how to tell it apart from similar ones.",
    placeholder: "Enter a description",
    example: "The amount to pay, with tax",
  }),
  required: flag("Required", {
    comments: "List this field in missing if it is not found. Its value is null either way.",
  }),
  list: flag("List", { comments: "The field is a list of values of this type." }),
  choices,
});

/** @throws InputError for invalid rows. */
export const readFields = (value: unknown): Field[] =>
  fields.read(value).flatMap(({ name, ...row }, index) => {
    const isBlankRow = !row.description && !row.required && row.choices.length === 0;
    if (name === undefined && isBlankRow) return [];
    if (name === undefined) {
      throw new InputError(fields.input.label as string, `has no Name in row ${index + 1}.`);
    }
    if (row.type === "oneOf" && row.choices.length === 0) {
      throw new InputError(
        choices.label,
        `is required for field ${name}, whose Type is One of the choices.`,
      );
    }
    if (row.type !== "oneOf" && row.choices.length > 0) {
      throw new InputError(
        choices.label,
        `requires the Type One of the choices, but field ${name} has another type.`,
      );
    }
    return [{ name: name.trim(), ...row }];
  });
