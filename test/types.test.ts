/** The types for code-native integrations: up to date, and true for what the built actions accept and return. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { schemaType } from "../dev/types/schemaType";
import { formattedTypes, typesFile } from "../dev/types/typesFile";
import type {
  ChatInputs,
  ChatOutput,
  ExtractDataInputs,
  ExtractDataOutput,
  Result,
} from "../npm/types";
import { component, connectionTo, run } from "./support/component";
import { startServer, streamed } from "./support/server";

const root = path.resolve(import.meta.dirname, "..");
const connection = connectionTo("http://127.0.0.1:1");

test("npm/types.d.ts is up to date", () => {
  expect(readFileSync(path.join(root, typesFile), "utf8")).toBe(formattedTypes(root, component));
});

describe("the compiler", () => {
  test("accepts a group with one of its inputs, and a required input that has a default", () => {
    const inputs: ChatInputs = { connection, output: { jsonSchema: { total: 1 } } };
    expect(inputs).not.toHaveProperty("model");
  });

  test("rejects unknown inputs, values that a pick list does not have, and rows without a name", () => {
    // @ts-expect-error There is no such input.
    const unknown: ChatInputs = { connection, mesage: "Hello" };
    // @ts-expect-error The label of the choice instead of its value.
    const choice: ChatInputs = { connection, reasoning: { effort: "High" } };
    // @ts-expect-error A field has a name.
    const row: ExtractDataInputs = { connection, fields: [{ type: "number" }] };
    // @ts-expect-error Every step has a connection.
    const none: ChatInputs = {};
    expect([unknown, choice, row, none]).toHaveLength(4);
  });

  test("knows the output and the branches", () => {
    const read = ({ data, branch }: Result<ExtractDataOutput, "Ok" | "Review" | "Failed">) => {
      // @ts-expect-error It has no such branch.
      const isOther = branch === "Done";
      const code: string | undefined = data.error?.code;
      const input: number = data.usage.total_tokens;
      return { isOther, code, input };
    };
    expect(read).toBeInstanceOf(Function);
  });
});

describe("the built action", () => {
  const sent = async (inputs: Omit<ChatInputs, "connection">) => {
    const server = await startServer(streamed("Hi."));
    const output: ChatOutput = await run("chat", server, { ...inputs });
    const { json, headers } = server.request();
    return { json, trace: headers["x-trace"], output };
  };

  test("accepts numbers, objects and plain key-value lists, in groups too", async () => {
    const tool = { name: "find", description: "Finds", input_schema: { type: "object" } };
    const inCode = await sent({
      initialMessage: "Hello {{name}}",
      maxTokens: 100,
      tools: { definitions: [tool], parallel: false },
      requestOptions: { variables: { name: "Ada" }, headers: { "x-trace": "1" }, maxRetries: 0 },
    });
    const inTheDesigner = await sent({
      initialMessage: "Hello {{name}}",
      maxTokens: "100",
      tools: { definitions: JSON.stringify([tool]), parallel: "false" as never },
      requestOptions: {
        variables: [{ key: "name", value: "Ada" }],
        headers: [{ key: "x-trace", value: "1" }],
        maxRetries: "0",
      },
    });
    expect(inCode.json).toEqual(inTheDesigner.json);
    expect(inCode).toMatchObject({
      trace: "1",
      json: { max_tokens: 100, messages: [{ content: "Hello Ada" }], tools: [{ name: "find" }] },
      output: { text: "Hi.", ok: true, error: null },
    });
  });
});

describe("a type from a schema", () => {
  const declared: string[] = [];
  const typeOf = (schema: Parameters<typeof schemaType>[0]) =>
    schemaType(schema, "row", (name, body) => {
      declared.push(`${name} ${body}`);
      return name;
    });

  test.each([
    [{ type: "integer" }, "number"],
    [{ type: ["string", "null"] }, "string | null"],
    [{ type: "array", items: { type: ["number", "null"] } }, "(number | null)[]"],
    [{ type: "array" }, "unknown[]"],
    [{ type: "object" }, "Record<string, unknown>"],
    [{ type: "object", additionalProperties: { type: "number" } }, "Record<string, number>"],
    [{}, "unknown"],
  ])("%j is %s", (schema, type) => {
    expect(typeOf(schema)).toBe(type);
  });

  test("an object is declared, with comments and with a question mark for what may be missing", () => {
    const properties = { id: { type: "string", description: "The ID" }, "a-b": { type: "null" } };
    expect(typeOf({ type: "object", properties, required: ["id"] })).toBe("row");
    expect(declared).toEqual(['row {\n/** The ID */\nid: string;\n"a-b"?: null;\n}']);
  });
});
