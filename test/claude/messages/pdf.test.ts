/** PDFs of many writers, as far as they tell their pages and their password. */
import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { isEncrypted, isPdf, pageCount } from "../../../src/claude/messages/pdf";

const bytes = (...parts: (string | Buffer)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));

test.each([
  ["its mark", bytes("%PDF-1.7"), true],
  ["its mark after blanks", bytes("\r\n %PDF-1.7"), true],
  ["its mark after bytes that are no text", bytes(Buffer.of(0xff, 0xfe), "%PDF-1.7"), true],
  ["its mark after words", bytes("About %PDF-1.7"), false],
  ["its mark far behind", bytes(Buffer.alloc(1_024, 0xff), "%PDF-1.7"), false],
  ["another mark", bytes("%PS-1.7"), false],
])("what begins with %s", (_, file, expected) => {
  expect(isPdf(file)).toBe(expected);
});

describe("a password is told", () => {
  test.each([
    ["in the trailer", "trailer\n<< /Encrypt 8 0 R >>", true],
    ["with larger numbers and blanks", "trailer<</Encrypt\n 12  34\r\nR>>", true],
    ["written out", "trailer << /Encrypt<< /V 4 >> >>", true],
    ["after other entries", `trailer << /Info (${"x".repeat(900)}) /Encrypt 8 0 R >>`, true],
    ["in the stream that is the trailer", "7 0 obj << /Type /XRef /Encrypt 8 0 R >>", true],
    ["before its type", "7 0 obj << /Encrypt 8 0 R /Type /XRef >>", true],
    ["in the second place", "(/Encrypt 8 0 R) trailer << /Encrypt 8 0 R >>", true],
    ["not by another name", "trailer << /EncryptMetadata 8 0 R >>", false],
    ["not by an entry of another kind", "trailer << /Encrypt true >>", false],
    ["not far from the trailer", `trailer ${" ".repeat(1_000)} /Encrypt 8 0 R`, false],
    ["not in an object after the trailer", "trailer << >> 7 0 obj << /Encrypt 8 0 R >>", false],
    ["not in a stream after the trailer", "trailer << >> stream /Encrypt 8 0 R", false],
    ["not in a stream of the trailer's kind", "7 0 obj << /XRef >> stream /Encrypt 8 0 R", false],
    ["not in another object", "7 0 obj << /Encrypt 8 0 R >>", false],
    [
      "not in an object after the stream that is the trailer",
      "6 0 obj << /Type /XRef >> endobj 7 0 obj << /Encrypt 8 0 R >>",
      false,
    ],
    ["nor without a trailer", "/Encrypt 8 0 R", false],
    ["nor where there is none", "trailer << /Root 1 0 R >>", false],
  ])("%s", (_, file, expected) => {
    expect(isEncrypted(bytes(file))).toBe(expected);
  });
});

describe("the number of pages", () => {
  const root = (count: number | string) => `<< /Type /Pages /Count ${count} >>`;
  const packed = (text: string, lineBreak = "\n") =>
    bytes(
      `9 0 obj << /Type /ObjStm /Length 9 >> stream${lineBreak}`,
      deflateSync(text),
      "\nendstream endobj ",
    );

  test.each<[string, Buffer, number | undefined]>([
    ["after the type", bytes(root(12)), 12],
    ["before the type", bytes("<< /Count 12 /Type /Pages >>"), 12],
    ["with other blanks", bytes("<</Type/Pages/Count \n 12>>"), 12],
    ["at the very beginning", bytes("/Pages 2 0 R ", root(12)), 12],
    ["without a beginning", bytes("/Type /Pages /Count 12 >>"), 12],
    [
      "after many references",
      bytes(`<< /Type /Pages /Kids [${"3 0 R ".repeat(2_000)}] /Count 7 >>`),
      7,
    ],
    ["of the last root", bytes(root(700), root(50)), 50],
    [
      "of the root, not of its parts",
      bytes(root(9), "<< /Type /Pages /Parent 2 0 R /Count 5 >>"),
      9,
    ],
    [
      "of nothing else that is counted",
      bytes("<< /Type /Outlines /Count 3 /X /Pages >>"),
      undefined,
    ],
    ["that is too large to be one", bytes(root("1234567")), undefined],
    ["that is not there", bytes("<< /Type /Pages >> << /Count 5 >>"), undefined],
    ["in a compressed stream", packed(root(12)), 12],
    ["in one with the line breaks of Windows", packed(root(12), "\r\n"), 12],
    ["of the last of several streams", bytes(packed(root(1)), packed(root(2))), 2],
    ["of a stream after plain objects", bytes(root(1), packed(root(2))), 2],
    ["of plain objects after a stream", bytes(packed(root(2)), root(1)), 1],
    [
      "after a stream that cannot be read",
      bytes("/ObjStm >> stream\nno deflate\nendstream ", packed(root(12))),
      12,
    ],
    ["after a name without a stream", bytes("/ObjStm ", " ".repeat(1_000), packed(root(12))), 12],
    [
      "before a stream without an end",
      bytes(root(12), "/ObjStm >> stream\n", deflateSync(root(1))),
      12,
    ],
  ])("%s", (_, file, expected) => {
    expect(pageCount(file)).toBe(expected);
  });
});
