import { isRecord } from "../../client/values";

type Json = Record<string, unknown>;

/** A schema may contain itself. */
const maxDepth = 6;

const texts: Record<string, string> = {
  date: "2026-11-21",
  "date-time": "2026-11-21T09:30:00Z",
  time: "09:30:00Z",
  email: "name@example.com",
  uri: "https://example.com",
};

/** A value that has the fields of a JSON Schema, for the designer to show before the first run. */
export const exampleOfSchema = (root: Json): unknown => {
  const visit = (schema: unknown, depth: number): unknown => {
    if (!isRecord(schema) || depth > maxDepth) return null;
    const { $ref, type, properties, items, format } = schema;
    const [given] = [
      schema.const,
      schema.default,
      [schema.examples].flat()[0],
      [schema.enum].flat()[0],
    ].filter((value) => value !== undefined);
    if (given !== undefined) return given;
    if (typeof $ref === "string") return visit(resolve(root, $ref), depth + 1);
    const parts = [schema.allOf, schema.anyOf, schema.oneOf].find(Array.isArray);
    if (parts) {
      const values = parts.map((part) => visit(part, depth + 1));
      const objects = schema.allOf ? values.filter(isRecord) : [];
      if (objects.length > 0) return Object.assign({}, ...objects);
      return values.find((value) => value !== null) ?? null;
    }
    const kind =
      [type].flat().find((name) => name !== "null") ?? (properties ? "object" : items && "array");
    switch (kind) {
      case "object":
        return Object.fromEntries(
          Object.entries(isRecord(properties) ? properties : {}).map(([name, member]) => [
            name,
            visit(member, depth + 1),
          ]),
        );
      case "array":
        return items === undefined ? [] : [visit(items, depth + 1)];
      case "string":
        return texts[String(format)] ?? "text";
      case "number":
        return 1.5;
      case "integer":
        return 1;
      case "boolean":
        return true;
      default:
        return null;
    }
  };
  return visit(root, 0);
};

const resolve = (root: Json, reference: string): unknown =>
  reference
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce<unknown>(
      (target, key) => (isRecord(target) && Object.hasOwn(target, key) ? target[key] : undefined),
      root,
    );
