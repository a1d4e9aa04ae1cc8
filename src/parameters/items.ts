/* The rows that a batch is made of, and the texts that are filled from each. */
import { batchLimits } from "../claude/batches/batches";
import { rowIds, type TruncatedId } from "../claude/batches/rows";
import { fillIn, placeholders } from "../claude/messages/template";
import type { Notice } from "../claude/notice";
import { isRecord } from "../client/values";
import { describeNotice } from "../wording/notices";
import { counted } from "../wording/sentence";
import { type Attachment, readFiles } from "./attachments";
import { fileText } from "./binary";
import { custom, line } from "./define";
import { asInput, InputError } from "./InputError";
import { isBlank, optionalData, optionalJson, optionalText, type Reader, toJsonText } from "./read";
import { readTable } from "./table";

const maxListed = 10;

/** A text, or an object with fields. */
export type Item = string | Record<string, unknown>;

/** A list, as data or as JSON text. */
export const readList = (
  label: string,
  value: unknown,
  { read = optionalJson, isEmptyAllowed = false } = {},
) => {
  const list = read(label)(value);
  if (list === undefined) return undefined;
  if (!Array.isArray(list)) {
    throw new InputError(label, "must be a list. Reference the list inside the given value.");
  }
  if (list.length === 0 && !isEmptyAllowed)
    throw new InputError(label, "is an empty list: there is nothing to do.");
  if (list.length > batchLimits.requests) {
    throw new InputError(
      label,
      `has ${list.length} entries, but at most ${batchLimits.requests} are accepted. Split them over several steps.`,
    );
  }
  return list as unknown[];
};

