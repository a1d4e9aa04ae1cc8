/** Files in the forms of other steps: each form with each encoding, as data and as JSON text. */
import { Buffer } from "node:buffer";
import { zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { fileForms, readFileValue } from "../../../src/claude/files/fileValue";
import { InvalidInput } from "../../../src/claude/problem";
import { pdf, png } from "../../support/files";

const docx = Buffer.from(
  zipSync(
    { "[Content_Types].xml": Buffer.from("<Types/>"), "word/document.xml": Buffer.alloc(9) },
    { mtime: "2026-11-20" },
  ),
);
const files = {
  "image/png": png(),
  "application/pdf": pdf(),
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": docx,
};

/** Base64 that has a plus sign, so that forms and templates can damage it. */
const digitsOf = (bytes: Buffer) => bytes.toString("base64");

const encodings: Record<string, (bytes: Buffer, type: string) => unknown> = {
  "a Buffer": (bytes) => bytes,
  "a Buffer as JSON": (bytes) => JSON.parse(JSON.stringify(bytes)),
  "a Uint8Array": (bytes) => Uint8Array.from(bytes),
  "a Uint8Array as JSON": (bytes) => JSON.parse(JSON.stringify(Uint8Array.from(bytes))),
  "a list of numbers": (bytes) => [...bytes],
  base64: digitsOf,
  base64url: (bytes) => bytes.toString("base64url"),
  "base64 in lines": (bytes) => digitsOf(bytes).replace(/.{76}/g, "$&\r\n"),
  "base64 in lines that were joined by spaces": (bytes) =>
    digitsOf(bytes).replace(/.{76}(?!$)/g, "$& "),
  "base64 in quotes": (bytes) => `"${digitsOf(bytes)}"`,
  "base64 with spaces for plus signs": (bytes) => digitsOf(bytes).replaceAll("+", " "),
  "base64 with escaped slashes": (bytes) => digitsOf(bytes).replaceAll("/", "\\/"),
  "base64 as in a URL": (bytes) => encodeURIComponent(digitsOf(bytes)),
  "a data URL": (bytes, type) => `data:${type};base64,${digitsOf(bytes)}`,
  "text with one character for each byte": (bytes) => bytes.toString("latin1"),
};

const setAt = (path: string, value: unknown): Record<string, unknown> => {
  const [first = "", ...rest] = path.startsWith("$") ? [path] : path.split(".");
  return { [first]: rest.length > 0 ? setAt(rest.join("."), value) : value };
};

const merged = (records: Record<string, unknown>[]): Record<string, unknown> => {
  const all: Record<string, unknown> = {};
  for (const record of records) {
    for (const [key, value] of Object.entries(record)) {
      const before = all[key];
      all[key] =
        typeof before === "object" && typeof value === "object"
          ? { ...before, ...(value as object) }
          : value;
    }
  }
  return all;
};

describe.each(Object.entries(encodings))("%s", (_, encode) => {
  test.each(Object.entries(files))("%s is read in every form, whatever its name", (type, bytes) => {
    const content = encode(bytes, type);
    const values = fileForms.flatMap((form) => {
      const record = merged([
        setAt(form.content, content),
        ...(form.type ? [setAt(form.type, type)] : []),
        ...(form.name ? [setAt(form.name, "scan")] : []),
      ]);
      return [record, JSON.stringify(record), [record]];
    });
    for (const value of [content, ...values]) {
      for (const name of ["", "doc", "a.txt", "a.pdf"]) {
        const file = readFileValue(value, name);
        expect({ value, bytes: file && "bytes" in file && file.bytes.equals(bytes) }).toEqual({
          value,
          bytes: true,
        });
      }
    }
  });
});

test("one plus sign that became a space is no line break, wherever it is", () => {
  for (let size = 40; size < 140; size += 1) {
    for (let at = 40; at < size - 4; at += 1) {
      const bytes = png(2, 3, size);
      // At the start of three bytes, it becomes a plus sign.
      bytes.fill(0, 33).writeUInt8(0xf8, Math.min(at, bytes.length - 3));
      const digits = bytes.toString("base64").replaceAll("+", " ");
      expect(readFileValue(digits)).toEqual({ bytes });
    }
  }
});

test("type and name are read in every form", () => {
  for (const form of fileForms) {
    const record = merged([
      setAt(form.content, png()),
      ...(form.type ? [setAt(form.type, "image/png")] : []),
      ...(form.name ? [setAt(form.name, "scan.png")] : []),
    ]);
    expect(readFileValue(record)).toEqual({
      bytes: png(),
      contentType: form.type && "image/png",
      name: form.name && "scan.png",
    });
  }
});

test.each<[string, unknown, object]>([
  [
    "text with a type",
    { content: "a,b", type: "text/csv", filename: "a.csv" },
    { text: "a,b", contentType: "text/csv", name: "a.csv" },
  ],
  [
    "text in base64 with a type",
    { content: Buffer.from("id,name\n1,Zoë").toString("base64"), type: "text/csv" },
    { bytes: Buffer.from("id,name\n1,Zoë"), contentType: "text/csv" },
  ],
  [
    "a short text that is always base64",
    { contentBytes: "SGk=", name: "a.txt" },
    { bytes: Buffer.from("Hi"), name: "a.txt" },
  ],
  [
    "the URL of an Airtable attachment",
    { id: "att1", url: "https://dl.example.com/x", filename: "a.pdf", type: "application/pdf" },
    { url: "https://dl.example.com/x", name: "a.pdf" },
  ],
  [
    "the download URL of OneDrive",
    { "@microsoft.graph.downloadUrl": "https://a.example.com/1", name: "a.docx" },
    { url: "https://a.example.com/1", name: "a.docx" },
  ],
  [
    "a file ID in a content block",
    { type: "document", source: { type: "file", file_id: "file_1" } },
    { fileId: "file_1" },
  ],
  ["a text that is not meant as a file ID", { type: "text", text: "file_1" }, { text: "file_1" }],
  ["a file ID in OpenAI's format", { type: "file", file: { file_id: "f" } }, { fileId: "f" }],
])("%s", (_, value, expected) => {
  expect(readFileValue(value)).toEqual(expected);
});

test.each<[string, unknown]>([
  ["a record", { order: "A-1042", total: 1 }],
  ["a record with content", { name: "Jo", content: "Hello there" }],
  ["an e-mail", { subject: "Hi", body: "Hello.", from: "jo@example.com" }],
  ["a link", { name: "Acme", url: "https://example.com" }],
  ["a list of records", [{ id: 1 }, { id: 2 }]],
  ["a list of numbers", Array.from({ length: 40 }, (_, index) => index + 40)],
  [
    "a list of the descriptions of files",
    [{ name: "a.pdf", mimeType: "application/pdf", id: "1" }],
  ],
  ["nothing", {}],
])("%s is data", (_, value) => {
  expect(readFileValue(value)).toBeUndefined();
});

test.each<[string, string, string]>([
  ["words", "Hello, this is a text.", "notes"],
  ["JSON", '{"order": "A-1042", "content": "Hello"}', "order.json"],
  ["a word", "abcdefghijklmnop", "a"],
  ["a path in a sentence", "See /usr/share/doc for more.", "a"],
  ["a sentence with a file's name", "Read invoice.pdf first", "a.txt"],
  ["a formula", "\\frac{a}{b}", "a"],
  ["an email address", "jo@example.com", "a"],
  ["a hash", "d2d2d2".repeat(20), "a"],
  ["a fraction", "1/2", "a"],
  ["a text that mentions a PDF", "%PDF is the signature of a PDF", "a"],
])("%s is text", (_, value, name) => {
  expect(readFileValue(value, name)).toEqual({ text: value });
});

test.each<[string, unknown, string, string]>([
  [
    "the description of a file",
    { mimetype: "application/pdf", url_private: "https://a.example.com" },
    "",
    "file_content_missing",
  ],
  [
    "a Drive file without content",
    { kind: "drive#file", id: "1", mimeType: "application/pdf" },
    "",
    "file_content_missing",
  ],
  ["an empty file", { content: "", type: "application/pdf" }, "", "file_empty"],
  [
    "a PDF that is not base64",
    { content: "Hello there!", type: "application/pdf" },
    "",
    "file_data_not_base64",
  ],
  ["several files", [{ data: png() }, { data: pdf() }], "", "file_list"],
  [
    "several files as JSON text",
    JSON.stringify([{ data: png() }, { data: pdf() }]),
    "",
    "file_list",
  ],
  ["text under the name of a PDF", "Hello there", "a.pdf", "file_is_text"],
  [
    "a PDF read as UTF-8",
    Buffer.concat([pdf(), Buffer.from([0xff, 0xfe])]).toString(),
    "",
    "file_read_as_text",
  ],
  ["a PNG read as UTF-8", png().toString(), "a.png", "file_read_as_text"],
  ["a bucket", "s3://bucket/invoice.pdf", "", "file_reference_as_text"],
  ["an absolute path", "/services/data/v60.0/VersionData", "", "file_reference_as_text"],
  ["a Windows path", "C:\\Users\\Jo\\My invoice.pdf", "", "file_reference_as_text"],
  ["a relative path", "out/invoice.pdf", "a", "file_reference_as_text"],
  ["a file's name", "invoice.pdf", "a.pdf", "file_reference_as_text"],
  ["an unresolved reference", "{{ steps.download.results }}", "a", "file_reference_as_text"],
  ["an object as text", "[object Object]", "a", "file_reference_as_text"],
  ["a URL that is not valid", "https://exa mple", "a", ""],
  ["a URL without a host", "https://?", "a", "url_unreadable"],
  [
    "a content type with a line break",
    { data: png(), contentType: "image/png\r\nx: 1" },
    "",
    "content_type_invalid",
  ],
])("%s", (_, value, name, code) => {
  let problem = "";
  try {
    readFileValue(value, name);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInput);
    problem = (error as InvalidInput).problem.code;
  }
  expect(problem).toBe(code);
});

test("data of unknown format in base64 is bytes, so that it is never sent as text", () => {
  const bytes = Buffer.from(Array.from({ length: 400 }, (_, index) => (index * 37 + 5) % 256));
  expect(readFileValue(bytes.toString("base64"))).toEqual({ bytes });
});
