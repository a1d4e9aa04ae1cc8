import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  checkEvidence,
  claimsOf,
  type Evidence,
  sentText,
  textSearch,
} from "../../../src/claude/messages/evidence";
import { runs } from "../../support/propertyRuns";

const searchIn = (text: string) => textSearch({ text, isAll: true });

describe("a quote and its value", () => {
  const text = [
    "Invoice 1042 of 21 November 2026",
    "Paper Clip Works, “Main Street” 5",
    "Total: 1.234,50 EUR (VAT 19 %)",
    "Delivery on 3.12.2026",
  ].join("\n");

  test.each<[quote: string, value: unknown, found: Evidence["found"]]>([
    ["Invoice 1042", "1042", "exact"],
    ["Total: 1.234,50 EUR", 1234.5, "close"],
    ["VAT 19 %", 0.19, "close"],
    ["VAT 19 %", 19, "exact"],
    ["21 November 2026", "2026-11-21", "close"],
    ["3.12.2026", "2026-12-03", "close"],
    ["3.12.2026", "2026-12-04", "no"],
    ["21 November 2026", "2025-11-21", "no"],
    ['"Main Street" 5', "Main Street 5", "close"],
    ["Paper  Clip\nWorks", "Paper Clip Works", "close"],
    ["Total: 1.234,50 EUR", "EUR", "exact"],
    ["Total: 1.234,50 EUR", "euros", "close"],
    ["Total: 1.234,50 EUR", 1235, "no"],
    ["Invoice 1042", "INV-1043", "no"],
    ["Invoice 1042", 104, "no"],
    ["Total: 99 EUR", 99, "no"],
    ["", "1042", "no"],
    ["Invoice 1042", true, "exact"],
    ["Invoice 1042", ["1042", "1043"], "no"],
  ])("%j for %j: %s", (quote, value, found) => {
    expect(searchIn(text)(quote, value)).toBe(found);
  });

  test("that may be in an image or a PDF cannot be checked", () => {
    const search = textSearch({ text, isAll: false });
    expect(search("Not here", "x")).toBeNull();
    expect(search("", "x")).toBeNull();
    expect(search("Invoice 1042", "1042")).toBe("exact");
    expect(search("Invoice 1042", 7)).toBe("no");
  });

  test("that are cut from a text at any place are found", () => {
    const word = fc.stringMatching(/^[a-zA-Z0-9äöü,.:€-]{1,12}$/);
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 60 }),
        fc.nat(),
        fc.nat(),
        fc.constantFrom(" ", "\n", "  \t"),
        (words, from, count, space) => {
          const start = from % words.length;
          const cut = words.slice(start, start + 1 + (count % words.length));
          const search = searchIn(words.join(" "));
          expect(search(cut.join(" "), cut.join(" "))).toBe("exact");
          const isEmpty = !/[\p{L}\p{N}]/u.test(cut.join(""));
          if (!isEmpty) expect(search(cut.join(space), true)).not.toBe("no");
        },
      ),
      runs(300),
    );
  });
});

describe("the evidence of a record", () => {
  const text = "Paper 18.50, clips 100.00. Total 118.50.";
  const record = {
    total: 118.5,
    lines: [
      { name: "Paper", amount: 18.5 },
      { name: "clips", amount: 100 },
    ],
    tags: ["Paper", "clips"],
    note: null,
    empty: "",
    none: [],
  };

  test("is by path, for each value that is not empty", () => {
    const claims = [
      { field: "total", quote: "Total 118.50", page: 2 },
      { field: "record.lines.0.amount", quote: "Paper 18.50", page: 0 },
      { field: "lines[0].name", quote: "Paper", page: 0 },
      { field: "lines[1]", quote: "clips 100.00", page: 0 },
      { field: "tags", quote: "Paper 18.50, clips", page: 0 },
    ];
    expect(checkEvidence(record, claims, searchIn(text))).toEqual({
      evidence: {
        total: { quote: "Total 118.50", page: 2, found: "close" },
        "lines[0].name": { quote: "Paper", page: null, found: "exact" },
        "lines[0].amount": { quote: "Paper 18.50", page: null, found: "close" },
        "lines[1].name": { quote: "clips 100.00", page: null, found: "exact" },
        "lines[1].amount": { quote: "clips 100.00", page: null, found: "close" },
        tags: { quote: "Paper 18.50, clips", page: null, found: "exact" },
      },
      notFound: [],
    });
  });

  test("lists values without a quote, and with one that is not in the text", () => {
    const claims = [{ field: "a", quote: "Nowhere", page: 0 }];
    expect(checkEvidence({ a: "x", b: 1 }, claims, searchIn(text)).notFound).toEqual(["a", "b"]);
  });

  test("never fails, for any claims", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.string(), (record, claims, text) => {
        checkEvidence(record, claims, searchIn(text));
      }),
      runs(300),
    );
  });

  test("is of the claims with the number of the record", () => {
    const claims = [{ record: 1, field: "a" }, { record: 2, field: "b" }, null];
    expect(claimsOf(claims, 2)).toEqual([{ record: 2, field: "b" }]);
  });
});

test("the text that was sent is that of messages and documents; images and PDFs cannot be checked", () => {
  const source = { type: "text" as const, media_type: "text/plain" as const, data: "Two" };
  const pdf = { type: "url" as const, url: "https://example.com/a.pdf" };
  expect(
    sentText([
      { role: "user", content: "One" },
      { role: "assistant", content: "Not sent as a source" },
      {
        role: "user",
        content: [
          { type: "document", source },
          { type: "text", text: "Three" },
        ],
      },
    ]),
  ).toEqual({ text: "One\n\nTwo\n\nThree", isAll: true });
  expect(sentText([{ role: "user", content: [{ type: "document", source: pdf }] }])).toEqual({
    text: "",
    isAll: false,
  });
});
