import type { InputDescription } from "../description";
import { type Declare, inParentheses, objectType, property } from "./schemaType";

/** A number is entered as a text in the designer. Its example tells. */
const isNumber = ({ example }: InputDescription) => /^\d+(\.\d+)?$/.test(example);

const single = (input: InputDescription, declare: Declare): string => {
  const { key, type, choices, collection, inputs } = input;
  if (inputs) return declare(`${key}Input`, inputsType(inputs, declare));
  if (choices) return choices.map(({ value }) => JSON.stringify(value)).join(" | ");
  if (type === "connection") return "Connection";
  if (type === "boolean") return "boolean";
  if (type === "code" || type === "data") return "string | object";
  if (type === "string" && collection === "keyvaluelist") return "Value";
  return isNumber(input) ? "string | number" : "string";
};

const inputType = (input: InputDescription, declare: Declare): string => {
  const type = single(input, declare);
  if (input.collection === "keyvaluelist") return `KeyValues<${type}>`;
  return input.collection === "valuelist" ? `${inParentheses(type)}[]` : type;
};

const comment = ({ comments, default: standard, label }: InputDescription): string =>
  [comments || `${label}.`, standard && !/default/i.test(comments) && `Default: ${standard}.`]
    .filter(Boolean)
    .join(" ");

/** The type of a step's inputs, or of a group. An input with a default is optional, even if it is required. */
export const inputsType = (inputs: InputDescription[], declare: Declare): string =>
  objectType(
    inputs.map((input) =>
      property(input.key, {
        type: inputType(input, declare),
        comment: comment(input),
        isOptional: !input.isRequired || input.default !== "",
      }),
    ),
  );
