import fc from "fast-check";
import { expect, test } from "vitest";
import { rowIds, rowOf } from "../../../src/claude/batches/rows";
import { runs } from "../../support/propertyRuns";

test("rowOf returns the row and value that rowIds put into a custom ID", () => {
  const values = fc.uniqueArray(
    fc.oneof(
      fc.string({ minLength: 1 }),
      fc.string({ minLength: 1, maxLength: 80, unit: "binary" }),
      fc.stringMatching(/^[\w-]+$/),
    ),
  );
  fc.assert(
    fc.property(values, (values) => {
      const { ids, truncated } = rowIds(values.length, values);
      expect(new Set(ids).size).toBe(values.length);
      const inFull = new Map(truncated.map(({ customId, id }) => [customId, id]));
      for (const [index, customId] of ids.entries()) {
        expect(customId).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
        const { row, id } = rowOf(customId, ids.length);
        expect(row).toBe(index + 1);
        expect(inFull.get(customId) ?? id).toBe(values[index]);
      }
    }),
    runs(),
  );
});

test("rowOf returns row null and the ID itself for any other custom ID", () => {
  const id = fc.oneof(
    fc.string(),
    fc.constantFrom(
      "row-000000",
      "row-00001",
      "row-0000001",
      "row-000001_",
      "row-000001-x",
      "Row-000001",
    ),
  );
  fc.assert(
    fc.property(id, fc.nat(5), (id, count) => {
      expect(rowOf(id, count)).toEqual({ row: null, id });
    }),
    runs(),
  );
});
