/* A value that fits a JSON Schema, made of what a text says. */

import type { Found } from "./bestLabel";
import { judgementFor } from "./checkText";
import { choicesIn, choose } from "./choose";
import { findValue, findValues } from "./findValue";
import { alternatives, isNullable, propertyOf, resolved } from "./property";
import type { Reader } from "./reader";
import { maxRecords, recordsIn } from "./records";
import { isRecord, type Schema } from "./request";
import { suggestFields } from "./suggestFields";

/** What a value is made of. */
export interface Source {
  reader: Reader;
  /** The instructions, which may say what choices mean. */
  prompt: string;
}

interface Scope {
  root: Schema;
  reader: Reader;
  prompt: string;
  /** The names that lead to the value in its record, outermost first. */
  names: readonly string[];
  depth: number;
  /** The path in the form of evidence, such as `lines[0].amount`. */
  path: string;
  /** Each value that was found in the text, by its path. */
  found: { path: string; value: Found }[];
}

const maxDepth = 10;

/** An object that fits the schema. What the text does not have is null, empty, or the least value. */
export const fillSchema = (schema: Schema, { reader, prompt }: Source): unknown => {
  const judgement = judgementFor(schema, reader.text());
  if (judgement) return judgement;
  const scope: Scope = { root: schema, reader, prompt, names: [], depth: 0, path: "", found: [] };
  const value = fill(schema, scope) ?? emptyOf(schema, schema);
  const { evidence } = properties(resolved(schema, schema));
  if (!isRecord(value) || !isEvidence(evidence, schema)) return value;
  return { ...value, evidence: evidenceOf(scope.found, "records" in value) };
};

const properties = (schema: Schema): Record<string, Schema> =>
  isRecord(schema.properties) ? (schema.properties as Record<string, Schema>) : {};

/** The value of a schema, undefined if the text has none. */
const fill = (given: Schema, scope: Scope): unknown => {
  const schema = resolved(given, scope.root);
  if (scope.depth > maxDepth) return undefined;
  if ("const" in schema) return schema.const;
  const options = alternatives(schema);
  if (options.length > 0) {
    const about = schema.description;
    const described = options.map((option) => ({
      ...(about ? { description: about } : {}),
      ...option,
    }));
    for (const option of described) {
      const value = fill(option, scope);
      if (value !== undefined) return value;
    }
    return undefined;
  }
  const types = [schema.type].flat();
  if (types.includes("object") || schema.properties) return fillObject(schema, scope);
  if (types.includes("array")) return fillList(schema, scope);
  const found = findValue(propertyOf(schema, scope.names), scope.reader);
  if (!found || !fitsType(found.value, types)) return undefined;
  scope.found.push({ path: scope.path, value: found });
  return found.value;
};

const fitsType = (value: unknown, types: readonly unknown[]): boolean =>
  types.every((type) => type === undefined) ||
  types.some((type) =>
    type === "integer"
      ? Number.isInteger(value)
      : type === (value === null ? "null" : typeof value),
  );

const fillObject = (schema: Schema, scope: Scope): unknown => {
  const members = properties(schema);
  const choice = fillChoice(members, scope);
  if (choice) return choice;
  if (isSuggestion(members, scope.root)) return { fields: suggestFields(scope.reader) };
  const required = Array.isArray(schema.required) ? schema.required : [];
  const before = scope.found.length;
  const entries = Object.entries(members).flatMap(([name, member]) => {
    if (name === "evidence" && isEvidence(member, scope.root)) return [];
    const value = fill(member, {
      ...scope,
      names: [...scope.names, name],
      depth: scope.depth + 1,
      path: scope.path ? `${scope.path}.${name}` : name,
    });
    if (value !== undefined) return [[name, value] as const];
    return required.includes(name) ? [[name, emptyOf(member, scope.root)] as const] : [];
  });
  const isEmpty = scope.found.length === before && scope.depth > 0;
  return isEmpty && isNullable(schema) ? undefined : Object.fromEntries(entries);
};

const fillList = (schema: Schema, scope: Scope): unknown => {
  const item = isRecord(schema.items) ? resolved(schema.items, scope.root) : {};
  const isObject = item.type === "object" || item.properties !== undefined;
  if (!isObject) {
    const found = findValues(
      propertyOf({ ...item, description: schema.description }, scope.names),
      scope.reader,
    );
    const [first] = found;
    if (first) {
      const quotes = [...new Set(found.map(({ quote }) => quote))];
      const value = { ...first, quote: quotes.length === 1 ? first.quote : "" };
      scope.found.push({ path: scope.path, value });
      return found.map(({ value }) => value);
    }
    return schema.minItems === 1 ? undefined : [];
  }
  const readers = recordsIn(scope.reader, Object.keys(properties(item)), item);
  const isAll = scope.path === "records";
  const parts = readers ?? (isAll ? [scope.reader] : []);
  const list: unknown[] = [];
  for (const reader of parts.slice(0, maxRecords)) {
    const path = `${scope.path}[${list.length}]`;
    const part = { ...scope, reader, names: [], depth: scope.depth + 1, path, found: [] };
    const value = fill(item, part);
    if (part.found.length === 0 || value === undefined) continue;
    list.push(value);
    scope.found.push(...part.found);
  }
  return list;
};