/** JSON, JSON Lines, CSV or TSV as a list. */
const readText = (label: string, text: string): unknown => {
  if (/^\s*\[/.test(text)) return text;
  if (!/^\s*\{/.test(text)) return readTable(label, text);
  const lines = text.split(/\r?\n/).filter((line) => !isBlank(line));
  // One object, which may be in several lines, is not a list.
  if (lines.length === 1 || !lines.every((line) => line.trimEnd().endsWith("}"))) return text;
  return lines.map((line, index) => optionalData(`${label}, line ${index + 1},`)(line));
};

const readItems =
  (isEmptyAllowed: boolean): Reader<Item[] | undefined> =>
  (label) =>
  (value) => {
    // Fields are inserted as text, so they may have numbers that JSON does not support.
    const text = fileText(label, value) ?? value;
    const given = typeof text === "string" && !isBlank(text) ? readText(label, text) : text;
    const list = readList(label, given, { read: optionalData, isEmptyAllowed });
    if (!list) return undefined;
    const items = list.map((item): Item => {
      if (item instanceof Date) return dateText(label, item);
      return typeof item === "object" && item !== null
        ? (item as Item)
        : (optionalText(label)(item) ?? "");
    });
    if (!isEmptyAllowed) refuseEmpty(label, "is empty", items);
    return items;
  };

export const items = custom("Items", "data", readItems(false), {
  comments:
    "The items to process, one request each: a list of texts, or of objects whose fields Message refers to. From an earlier step, or as JSON, JSON Lines, CSV or TSV, also as a file.",
  placeholder: "Reference a list of an earlier step",
  example: '[{"order": "A-1042", "review": "Works well."}]',
});

/** The same, required, with a list in which a row may be empty: it fails on its own. */
export const itemsOfList = {
  ...items,
  required: true,
  clean: (value: unknown): Item[] => {
    const { label } = items;
    const list = readItems(true)(label)(value);
    if (!list) throw new InputError(label, "is required. Reference a list of an earlier step.");
    return list;
  },
};

export const idField = line("ID Field", {
  comments:
    "The field of each item that identifies its result, such as an order number. Leave empty to use the row number.",
  placeholder: "Enter the name of a field",
  example: "order",
});

export const attachmentsField = line("Attachments Field", {
  comments:
    "The field of each item with its file, or with a list of files: files of earlier steps, URLs or file IDs. Enter item if each item is a file itself.",
  placeholder: "Enter the name of a field",
  example: "invoice",
});

/**
 * The items, and the attachments of each. The field with the files is left out of the items: their
 * texts do not contain files.
 *
 * @throws InputError that names the row of a file that cannot be read.
 */
export const splitAttachments = (
  items: Item[],
  field: string | undefined,
): { items: Item[]; attachments?: Attachment[][] } => {
  const name = field && fieldName(field);
  if (!name) return { items };
  const attachments = items.map((item, index) => filesOf(item, index, name));
  if (attachments.every((files) => files.length === 0)) {
    throw new InputError(
      attachmentsField.label,
      `is ${name}, but no item has a value for it. ${availableNames(items)}`,
    );
  }
  return { items: items.map((item) => withoutField(item, name)), attachments };
};

/**
 * The attachments of one item.
 *
 * @throws InputError that names the row of a file that cannot be read.
 */
export const filesOf = (item: Item, index: number, field: string): Attachment[] => {
  const name = fieldName(field);
  const label = `${attachmentsField.label} ${name}, row ${index + 1},`;
  return readFiles(label, valueIn(item, name), name);
};

/** The item without its files: its text does not contain them. */
export const withoutFiles = (item: Item, field: string): Item =>
  withoutField(item, fieldName(field));

/** The value that identifies an item, undefined if it has none. */
export const idOf = (item: Item, field: string): string | undefined => {
  const name = fieldName(field);
  const value = fieldText(valueIn(item, name), name);
  return isBlank(value) ? undefined : value;
};

/** @throws InputError for a field that identifies no item: its name is probably wrong. */
export const checkIdField = (items: readonly Item[], field: string | undefined): void => {
  if (field === undefined || items.some((item) => idOf(item, field) !== undefined)) return;
  throw new InputError(
    idField.label,
    `is ${fieldName(field)}, but no item has a value for it. ${availableNames(items)}`,
  );
};

const withoutField = (item: Item, name: string): Item => {
  if (name === "item") return "";
  if (typeof item !== "object") return item;
  const [first = "", ...rest] = Object.hasOwn(item, name) ? [name] : name.split(".");
  const { [first]: member, ...others } = item;
  return rest.length > 0 && isRecord(member)
    ? { ...others, [first]: withoutField(member, rest.join(".")) }
    : Object.keys(others).length > 0
      ? others
      : "";
};

/** A name of a field, which may be written as a placeholder. */
const fieldName = (field: string): string => field.replace(/^\s*\{\{|\}\}\s*$/g, "").trim();

/** @throws InputError that lists the rows without content. */
const refuseEmpty = (label: string, what: string, rows: Iterable<Item>): void => {
  const empty: number[] = [];
  let number = 0;
  for (const row of rows) {
    number += 1;
    const isEmpty = typeof row === "object" ? Object.keys(row).length === 0 : isBlank(row);
    if (isEmpty) empty.push(number);
  }
  if (empty.length === 0) return;
  const others = empty.length - maxListed;
  const listed = empty.slice(0, maxListed).join(", ") + (others > 0 ? ` and ${others} more` : "");
  throw new InputError(label, `${what} in ${empty.length === 1 ? "row" : "rows"} ${listed}.`);
};

/** The value of a name in an item: `item`, a field, or a nested field such as `customer.name`. */
const valueIn = (item: Item, name: string): unknown => {
  const own = typeof item === "object" ? memberAt(item, [name]) : undefined;
  if (own !== undefined) return own;
  const [first, ...rest] = name.split(".");
  return memberAt(item, [first, ...rest]) ?? (first === "item" ? memberAt(item, rest) : undefined);
};

const memberAt = (value: unknown, path: readonly (string | undefined)[]): unknown =>
  path.reduce<unknown>(
    (member, name = "") =>
      typeof member === "object" && member !== null && Object.hasOwn(member, name)
        ? (member as Record<string, unknown>)[name]
        : undefined,
    value,
  ) ?? undefined;

/** A value of an item as text: objects and lists as JSON. */
const fieldText = (value: unknown, name: string): string | undefined => {
  if (value === undefined || typeof value === "string") return value;
  const field = `${items.label}, field ${name}`;
  if (value instanceof Date) return dateText(field, value);
  return typeof value === "object" ? toJsonText(field, value) : String(value);
};

const dateText = (label: string, date: Date): string => {
  if (Number.isNaN(date.getTime())) throw new InputError(label, "has an invalid date.");
  return date.toISOString();
};

/** The names that a template can use. */
const availableNames = ([first]: readonly Item[]): string => {
  const fields = typeof first === "object" ? Object.keys(first).slice(0, maxListed) : [];
  return `Available names: ${[...new Set(["item", ...fields])].join(", ")}.`;
};

/** The texts of a template, one for each item, generated on demand. */
export interface FilledTemplate {
  /** The text for the item at an index. */
  at(index: number): string;
  warnings: string[];
}

/**
 * Fills a template with the fields of each item.
 *
 * @param label Of the input with the template.
 * @throws InputError for a placeholder that no item has a value for, and for rows without text.
 */
export const fillFromItems = (
  label: string,
  template: string,
  items: readonly Item[],
  { isEmptyAllowed = false, isData = false } = {},
): FilledTemplate => {
  const names = placeholders([template]);
  const warnings = names.flatMap((name) => {
    const missing = items.filter((item) => isBlank(valueIn(item, name))).length;
    if (missing === items.length) {
      throw new InputError(
        label,
        `contains {{${name}}}, but no item has a value for it. ${availableNames(items)}`,
      );
    }
    const example = items.findIndex((item) => isBlank(valueIn(item, name))) + 1;
    return missing > 0
      ? [
          `{{${name}}} has no value in ${missing} of ${items.length} rows, for example row ${example}, and was left empty there.`,
        ]
      : [];
  });
  const at = (index: number) => {
    const item = items[index] ?? "";
    return fillIn(
      template,
      (name) => (name ? (fieldText(valueIn(item, name), name) ?? "") : undefined),
      isData,
    );
  };
  const malformed: number[] = [];
  const texts = function* () {
    for (let index = 0; index < items.length; index++) {
      const text = at(index);
      if (!text.isWellFormed()) malformed.push(index + 1);
      yield text;
    }
  };
  if (isEmptyAllowed) for (const _ of texts());
  else refuseEmpty(label, "has no text", texts());
  if (malformed.length > 0) {
    warnings.push(
      `${label} has an incomplete character, such as half an emoji, in ${counted(malformed.length, "row")}, for example row ${malformed[0]}. It was sent as \ufffd.`,
    );
  }
  return { at, warnings };
};

/**
 * A custom ID for the request of each item.
 *
 * @throws InputError for items that the field does not identify.
 */
export const idsOfItems = (
  items: readonly Item[],
  field: string | undefined,
): { ids: string[]; truncated: TruncatedId[]; warnings: string[] } => {
  if (field === undefined) return { ...rowIds(items.length), warnings: [] };
  const { label } = idField;
  const name = fieldName(field);
  const values = items.map((item, index) => {
    const value = fieldText(valueIn(item, name), name);
    if (value === undefined || isBlank(value)) {
      throw new InputError(
        label,
        `is ${name}, but row ${index + 1} has no value for it. ${availableNames(items.slice(index))}`,
      );
    }
    return value;
  });
  const { ids, truncated } = asInput(label, () => rowIds(items.length, values));
  const [first] = truncated;
  if (!first) return { ids, truncated, warnings: [] };
  const notice: Notice = {
    code: "ids_truncated",
    count: truncated.length,
    value: first.id.slice(0, 60),
  };
  return { ids, truncated, warnings: [describeNotice(notice, { idField: label })] };
};
