/** Quotes and values are found in the text that was sent, in the forms in which people write them. */
import type { MessageParam } from "@anthropic-ai/sdk/resources/messages";
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

type Found = Evidence["found"];

/** How a quote and a value are found in a text, by default one that is only the quote. */
const find = (quote: string, value: unknown, text = quote): Found =>
  textSearch({ text, isAll: true })(quote, value);

const invoice = `Invoice INV-1042
Date: 21 November 2026

Paper, white   2 x 9.25   18.50
“Express” delivery — next day   100.00
Total: 118.50 EUR`;

describe("a quote", () => {
  test.each<[string, string, Found]>([
    ["is exact if it is in the text as it is", "Total: 118.50 EUR", "exact"],
    ["is exact over a line break", "Invoice INV-1042\nDate", "exact"],
    ["is exact with white space around it", "  Total: 118.50 EUR\n", "exact"],
    ["is exact if it starts within a word", "voice INV", "exact"],
    ["is close with a space for a line break", "INV-1042 Date: 21 November 2026", "close"],
    ["is close with a line break for a space", "Total:\r\n118.50\tEUR", "close"],
    ["is close with other runs of spaces", "Paper, white 2 x 9.25 18.50", "close"],
    ["is close with other quotation marks", '"Express" delivery', "close"],
    ["is close with another dash", "delivery - next day", "close"],
    ["is close in another case", "TOTAL: 118.50 eur", "close"],
    ["is close in another Unicode form", "Ｔｏｔａｌ: 118.50", "close"],
    ["is close with a soft hyphen", "Invo\u00adice INV-1042", "close"],
    ["is not found if the text does not contain it", "Total: 118.50 USD", "no"],
    ["is not found with a word left out", "Invoice Date", "no"],
    ["is not found in another form that ends within a word", "TOTAL: 118.50 eu", "no"],
    ["is not found in another form that starts within a number", "TOTAL: 18.5", "no"],
    ["is not found over the end and the start of the text", "EUR, Invoice", "no"],
    ["is not found if it is empty", "", "no"],
    ["is not found if it is white space", " \n", "no"],
    ["is not found if it has no letters and digits, and is not in the text", "***", "no"],
  ])("%s", (_, quote, expected) => {
    expect(find(quote, true, invoice)).toBe(expected);
  });

  test.each([
    ["word without its hyphen", "The invoice number", "The invoi-\nce number"],
    ["word without its hyphen and indentation", "The invoice number", "The invoi-\r\n   ce number"],
    ["word with its hyphen", "Jean-Luc Martin", "Jean-\nLuc Martin"],
    ["word as it is", "invoi-\nce number", "The invoi-\nce  number"],
  ])("is found if it has a hyphenated %s", (_, quote, text) => {
    expect(find(quote, true, text)).not.toBe("no");
  });

  test("is found in composed and decomposed letters", () => {
    expect(find("Größe XL", true, "Gro\u0308ße XL")).toBe("close");
  });
});

describe("a number", () => {
  test.each<[number, string, Found]>([
    [118.5, "Total: 118.5 EUR", "exact"],
    [118.5, "Total: 118.5.", "exact"],
    [12, "10-12", "exact"],
    [-5, "Change: -5", "exact"],
    [0, "0 items", "exact"],
    [118.5, "118.50 EUR", "close"],
    [1234.5, "1,234.50", "close"],
    [1234.5, "1.234,50", "close"],
    [1234.5, "1234.5", "exact"],
    [1234.5, "1234,5", "close"],
    [1234.5, "1 234,50 €", "close"],
    [1234.5, "1\u00a0234,50 €", "close"],
    [1234.5, "1\u202f234,50 €", "close"],
    [1234.5, "CHF 1'234.50", "close"],
    [1234.5, "CHF 1’234.50", "close"],
    [1234567, "1.234.567,00", "close"],
    [1234567, "1,234,567.00", "close"],
    [1000, "Paper 2 1,000.00", "close"],
    [1000, "Papier 2 1.000,00", "close"],
    [2, "Paper 2 1,000.00", "exact"],
    [37.5, "3 12.50 37.50", "close"],
    [-5, "(5.00)", "close"],
    [-5, "−5.00", "close"],
    [7, "007", "close"],
    [0.19, "19 %", "close"],
    [0.075, "7,5%", "close"],
    [19, "19 %", "exact"],
    [5, "15", "no"],
    [5, "5.5", "no"],
    [18.5, "118.5", "no"],
    [118.5, "Total: 118.60", "no"],
    [0.19, "19", "no"],
    [3, "three", "no"],
  ])("%d in “%s”: %s", (value, quote, expected) => {
    expect(find(quote, value)).toBe(expected);
  });
});