/** The least value that a schema accepts. */
const emptyOf = (given: Schema, root: Schema, depth = 0): unknown => {
  const schema = resolved(given, root);
  if (isNullable(schema) || depth > maxDepth) return null;
  if ("const" in schema) return schema.const;
  const [option] = alternatives(schema);
  if (option) return emptyOf(option, root, depth + 1);
  if (Array.isArray(schema.enum)) {
    const none = /^(|else|other|none|unknown|n\/a)$/i;
    return schema.enum.find((one) => none.test(String(one))) ?? schema.enum[0];
  }
  const [type] = [schema.type].flat();
  if (type === "object" || schema.properties) {
    const required = Array.isArray(schema.required) ? schema.required : [];
    return Object.fromEntries(
      Object.entries(properties(schema)).flatMap(([name, member]) =>
        required.includes(name) ? [[name, emptyOf(member, root, depth + 1)]] : [],
      ),
    );
  }
  if (type === "array")
    return schema.minItems === 1 ? [emptyOf(schema.items as Schema, root, depth + 1)] : [];
  if (type === "boolean") return false;
  if (type === "number" || type === "integer") {
    const [, minimum = "0"] = /\bminimum: (-?[\d.]+)/.exec(String(schema.description ?? "")) ?? [];
    return Number(minimum);
  }
  return emptyTexts[String(schema.format)] ?? "";
};

/** An empty text does not fit these formats. */
const emptyTexts: Record<string, string> = {
  date: "1970-01-01",
  "date-time": "1970-01-01T00:00:00Z",
  time: "00:00:00Z",
  duration: "PT0S",
  email: "unknown@example.com",
  uri: "https://example.com/",
  hostname: "example.com",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  uuid: "00000000-0000-0000-0000-000000000000",
};

/** A choice with its reason, as Classify and Branch asks for it. Undefined for another object. */
const fillChoice = (members: Record<string, Schema>, { reader, prompt }: Scope): unknown => {
  const [name, member] = Object.entries(members).find(([, { enum: options }]) => options) ?? [];
  const others = Object.keys(members).filter((key) => key !== name);
  const isChoice =
    others.length > 0 && others.every((key) => /^(reason|confidence|explanation)$/.test(key));
  if (!name || !Array.isArray(member?.enum) || !isChoice) return undefined;
  const names = member.enum.map(String);
  const rest = names.find((one) => /^(else|other|none)$/i.test(one));
  const chosen = choose(
    choicesIn(
      names.filter((one) => one !== rest),
      prompt,
    ),
    reader.text(),
  );
  const value = chosen.name ?? rest ?? names[0];
  const words = chosen.words.map((word) => `"${word}"`).join(" and ");
  const reason =
    chosen.name === undefined
      ? "No word of the text belongs to another branch."
      : `The text says ${words}, which belongs to ${chosen.name}.`;
  return Object.fromEntries(
    Object.keys(members).map((key) => [
      key,
      key === name ? value : key === "confidence" ? chosen.confidence : reason,
    ]),
  );
};

const isSuggestion = (members: Record<string, Schema>, root: Schema): boolean => {
  const { fields } = members;
  if (Object.keys(members).length !== 1 || !isRecord(fields?.items)) return false;
  const names = Object.keys(properties(resolved(fields.items, root)));
  return ["name", "type", "description", "choices"].every((name) => names.includes(name));
};

const isEvidence = (schema: Schema | undefined, root: Schema): boolean => {
  if (!isRecord(schema?.items)) return false;
  const names = Object.keys(properties(resolved(schema.items, root)));
  return names.includes("field") && names.includes("quote");
};

/** The passages that values come from, as Extract Data asks for them. */
const evidenceOf = (found: Scope["found"], isList: boolean) =>
  found.flatMap(({ path, value: { quote, page } }) => {
    if (quote === "") return [];
    const [, index, inRecord] = /^records\[(\d+)\]\.?(.*)$/.exec(path) ?? [];
    const field = inRecord ?? path.replace(/^record\./, "");
    return isList ? { record: Number(index ?? 0) + 1, field, quote, page } : { field, quote, page };
  });
