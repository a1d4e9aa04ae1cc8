/* The rows that a batch is made of, and the texts that are filled from each. */
import { input } from "@prismatic-io/spectral";
import { limits } from "../claude/batches/batches";
import { rowIds } from "../claude/batches/rows";
import { fillIn, placeholders } from "../claude/messages/template";
import { asInput, InputError } from "./InputError";
import { asJson, isBlank, optionalData, optionalJson, optionalText } from "./read";

/** A text, or what has fields. */
export type Item = string | Record<string, unknown>;

const label = "Items";

/** A list from an earlier step, as it is or as JSON text. */
export const readList =
  (label: string, read = optionalJson) =>
  (value: unknown): unknown[] | undefined => {
    const list = read(label)(value);
    if (list === undefined) return undefined;
    if (!Array.isArray(list)) {
      throw new InputError(label, "takes a list. Reference the list inside what was given.");
    }
    if (list.length === 0) throw new InputError(label, "is an empty list: there is nothing to do.");
    if (list.length > limits.requests) {
      throw new InputError(
        label,
        `holds ${list.length} entries; a batch takes ${limits.requests}. Split them over several batches.`,
      );
    }
    return list;
  };

export const items = input({
  label,
  type: "data",
  required: false,
  comments:
    "What to work on, a request for each: a list of texts, or of objects whose fields Message names. From an earlier step, or as JSON.",
  placeholder: "Reference a list of an earlier step",
  example: '[{"order": "A-1042", "review": "Works well."}]',
  clean: (value): Item[] | undefined => {
    // What a field holds becomes text, numbers of any size too.
    const list = readList(label, optionalData)(value);
    if (!list) return undefined;
    const items = list.map((item): Item => {
      if (item instanceof Date) return dateText(label, item);
      return typeof item === "object" && item !== null
        ? (item as Item)
        : (optionalText(label)(item) ?? "");
    });
    refuseEmpty(label, "is empty", items);
    return items;
  },
});

export const idField = input({
  label: "ID Field",
  type: "string",
  required: false,
  comments:
    "The field of each item that tells its result apart, such as an order number. Empty: the number of the row tells it.",
  placeholder: "Enter the name of a field",
  example: "order",
  clean: optionalText("ID Field"),
});

/** @throws InputError that names the rows without content. */
const refuseEmpty = (label: string, what: string, rows: Iterable<Item>): void => {
  const empty: number[] = [];
  let number = 0;
  for (const row of rows) {
    number += 1;
    const isEmpty = typeof row === "object" ? Object.keys(row).length === 0 : isBlank(row);
    if (isEmpty) empty.push(number);
  }
  if (empty.length === 0) return;
  const shown = empty.slice(0, 10).join(", ");
  const more = empty.length > 10 ? ` and ${empty.length - 10} more` : "";
  throw new InputError(label, `${what} in row ${shown}${more}.`);
};

/** What a name stands for in an item: `item`, a field, or a field of a field as in `customer.name`. */
const valueIn = (item: Item, name: string): unknown => {
  const own = typeof item === "object" ? walk(item, [name]) : undefined;
  if (own !== undefined) return own;
  const [first, ...rest] = name.split(".");
  return walk(item, [first, ...rest]) ?? (first === "item" ? walk(item, rest) : undefined);
};

const walk = (value: unknown, path: readonly (string | undefined)[]): unknown =>
  path.reduce<unknown>(
    (part, name = "") =>
      typeof part === "object" && part !== null && Object.hasOwn(part, name)
        ? (part as Record<string, unknown>)[name]
        : undefined,
    value,
  ) ?? undefined;

/** A value of an item as text: objects and lists as JSON. */
const asText = (value: unknown, name: string): string | undefined => {
  if (value === undefined || typeof value === "string") return value;
  const field = `${label}, field ${name}`;
  if (value instanceof Date) return dateText(field, value);
  return typeof value === "object" ? asJson(field, value) : String(value);
};

const dateText = (label: string, date: Date): string => {
  if (Number.isNaN(date.getTime())) throw new InputError(label, "holds a date that is none.");
  return date.toISOString();
};

/** What a template can name. */
const knownIn = ([first]: readonly Item[]): string => {
  const fields = typeof first === "object" ? Object.keys(first).slice(0, 10) : [];
  return `Known: ${[...new Set(["item", ...fields])].join(", ")}.`;
};

/** Texts of a template, one for each item, made when they are asked for. */
export interface Filled {
  /** The text for the item at an index. */
  at(index: number): string;
  warnings: string[];
}

/**
 * Fills a template with the fields of each item.
 *
 * @param from Label of the input that the template stands in.
 * @throws InputError for a placeholder that no item has a value for, and for rows left without text.
 */
export const fillFromItems = (from: string, template: string, items: readonly Item[]): Filled => {
  const names = placeholders([template]);
  const warnings = names.flatMap((name) => {
    const missing = items.filter((item) => isBlank(valueIn(item, name))).length;
    if (missing === items.length) {
      throw new InputError(
        from,
        `names {{${name}}}, for which no item has a value. ${knownIn(items)}`,
      );
    }
    const example = items.findIndex((item) => isBlank(valueIn(item, name))) + 1;
    return missing > 0
      ? [
          `{{${name}}} has no value in ${missing} of ${items.length} rows, such as row ${example}: it was left empty there.`,
        ]
      : [];
  });
  const at = (index: number) => {
    const item = items[index] ?? "";
    return fillIn(template, (name) =>
      name ? (asText(valueIn(item, name), name) ?? "") : undefined,
    );
  };
  const halved: number[] = [];
  const texts = function* () {
    for (let index = 0; index < items.length; index++) {
      const text = at(index);
      if (!text.isWellFormed()) halved.push(index + 1);
      yield text;
    }
  };
  refuseEmpty(from, "leaves no text", texts());
  if (halved.length > 0) {
    warnings.push(
      `${from} holds half a character, such as an emoji cut in two, in ${halved.length} rows, such as row ${halved[0]}: it was sent as \ufffd.`,
    );
  }
  return { at, warnings };
};

/**
 * An id for the request of each item.
 *
 * @throws InputError for items that the field does not tell apart.
 */
export const idsOfItems = (items: readonly Item[], field: string | undefined) => {
  if (field === undefined) return rowIds(items.length);
  const name = field.replace(/^\s*\{\{|\}\}\s*$/g, "").trim();
  const values = items.map((item, index) => {
    const value = asText(valueIn(item, name), name);
    if (value === undefined || isBlank(value)) {
      throw new InputError(
        "ID Field",
        `is ${name}, for which row ${index + 1} has no value. ${knownIn(items.slice(index))}`,
      );
    }
    return value;
  });
  return asInput("ID Field", () => rowIds(items.length, values));
};