describe("a date", () => {
  test.each<[string, string, Found]>([
    ["2026-11-21", "Date: 2026-11-21", "exact"],
    ["2026-11-21", "21 November 2026", "close"],
    ["2026-11-21", "November 21st, 2026", "close"],
    ["2026-11-21", "Nov. 21, 2026", "close"],
    ["2026-11-21", "21.11.2026", "close"],
    ["2026-11-21", "11/21/2026", "close"],
    ["2026-11-21", "21/11/26", "close"],
    ["2026-11-21", "20261121", "close"],
    ["2026-11-21", "21. November", "close"],
    ["2026-03-05", "5. März 2026", "close"],
    ["2026-03-05", "05.03.2026", "close"],
    ["2026-08-05", "le 5 août 2026", "close"],
    ["2026-01-05", "5 de enero de 2026", "close"],
    ["2026-05-05", "5 maggio 2026", "close"],
    ["2026-05-05", "5.5.2026", "close"],
    ["2026-11-21T09:30:00Z", "21.11.2026, 9:30", "close"],
    ["2026-11-21", "22.11.2026", "no"],
    ["2026-11-21", "21.12.2026", "no"],
    ["2026-11-21", "21 December 2026", "no"],
    ["2026-11-21", "21.11.2025", "no"],
    ["2026-05-05", "May 2026", "no"],
    ["2026-05-05", "5.2026", "no"],
    ["2026-11-21", "due in two weeks", "no"],
  ])("%s in “%s”: %s", (value, quote, expected) => {
    expect(find(quote, value)).toBe(expected);
  });
});

describe("other values", () => {
  test.each<[string, unknown, string, Found]>([
    ["a text that is in the quote is exact", "INV-1042", "Invoice INV-1042", "exact"],
    ["a text in another form is close", "inv 1042", "Invoice INV-1042", "close"],
    ["a choice that stands for the quote is close", "EUR", "118.50 €", "close"],
    ["a boolean needs only a quote", true, "paid in full", "exact"],
    ["a list of texts that are in the quote is exact", ["a", "b"], "a and b", "exact"],
    ["a list with a text in another form is close", ["a", "B"], "a and b", "close"],
    ["a list of numbers is found if all are", [1, 5, 6], "sizes 1, 5 and 6", "exact"],
    ["a list with a number in another form is close", [1, 5.5], "1 and 5,50", "close"],
    ["a list with a number that is not in the quote is not found", [1, 7], "1 and 5", "no"],
  ])("%s", (_, value, quote, expected) => {
    expect(find(quote, value)).toBe(expected);
  });

  test("an exact value in a close quote is close", () => {
    expect(find("Total: 118.5", 118.5, "Total:\n118.5")).toBe("close");
  });
});

