import { isRecord } from "../../client/values";

type Json = Record<string, unknown>;

/** @see https://platform.claude.com/docs/en/agents-and-tools/tool-use/define-tools */
const validName = /^[a-zA-Z0-9_.-]{1,64}$/;

/**
 * A JSON Schema whose properties have names that the API accepts, such as Order_Number for "Order
 * Number".
 *
 * @returns The schema, and the given name of each property that was renamed. The same schema if there
 *   is none.
 */
export const withValidNames = (schema: Json): { schema: Json; names: Record<string, string> } => {
  const given = new Set<string>();
  collectNames(schema, given);
  const renamed = new Map<string, string>();
  const taken = new Set<string>();
  for (const name of given) {
    if (validName.test(name)) continue;
    const valid = name.replace(/[^a-zA-Z0-9_.-]+/g, "_").slice(0, 60) || "field";
    let unique = valid;
    for (let count = 2; given.has(unique) || taken.has(unique); count++) {
      unique = `${valid}_${count}`;
    }
    taken.add(unique);
    renamed.set(name, unique);
  }
  return {
    schema: renamed.size > 0 ? (rename(schema, renamed) as Json) : schema,
    names: Object.fromEntries([...renamed].map(([name, valid]) => [valid, name])),
  };
};

/** A value under the names of the given schema. */
export const withGivenNames = (value: unknown, names: Record<string, string>): unknown => {
  if (Array.isArray(value)) return value.map((item) => withGivenNames(item, names));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      Object.hasOwn(names, name) ? names[name] : name,
      withGivenNames(member, names),
    ]),
  );
};

const collectNames = (schema: unknown, names: Set<string>): void => {
  if (Array.isArray(schema)) for (const item of schema) collectNames(item, names);
  if (!isRecord(schema)) return;
  if (isRecord(schema.properties))
    for (const name of Object.keys(schema.properties)) names.add(name);
  for (const member of Object.values(schema)) collectNames(member, names);
};

const rename = (schema: unknown, names: ReadonlyMap<string, string>): unknown => {
  if (Array.isArray(schema)) return schema.map((item) => rename(item, names));
  if (!isRecord(schema)) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([keyword, value]) => {
      if (keyword === "properties" && isRecord(value)) {
        const properties = Object.entries(value).map(([name, property]) => [
          names.get(name) ?? name,
          rename(property, names),
        ]);
        return [keyword, Object.fromEntries(properties)];
      }
      if (keyword === "required" && Array.isArray(value)) {
        return [keyword, value.map((name) => names.get(name) ?? name)];
      }
      return [keyword, rename(value, names)];
    }),
  );
};
