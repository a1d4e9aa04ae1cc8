/** Properties of a flow's schema have names that the API accepts, and the flow gets its own names. */
import { expect, test } from "vitest";
import { withGivenNames, withValidNames } from "../../../src/claude/messages/propertyNames";

test("a schema with valid names stays the same object", () => {
  const schema = { type: "object", properties: { order_number: {}, "a.b-c": {} } };
  expect(withValidNames(schema)).toEqual({ schema, names: {} });
  expect(withValidNames(schema).schema).toBe(schema);
});

test("invalid names become unique valid ones, at any depth, and back", () => {
  const schema = {
    type: "object",
    properties: {
      "Order Number": { type: "string" },
      "Order/Number": { type: "string" },
      Order_Number: { type: "string" },
      $top: { type: "array", items: { type: "object", properties: { 日付: { type: "string" } } } },
    },
    required: ["Order Number", "$top"],
  };
  const { schema: valid, names } = withValidNames(schema);
  expect(valid).toEqual({
    type: "object",
    properties: {
      Order_Number_2: { type: "string" },
      Order_Number_3: { type: "string" },
      Order_Number: { type: "string" },
      _top: { type: "array", items: { type: "object", properties: { _: { type: "string" } } } },
    },
    required: ["Order_Number_2", "_top"],
  });
  const input = { Order_Number_2: "A", Order_Number: "B", _top: [{ _: "2026" }], other: 1 };
  expect(withGivenNames(input, names)).toEqual({
    "Order Number": "A",
    Order_Number: "B",
    $top: [{ 日付: "2026" }],
    other: 1,
  });
});