describe("what cannot be checked", () => {
  const search = textSearch({ text: "Total: 118.50 EUR", isAll: false });

  test("has null for a quote that is not in the text, or empty, if files were sent too", () => {
    expect(search("Invoice INV-1042", "INV-1042")).toBeNull();
    expect(search("", 118.5)).toBeNull();
    expect(search("***", 118.5)).toBeNull();
  });

  test("is still found if the text contains it, and not found if the quote lacks the value", () => {
    expect(search("Total: 118.50 EUR", "EUR")).toBe("exact");
    expect(search("Total 118.50", 118.5)).toBe("close");
    expect(search("Total: 118.50 EUR", 119)).toBe("no");
  });

  const source = { type: "base64", media_type: "image/png", data: "" } as const;
  const document = (source: object) => ({ type: "document", source }) as never;
  test.each<[string, MessageParam["content"], { text: string; isAll: boolean }]>([
    ["a message of text", "a", { text: "a", isAll: true }],
    [
      "text blocks",
      [
        { type: "text", text: "a" },
        { type: "text", text: "b" },
      ],
      { text: "a\n\nb", isAll: true },
    ],
    [
      "a text document",
      [document({ type: "text", media_type: "text/plain", data: "a" })],
      { text: "a", isAll: true },
    ],
    [
      "a document of blocks",
      [document({ type: "content", content: [{ type: "text", text: "a" }] })],
      { text: "a", isAll: true },
    ],
    [
      "a document of text",
      [document({ type: "content", content: "a" })],
      { text: "a", isAll: true },
    ],
    [
      "a document with an image",
      [
        document({
          type: "content",
          content: [
            { type: "text", text: "a" },
            { type: "image", source },
          ],
        }),
      ],
      { text: "a", isAll: false },
    ],
    [
      "an image",
      [
        { type: "image", source },
        { type: "text", text: "a" },
      ],
      { text: "a", isAll: false },
    ],
    [
      "a PDF",
      [document({ ...source, media_type: "application/pdf" }), { type: "text", text: "a" }],
      { text: "a", isAll: false },
    ],
    ["a URL", [document({ type: "url", url: "https://a.b" })], { text: "", isAll: false }],
    ["an uploaded file", [document({ type: "file", file_id: "f" })], { text: "", isAll: false }],
  ])("sentText of %s", (_, content, expected) => {
    expect(sentText([{ role: "user", content }])).toEqual(expected);
  });

  test("sentText ignores what Claude wrote", () => {
    const messages = [
      { role: "user", content: "a" },
      { role: "assistant", content: "b" },
      { role: "user", content: [{ type: "text", text: "c" }] },
    ] as MessageParam[];
    expect(sentText(messages)).toEqual({ text: "a\n\nc", isAll: true });
  });
});

