/**
 * Documents as text. The fixtures were written by docx, exceljs, pptxgenjs and nodemailer, and by
 * LibreOffice from these; offer.txt and orders.csv are LibreOffice's own exports.
 */
import { Buffer } from "node:buffer";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { unzipSync, zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { convertDocument } from "../../../src/claude/documents/convert";
import { isOffice } from "../../../src/claude/files/format";
import { InvalidInput } from "../../../src/claude/problem";

const folder = path.join(import.meta.dirname, "files");
const fixture = (name: string) => readFileSync(path.join(folder, name));
const textOf = (name: string) => convertDocument(name, fixture(name))?.text ?? "";

/** The words of a text, without Markdown, white space, and marks of lists and notes. */
const words = (text: string) =>
  text
    .replace(/^\s*(#+|-|◦|•|\d+\.)\s/gm, "")
    .replace(/\\\|/g, "/")
    .replace(/\| --- .*/g, "")
    .replace(/\[\^?\d+\](?!:)|(?<=€)\d/g, "")
    .replace(/[|\s/]+/g, " ")
    .trim();

describe("the words are those of LibreOffice's export", () => {
  const exported = words(fixture("offer.txt").toString().replace("\ufeff", ""));

  test.each([
    ["offer.docx", "Paper Clip Works, Bonn ", " [^1]: Without shipping. VAT DE123456789"],
    [
      "offer-libreoffice.docx",
      "Paper Clip Works, Bonn ",
      " [^2]: Without shipping. VAT DE123456789",
    ],
  ])("%s, between its header, notes and footer", (name, before, after) => {
    expect(words(textOf(name))).toBe(before + exported + after);
  });

  test.each(["offer.odt", "offer.rtf"])("%s, with its note in place", (name) => {
    expect(words(textOf(name)).replace(" (Without shipping.)", "")).toBe(exported);
  });

  test.each(["orders.xlsx", "orders-libreoffice.xlsx", "orders.ods"])("%s", (name) => {
    const [sheet = ""] = textOf(name).split("\n\n## Prices");
    const csv = fixture("orders.csv")
      .toString()
      .replace("11/20/2026", "2026-11-20")
      .replace("2026-11-21 09:30", "2026-11-21T09:30")
      .replace(/^,*\n/gm, "")
      .replace(/,+$/gm, "");
    // In ODS, they are numbers with a format.
    const inSheet = sheet.replace("118.5,1,", "118.5,TRUE,").replace("0.3,0,", "0.3,FALSE,");
    expect(inSheet).toBe(`## Orders 2026\n\n${csv.trimEnd()}`);
  });
});

test("DOCX: structure, notes, headers and footers", () => {
  expect(textOf("offer.docx")).toBe(`Paper Clip Works, Bonn

# Offer 4711

Dear Zoë Müller,
thank you for your inquiry & interest <soon>.

## Positions

| Item | Quantity | Price |
| --- | --- | --- |
| Paper clips | 1,000 | 18.50 € |
| Dispenser \\| steel | 2 | 100.00 € |

Total 118.50 €[^1]

- First
  - Nested
- Second

Terms	apply.

[^1]: Without shipping.

VAT DE123456789`);
  expect(convertDocument("a", fixture("offer.docx"))?.notice).toEqual({
    code: "document_converted",
    format: "Word",
    pictures: 1,
    cutRows: 0,
  });
});

test("XLSX: sheets, dates, formulas, gaps and hidden sheets", () => {
  expect(textOf("orders.xlsx")).toBe(`## Orders 2026

Order,Date,Total,Paid,Note
A-1042,2026-11-20,118.5,TRUE,"He said ""yes"", twice"
A-1043,2026-11-21T09:30:00,0.3,FALSE,"Line 1
Line 2"
,,118.8
,,,,Grüße 🙂

## Prices (hidden)

Clip,0.0185
Rich text`);
});

const slides = `## Slide 1

Quarterly review

Revenue up

Costs down

Notes: Mention the new warehouse.

## Slide 2

| Region | Revenue |
| --- | --- |
| North | 120 |
| South | 80 |`;

test("PPTX and ODP: slides in their order, tables and notes", () => {
  expect(textOf("review.pptx")).toBe(slides);
  expect(textOf("review-libreoffice.pptx")).toBe(slides);
  expect(
    textOf("review.odp")
      .replace(/^- (.+)\n/gm, "$1\n\n")
      .replaceAll("\n\n\n", "\n\n"),
  ).toBe(slides);
});

test("HTML: text and structure, without layout, scripts, hidden texts and tracking", () => {
  expect(textOf("newsletter.html")).toBe(`# Our autumn offers

Hello Jo,
see what is new…

- Clips: 18.50 €
- Trays

Visit the shop (https://example.com/shop) or unsubscribe

| Item | Price |
| --- | --- |
| Clip | 0.02 < 1 |`);
});

test("e-mails: headers, text, and attachments as files", () => {
  const mail = convertDocument("order.eml", fixture("order.eml"));
  expect(mail?.text).toBe(`From: Zoë Müller <zoe@example.com>
To: orders@example.com
Cc: sales@example.com
Date: Fri, 20 Nov 2026 08:00:00 +0000
Subject: Bestellung Größe 4711 – bitte prüfen

Hallo,

bitte 10 Schachteln für 18,50 €.

Grüße
Zoë`);
  expect(
    mail?.attachments.map(({ name, contentType, bytes }) => [name, contentType, bytes.length]),
  ).toEqual([
    ["logo.png", "image/png", 70],
    ["Maße.csv", "text/csv", 28],
  ]);
});

describe("e-mails of other programs", () => {
  const read = (...lines: string[]) =>
    convertDocument("a.eml", Buffer.from(lines.join("\r\n"), "latin1"))?.text;

  test("folded headers, encoded words and Latin-1", () => {
    expect(
      read(
        "Subject: =?iso-8859-1?Q?Gr=FC=DFe_aus?=",
        " =?iso-8859-1?B?S/ZsbiE=?=",
        "From: jo@example.com",
        "Content-Type: text/plain; charset=iso-8859-1",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "Gr=FC=DFe =",
        "und Dank",
      ),
    ).toBe("From: jo@example.com\nSubject: Grüße ausKöln!\n\nGrüße und Dank");
  });

  test("only HTML, nested parts, and a boundary that is not closed", () => {
    expect(
      read(
        "Subject: Hi",
        'Content-Type: multipart/mixed; boundary="a"',
        "",
        "--a",
        "Content-Type: multipart/alternative; boundary=b",
        "",
        "--b",
        "Content-Type: text/html",
        "",
        "<p>One</p><p>Two</p>",
        "--b--",
      ),
    ).toBe("Subject: Hi\n\nOne\n\nTwo");
  });
});

const utf8 = (text: string) => new Uint8Array(Buffer.from(text));
const zip = (files: Record<string, string>) =>
  Buffer.from(
    zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, utf8(text)]))),
  );
