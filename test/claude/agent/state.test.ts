import fc from "fast-check";
import { expect, test } from "vitest";
import { seal, unseal } from "../../../src/claude/agent/state";
import { InvalidInput } from "../../../src/claude/problem";
import { jsonData } from "../../support/arbitraries";
import { runs } from "../../support/propertyRuns";

test("unseal returns the sealed data, and only with the same secret", () => {
  fc.assert(
    fc.property(jsonData, fc.string(), fc.string(), (data, secret, other) => {
      const sealed = seal(data, secret);
      expect(sealed).toMatch(/^agent1\.[\w-]+$/);
      expect(unseal(` ${sealed}\n`, secret)).toEqual(data);
      if (other !== secret) expect(() => unseal(sealed, other)).toThrow(InvalidInput);
    }),
    runs(),
  );
});

test("unseal rejects changed, truncated and made-up states", () => {
  const sealed = seal({ a: 1 }, "secret");
  const changed = fc
    .tuple(fc.nat(sealed.length - 1), fc.string({ maxLength: 2 }))
    .map(([at, text]) => sealed.slice(0, at) + text + sealed.slice(at + 1));
  const truncated = fc.nat(sealed.length - 1).map((length) => sealed.slice(0, length));
  const text = fc.string();
  const invalid = fc.oneof(
    changed,
    truncated,
    text,
    text.map((rest) => `agent1.${rest}`),
  );
  fc.assert(
    fc.property(invalid, (state) => {
      if (state.trim() === sealed) return;
      expect(() => unseal(state, "secret")).toThrow(InvalidInput);
    }),
    runs(300),
  );
});