describe("checkEvidence", () => {
  const search = textSearch({ text: invoice, isAll: true });
  const claim = (field: unknown, quote: unknown, page: unknown = 0) => ({ field, quote, page });

  test("has the quote, the page and how it is found by the path of each value that is not empty", () => {
    const record = {
      number: "INV-1042",
      date: "2026-11-21",
      total: 119,
      due: null,
      note: "",
      tags: [],
      paid: false,
      lines: [{ text: "Paper", amount: 18.5 }, { amount: 100 }],
      sizes: [2, 9.25],
    };
    const claims = [
      claim("number", "Invoice INV-1042", 1),
      claim("date", "date: 21 November 2026", 2),
      claim("total", "Total: 118.50 EUR", 3),
      claim("due", "Due: never"),
      claim("lines[0].text", "Paper, white"),
      claim("lines[0].amount", "9.25   18.50"),
      claim("lines[1].amount", "delivery 100.00"),
      claim("sizes", "2 x 9.25"),
      claim("unknown", "Invoice"),
    ];
    expect(checkEvidence(record, claims, search)).toEqual({
      evidence: {
        number: { quote: "Invoice INV-1042", page: 1, found: "exact" },
        date: { quote: "date: 21 November 2026", page: 2, found: "close" },
        total: { quote: "Total: 118.50 EUR", page: 3, found: "no" },
        paid: { quote: "", page: null, found: "no" },
        "lines[0].text": { quote: "Paper, white", page: null, found: "exact" },
        "lines[0].amount": { quote: "9.25   18.50", page: null, found: "close" },
        "lines[1].amount": { quote: "delivery 100.00", page: null, found: "no" },
        sizes: { quote: "2 x 9.25", page: null, found: "exact" },
      },
      notFound: ["total", "paid", "lines[1].amount"],
    });
  });

  test.each([
    [1, 1],
    [0, null],
    [-1, null],
    [1.5, null],
    ["2", null],
    [null, null],
    [undefined, null],
  ])("page %j is %j", (page, expected) => {
    const { evidence } = checkEvidence({ a: "x" }, [claim("a", "x", page)], search);
    expect(evidence.a?.page).toBe(expected);
  });

  const lines = { lines: [{ amount: 18.5 }] };
  const names = { Order_Number: "Order Number", _: "数量", "Section_4.1": "Section 4.1" };
  test.each<[string, unknown, string]>([
    ["lines[0].amount", lines, "lines[0].amount"],
    ["lines.0.amount", lines, "lines[0].amount"],
    ["record.lines[0].amount", lines, "lines[0].amount"],
    ["records[0].lines[0].amount", lines, "lines[0].amount"],
    ["records.0.lines.0.amount", lines, "lines[0].amount"],
    ["$.record.lines[0].amount", lines, "lines[0].amount"],
    ["$.lines[0].amount", lines, "lines[0].amount"],
    [" lines[0].amount ", lines, "lines[0].amount"],
    ["lines[0]", lines, "lines[0].amount"],
    ["lines", lines, "lines[0].amount"],
    ["record.amount", { record: { amount: 18.5 } }, "record.amount"],
    ["records[0].amount", { records: [{ amount: 18.5 }] }, "records[0].amount"],
    ["record", { record: 18.5 }, "record"],
    ["Version 1.5", { "Version 1.5": 18.5 }, "Version 1.5"],
    ["a.b", { "a.b": 18.5 }, "a.b"],
    ["Order_Number", { "Order Number": 18.5 }, "Order Number"],
    ["Order Number", { "Order Number": 18.5 }, "Order Number"],
    ["record.Order_Number", { "Order Number": 18.5 }, "Order Number"],
    ["lines[0].Order_Number", { lines: [{ "Order Number": 18.5 }] }, "lines[0].Order Number"],
    ["Section_4.1", { "Section 4.1": 18.5 }, "Section 4.1"],
    ["_", { 数量: 18.5 }, "数量"],
  ])("a claim about %s is found for %j", (field, record, path) => {
    const claims = [claim(field, "9.25   18.50")];
    expect(checkEvidence(record, claims, search, names).evidence).toEqual({
      [path]: { quote: "9.25   18.50", page: null, found: "close" },
    });
  });

  test.each([
    ["amount", lines],
    ["lines[1]", lines],
    ["line", lines],
    ["constructor", { amount: 1 }],
  ])("a claim about %s is not one for %j", (field, record) => {
    const { evidence } = checkEvidence(record, [claim(field, "9.25   18.50")], search);
    expect(Object.values(evidence)).toEqual([{ quote: "", page: null, found: "no" }]);
  });

  test("the claim about a value comes before one about what contains it, and the first before others", () => {
    const claims = [
      claim("lines", "Invoice"),
      claim("lines.0.amount", "9.25   18.50"),
      claim("lines[0].amount", "18.50"),
      claim("lines[0].amount", "Total"),
    ];
    expect(checkEvidence(lines, claims, search).evidence["lines[0].amount"]?.quote).toBe("18.50");
  });

  test.each(["Price [EUR]", "Inv. No.", ".", "[", "]", "a[", "a..b", "[x]"])(
    "a field named %s has its claim, and no evidence without one",
    (name) => {
      expect(checkEvidence({ [name]: 18.5 }, [claim(name, "18.50")], search).notFound).toEqual([]);
      expect(checkEvidence({ [name]: 18.5 }, [], search).notFound).toEqual([name]);
    },
  );

  test.each([[undefined], [null], ["a"], [{}], [[]], [[null, 1, "a", {}, { field: "a" }]]])(
    "claims %j are no evidence",
    (claims) => {
      expect(checkEvidence({ a: "x" }, claims, search)).toEqual({
        evidence: { a: { quote: "", page: null, found: "no" } },
        notFound: ["a"],
      });
    },
  );

  test("claimsOf has the claims of one record of a list", () => {
    const claims = [
      { record: 1, ...claim("a", "x") },
      { record: 2, ...claim("a", "y") },
      { record: "2", ...claim("a", "z") },
      null,
    ];
    expect(claimsOf(claims, 2)).toEqual([claims[1]]);
    expect(claimsOf(claims, 3)).toEqual([]);
    expect(claimsOf("a", 1)).toEqual([]);
  });
});

const words = fc
  .array(fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("\n", " ", "118.50", "Größe")), {
    minLength: 1,
    maxLength: 12,
  })
  .map((parts) => parts.join(" "));

