/** The keywords that the output schemas of the connector have. */
export interface JsonSchema {
  type?: string | string[];
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  additionalProperties?: boolean | JsonSchema;
}

/** Returns the name of a type with this body, which is declared once for all its uses. */
export type Declare = (name: string, body: string) => string;

/** A documented property of an object type. */
export const property = (
  key: string,
  { type, comment, isOptional }: { type: string; comment?: string; isOptional: boolean },
): string => {
  const name = /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
  const doc = comment ? `/** ${comment.replaceAll("*/", "*\\/")} */\n` : "";
  return `${doc}${name}${isOptional ? "?" : ""}: ${type};`;
};

export const objectType = (properties: string[]): string => `{\n${properties.join("\n")}\n}`;

/** A type as the element of a list, or as a member of a union. */
export const inParentheses = (type: string): string => (type.includes(" | ") ? `(${type})` : type);

const knownTypes: Record<string, string> = {
  string: "string",
  boolean: "boolean",
  integer: "number",
  number: "number",
  null: "null",
};

/** The type of the values that a JSON Schema describes. Objects with properties are declared. */
export const schemaType = (schema: JsonSchema, name: string, declare: Declare): string => {
  const { type = [], properties, required = [], items, additionalProperties } = schema;
  const single = (one: string): string => {
    if (one === "array")
      return items ? `${inParentheses(schemaType(items, name, declare))}[]` : "unknown[]";
    if (one !== "object") return knownTypes[one] ?? "unknown";
    if (properties) {
      const members = Object.entries(properties).map(([key, member]) =>
        property(key, {
          type: schemaType(member, key, declare),
          comment: member.description,
          isOptional: !required.includes(key),
        }),
      );
      return declare(name, objectType(members));
    }
    return typeof additionalProperties === "object"
      ? `Record<string, ${schemaType(additionalProperties, name, declare)}>`
      : "Record<string, unknown>";
  };
  return [type].flat().map(single).join(" | ") || "unknown";
};