const docx = (body: string) =>
  zip({ "word/document.xml": `<w:document><w:body>${body}</w:body></w:document>` });
const p = (content: string) => `<w:p>${content}</w:p>`;
const r = (text: string) => `<w:r><w:t>${text}</w:t></w:r>`;

test.each<[string, string, string]>([
  [
    "tracked changes",
    p(`<w:ins>${r("new")}</w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del>`),
    "new",
  ],
  [
    "a shape that is written twice",
    p(
      `<mc:AlternateContent><mc:Choice>${r("once")}</mc:Choice><mc:Fallback>${r("once")}</mc:Fallback></mc:AlternateContent>`,
    ),
    "once",
  ],
  ["a field code", p(`<w:r><w:instrText>PAGE</w:instrText></w:r>${r("1")}`), "1"],
  [
    "a table in a table",
    `<w:tbl><w:tr><w:tc>${p(r("a"))}</w:tc><w:tc><w:tbl><w:tr><w:tc>${p(r("b"))}</w:tc></w:tr></w:tbl></w:tc></w:tr></w:tbl>`,
    "| a | b |\n| --- | --- |",
  ],
  [
    "an entity of a declaration",
    `<!DOCTYPE x [<!ENTITY a "expanded">]>${p(r("&a; &#65;&#x42; &lt;"))}`,
    "&a; AB <",
  ],
  [
    "a position of tabs",
    p(
      `<w:pPr><w:tabs><w:tab w:val="left" w:pos="9"/></w:tabs></w:pPr>${r("a")}<w:r><w:tab/></w:r>${r("b")}`,
    ),
    "a\tb",
  ],
])("DOCX with %s", (_, body, expected) => {
  expect(convertDocument("a.docx", docx(body))?.text).toBe(expected);
});