describe("for any text", () => {
  test("a quote from any place in it is exact", () => {
    fc.assert(
      fc.property(words, fc.nat(), fc.nat(), (text, a, b) => {
        const [start = 0, end = 0] = [a, b].map((n) => n % (text.length + 1)).sort((x, y) => x - y);
        const quote = text.slice(start, end);
        fc.pre(quote.trim() !== "");
        expect(find(quote, quote.trim(), text)).toBe("exact");
      }),
      runs(500),
    );
  });

  const word = fc.stringMatching(/^[a-z]{1,6}$/);
  const list = fc.array(word, { minLength: 1, maxLength: 12 });

  test("whole words of it are close with other white space, dashes and case between them", () => {
    const gap = fc.constantFrom("\n", "\r\n", "  ", "\t", " — ", "\u00a0", ", ");
    fc.assert(
      fc.property(list, fc.nat(), fc.nat(), gap, (all, a, b, between) => {
        const [start = 0, end = 0] = [a, b].map((n) => n % all.length).sort((x, y) => x - y);
        const quote = all
          .slice(start, end + 1)
          .join(between)
          .toUpperCase();
        expect(find(quote, true, all.join(" "))).toBe("close");
      }),
      runs(500),
    );
  });

  test("a text whose letters and digits are not in it is not found, and null if files were sent too", () => {
    const letters = (text: string) =>
      text
        .normalize("NFKC")
        .toLowerCase()
        .replace(/[^\p{L}\p{N}]/gu, "");
    fc.assert(
      fc.property(
        words,
        fc.oneof(
          words,
          list.map((all) => all.join(" ")),
        ),
        (text, quote) => {
          fc.pre(!text.includes(quote.trim()) && !letters(text).includes(letters(quote)));
          expect(find(quote, true, text)).toBe("no");
          expect(textSearch({ text, isAll: false })(quote, true)).toBeNull();
        },
      ),
      runs(500),
    );
  });

  test("a number in any usual form is found, and no other number", () => {
    const form = fc.constantFrom("en-US", "de-DE", "fr-FR", "de-CH", "sv-SE");
    const cents = fc.integer({ min: 0, max: 99_999_999 });
    fc.assert(
      fc.property(cents, cents, form, (value, other, locale) => {
        const quote = (value / 100).toLocaleString(locale, { minimumFractionDigits: 2 });
        expect(find(`Total ${quote} EUR`, value / 100)).not.toBe("no");
        // 1.234 is read as 1234 too.
        fc.pre(!quote.replace(/\D/g, "").includes(String(other / 100).replace(".", "")));
        fc.pre(!String(value).includes(String(other)));
        expect(find(`Total ${quote} EUR`, other / 100)).toBe("no");
      }),
      runs(500),
    );
  });

  test("a date in any usual form is found", () => {
    const options = fc.record({
      day: fc.constantFrom("numeric" as const, "2-digit" as const),
      month: fc.constantFrom(
        "long" as const,
        "short" as const,
        "numeric" as const,
        "2-digit" as const,
      ),
      year: fc.constant("numeric" as const),
    });
    const locale = fc.constantFrom(
      "en-US",
      "en-GB",
      "de-DE",
      "fr-FR",
      "es-ES",
      "it-IT",
      "nl-NL",
      "pt-BR",
    );
    const day = fc.date({
      min: new Date("1990-01-01"),
      max: new Date("2099-12-31"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(day, options, locale, (date, form, language) => {
        const value = date.toISOString().slice(0, 10);
        const quote = date.toLocaleDateString(language, { ...form, timeZone: "UTC" });
        expect(find(quote, value), quote).toBe("close");
      }),
      runs(500),
    );
  });
});

test("any claims about any record are checked without an error", () => {
  const claim = fc.record(
    {
      field: fc.oneof(
        fc.string(),
        fc.constantFrom("a", "a[0].b", "record.a", "__proto__"),
        fc.jsonValue(),
      ),
      quote: fc.oneof(fc.string(), fc.constantFrom("a b", "1,5"), fc.jsonValue()),
      page: fc.oneof(fc.integer(), fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  const claims = fc.oneof(fc.array(fc.oneof(claim, fc.jsonValue())), fc.jsonValue());
  const record = fc.oneof(
    fc.dictionary(fc.constantFrom("a", "b", "a.b", "record"), fc.jsonValue()),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(record, claims, words, fc.boolean(), (record, claims, text, isAll) => {
      const { evidence, notFound } = checkEvidence(record, claims, textSearch({ text, isAll }));
      for (const { quote, page, found } of Object.values(evidence)) {
        expect(typeof quote).toBe("string");
        expect(page === null || (Number.isInteger(page) && page > 0)).toBe(true);
        expect(["exact", "close", "no", null]).toContain(found);
      }
      expect(notFound).toEqual(
        Object.keys(evidence).filter((path) => evidence[path]?.found === "no"),
      );
      expect(() => claimsOf(claims, 1)).not.toThrow();
    }),
    runs(500),
  );
});
