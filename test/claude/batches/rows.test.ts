import fc from "fast-check";
import { expect, test } from "vitest";
import { rowIds, rowOf } from "../../../src/claude/batches/rows";
import { InvalidInput } from "../../../src/claude/problem";
import { runs } from "../../support/propertyRuns";

test("rowOf returns the row and value that rowIds put into a custom ID", () => {
  const values = fc.uniqueArray(
    fc.oneof(fc.string({ minLength: 1 }), fc.stringMatching(/^[\w-]+$/)),
  );
  fc.assert(
    fc.property(values, (values) => {
      let ids: string[];
      try {
        ({ ids } = rowIds(values.length, values));
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidInput);
        return;
      }
      for (const [index, id] of ids.entries()) {
        expect(id).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
        const { row, id: value } = rowOf(id, ids.length);
        expect(row).toBe(index + 1);
        expect(values[index]?.replace(/[^a-zA-Z0-9_-]/g, "-")).toMatch(new RegExp(`^${value}`));
      }
    }),
    runs(),
  );
});

test("rowOf returns row null and the ID itself for any other custom ID", () => {
  const id = fc.oneof(
    fc.string(),
    fc.constantFrom("row-000000", "row-00001", "row-0000001", "row-000001_", "Row-000001"),
  );
  fc.assert(
    fc.property(id, fc.nat(5), (id, count) => {
      expect(rowOf(id, count)).toEqual({ row: null, id });
    }),
    runs(),
  );
});