const sheet = (rows: string, { styles = "", workbook = "" } = {}) =>
  zip({
    "xl/workbook.xml": `<workbook>${workbook}<sheets><sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    "xl/_rels/workbook.xml.rels":
      '<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/worksheets/sheet1.xml": `<worksheet><sheetData>${rows}</sheetData></worksheet>`,
    "xl/styles.xml": styles,
  });
const styled = (...formats: string[]) =>
  `<styleSheet><numFmts>${formats.map((code, index) => `<numFmt numFmtId="${200 + index}" formatCode="${code}"/>`).join("")}</numFmts><cellXfs>${formats.map((_, index) => `<xf numFmtId="${200 + index}"/>`).join("")}</cellXfs></styleSheet>`;
const cell = (value: string, style: number) => `<c s="${style}"><v>${value}</v></c>`;
const csvOf = (bytes: Buffer) => convertDocument("a.xlsx", bytes)?.text.replace("## A\n\n", "");

test.each<[string, string, string, string]>([
  ["a date", "dd/mm/yyyy", "46346", "2026-11-20"],
  ["a date before March 1900", "yyyy-mm-dd", "1", "1900-01-01"],
  ["a date and a time", "d.m.yy h:mm", "46346.395833333336", "2026-11-20T09:30:00"],
  ["a time", "h:mm AM/PM", "0.5", "12:00:00"],
  ["hours of more than a day", "[h]:mm", "1.5", "36:00:00"],
  ["a number with a literal d", "0.00 &quot;days&quot;", "2.5", "2.5"],
  ["a number with a color", "[Red]0.00", "-2.5", "-2.5"],
  ["a currency", "[$€-407] #,##0.00", "18.5", "18.5"],
  ["a date with a locale", "[$-F800]dddd, mmmm dd, yyyy", "46346", "2026-11-20"],
])("XLSX: %s", (_, format, value, expected) => {
  expect(csvOf(sheet(`<row>${cell(value, 0)}</row>`, { styles: styled(format) }))).toBe(expected);
});

test("XLSX: dates since 1904", () => {
  const workbook = '<workbookPr date1904="1"/>';
  expect(
    csvOf(sheet(`<row>${cell("44884", 0)}</row>`, { styles: styled("yyyy-mm-dd"), workbook })),
  ).toBe("2026-11-20");
});

test("XLSX: rows beyond 20,000 are counted", () => {
  const bytes = sheet("<row><c><v>1</v></c></row>".repeat(20_005));
  const document = convertDocument("a.xlsx", bytes);
  expect(document?.text.split("\n")).toHaveLength(20_002);
  expect(document?.notice).toMatchObject({ cutRows: 5 });
});

test("XLSX: cells far to the right do not fill the memory", () => {
  const bytes = sheet('<row><c r="XFD1"><v>1</v></c></row>'.repeat(20_000));
  expect(convertDocument("a.xlsx", bytes)?.text.length).toBeLessThan(34_000_000);
});

const bomb = () => {
  const files = Object.fromEntries(
    Array.from({ length: 4 }, (_, index) => [
      `word/header${index}.xml`,
      new Uint8Array(40_000_000),
    ]),
  );
  const relations = Object.keys(files).map(
    (name, index) => `<Relationship Id="r${index}" Target="${name.slice(5)}"/>`,
  );
  return Buffer.from(
    zipSync({
      ...files,
      "word/document.xml": utf8("<w:p/>"),
      "word/_rels/document.xml.rels": utf8(`<Relationships>${relations.join("")}</Relationships>`),
    }),
  );
};

const encrypted = () => {
  const bytes = docx(p(r("a")));
  // The flag of encryption, in the table of contents.
  const at = bytes.indexOf("PK\x01\x02");
  bytes[at + 8] = 1;
  return bytes;
};

test.each<[string, () => Buffer, string]>([
  ["an old Word document", () => fixture("offer.doc"), "document_format_old"],
  [
    "an encrypted Office document",
    () =>
      Buffer.concat([
        Buffer.from("d0cf11e0a1b11ae1", "hex"),
        Buffer.from("EncryptedPackage", "utf16le"),
      ]),
    "document_encrypted",
  ],
  ["an encrypted archive", encrypted, "document_encrypted"],
  ["a ZIP archive of other files", () => zip({ "a.txt": "A" }), "document_is_archive"],
  ["half a document", () => fixture("offer.docx").subarray(0, 6_000), "document_damaged"],
  ["a ZIP bomb", bomb, "document_too_large"],
  ["a TIFF", () => Buffer.from("II*\0........"), "image_format_unsupported"],
])("%s is an error", (_, bytes, code) => {
  let problem: unknown;
  try {
    convertDocument("a", bytes());
  } catch (error) {
    problem = (error as InvalidInput).problem?.code ?? error;
  }
  expect(problem).toBe(code);
});

test.each<[string, string, Buffer]>([
  ["text", "a.txt", Buffer.from("Hello")],
  ["Markdown with HTML", "a.md", Buffer.from("# A\n\n<p>B</p>")],
  ["XML", "a.xml", Buffer.from("<?xml version='1.0'?><a>B</a>")],
  ["a text that looks like an e-mail", "a.txt", Buffer.from("Subject: Hi\n\nHello")],
])("%s is no document", (_, name, bytes) => {
  expect(convertDocument(name, bytes)).toBeUndefined();
});

/** A small generator of repeatable numbers from 0 to below a limit. */
const random = (seed: number) => (limit: number) => {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
  return Math.floor((seed / 2_147_483_648) * limit);
};

const mutate = (bytes: Buffer, next: (limit: number) => number): Buffer => {
  const mutated = Buffer.from(bytes);
  switch (next(4)) {
    case 0:
      return mutated.subarray(0, next(mutated.length));
    case 1: {
      const at = next(mutated.length);
      mutated.copyWithin(at, next(mutated.length), next(mutated.length));
      return mutated;
    }
    case 2:
      return Buffer.concat([
        mutated.subarray(0, next(mutated.length)),
        mutated.subarray(next(mutated.length)),
      ]);
    default:
      for (let count = 1 + next(20); count > 0; count -= 1)
        mutated[next(mutated.length)] = next(256);
      return mutated;
  }
};

/** The document with a part that is damaged before it is packed, so that the damage reaches the reader. */
const mutatePart = (bytes: Buffer, next: (limit: number) => number): Buffer => {
  const parts = unzipSync(bytes);
  const names = Object.keys(parts).filter((name) => /\.(xml|rels)$/.test(name));
  const name = names[next(names.length)] ?? "";
  return Buffer.from(
    zipSync({ ...parts, [name]: mutate(Buffer.from(parts[name] ?? []), next) }, { level: 0 }),
  );
};

const count = Number(process.env.RUNS ?? 10_000);

test(`${count} damaged documents give a text or a problem`, () => {
  const names = readdirSync(folder).filter((name) => !/\.(txt|csv|doc)$/.test(name));
  const next = random(1);
  const documents = names.map((name) => [name, fixture(name)] as const);
  for (let index = 0; index < count; index += 1) {
    const [name, bytes] = documents[index % documents.length] as (typeof documents)[number];
    const isPart = isOffice(bytes) && next(10) === 0;
    try {
      const document = convertDocument(name, (isPart ? mutatePart : mutate)(bytes, next));
      expect(typeof (document?.text ?? "")).toBe("string");
    } catch (error) {
      if (!(error instanceof InvalidInput)) {
        throw new Error(`${name}, case ${index}`, { cause: error });
      }
    }
  }
}, 300_000);

/** Quadratic growth would exceed the time limit of a test. */
test.each<[string, string, (times: number) => string]>([
  ["tables in tables", "a.html", (times) => `<html>${"<table><tr><td>a".repeat(times)}`],
  ["open quotes", "a.html", (times) => `<html>${"<a b='".repeat(times)}`],
  ["less-than signs", "a.html", (times) => `<html>${"<".repeat(times)}`],
  ["hidden elements", "a.html", (times) => `<html>${"<div hidden='a'>".repeat(times)}`],
  ["open scripts", "a.html", (times) => `<html>${"<script></scrip".repeat(times)}`],
  ["entities", "a.html", (times) => `<html>${"&#".repeat(times)}`],
  [
    "boundaries",
    "a.eml",
    (times) => `A: b\nContent-Type: multipart/x; boundary=a\n\n${"--a\n".repeat(times)}`,
  ],
  ["encoded words", "a.eml", (times) => `Subject: ${"=?a?q?".repeat(times)}\n\nHi`],
  ["parameters", "a.eml", (times) => `Content-Type: a${"; a*".repeat(times)}\n\nHi`],
  ["groups", "a.rtf", (times) => `{\\rtf1${"{\\b ".repeat(times)}`],
])("300,000 %s are read", (_, name, make) => {
  const document = convertDocument(name, Buffer.from(make(300_000)));
  expect(typeof document?.text).toBe("string");
});
