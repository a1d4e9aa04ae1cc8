import camelCase from "camelcase";
import type { Labelled } from "./labels";
import type { Reader } from "./reader";
import { currenciesIn, datesIn, emailsIn, numbersIn } from "./values";

const maxFields = 20;

/** The fields that a sample has: its labels, with the types of their values. */
export const suggestFields = (reader: Reader) => {
  const fields = new Map<string, object>();
  for (const labelled of reader.labels()) {
    const { label, isWhole } = labelled;
    const type = typeOf(labelled);
    // Within a sentence, only what has a clear type is a field.
    if (label.split(" ").length > 4 || (!isWhole && type !== "date" && type !== "number")) continue;
    const isNumbered = type === "text" && /^[\w/-]*\d[\w/-]*$/.test(labelled.value);
    const words = isNumbered && !/number|no\.?|id|nr\.?$/i.test(label) ? `${label} number` : label;
    const name = camelCase(words.replace(/[^\p{L}\p{N}]+/gu, " "));
    if (name === "" || fields.has(name)) continue;
    fields.set(name, {
      name,
      type,
      description: `The value of ${label}`,
      required: true,
      list: false,
      choices: [],
    });
    if (fields.size === maxFields) break;
  }
  const [email] = emailsIn(reader.text().slice(0, 50_000));
  if (email && fields.size < maxFields && ![...fields.keys()].some((name) => /mail/i.test(name))) {
    const rest = { description: "The e-mail address", required: true, list: false, choices: [] };
    fields.set("email", { name: "email", type: "text", ...rest });
  }
  return [...fields.values()];
};

const typeOf = ({ value, isWhole }: Labelled): "date" | "number" | "boolean" | "text" => {
  if (datesIn(value)[0]?.text === value) return "date";
  if (/^(yes|no|true|false)$/i.test(value)) return "boolean";
  const [number, ...others] = numbersIn(value);
  const isNumber =
    number &&
    others.length === 0 &&
    /^\W*(?:[A-Z]{3}\W*)?[\d.,'’]+\W*(?:[A-Z]{3})?\W*$/.test(value);
  // A whole number without a currency, such as 1042, may be an identifier.
  const isMoney = /[.,]\d/.test(value) || currenciesIn(value).length > 0;
  return isNumber && isWhole && isMoney ? "number" : "text";
};
