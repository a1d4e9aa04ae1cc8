/** Detection, encryption and page count of PDFs as different programs write them. */
import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { isEncrypted, isPdf, pageCount } from "../../../src/claude/messages/pdf";

const bytes = (...parts: (string | Buffer)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));

test.each([
  ["%PDF-", bytes("%PDF-1.7"), true],
  ["%PDF- after whitespace", bytes("\r\n %PDF-1.7"), true],
  ["%PDF- after binary data", bytes(Buffer.of(0xff, 0xfe), "%PDF-1.7"), true],
  ["%PDF- after text", bytes("About %PDF-1.7"), false],
  ["%PDF- after 1,024 bytes", bytes(Buffer.alloc(1_024, 0xff), "%PDF-1.7"), false],
  ["%PS-", bytes("%PS-1.7"), false],
])("isPdf for a file that starts with %s", (_, file, expected) => {
  expect(isPdf(file)).toBe(expected);
});

describe("isEncrypted", () => {
  test.each([
    ["true for /Encrypt in the trailer", "trailer\n<< /Encrypt 8 0 R >>", true],
    [
      "true for a reference with large numbers and line breaks",
      "trailer<</Encrypt\n 12  34\r\nR>>",
      true,
    ],
    ["true for a direct dictionary in the trailer", "trailer << /Encrypt<< /V 4 >> >>", true],
    [
      "true for /Encrypt after other entries",
      `trailer << /Info (${"x".repeat(900)}) /Encrypt 8 0 R >>`,
      true,
    ],
    [
      "true for /Encrypt in a cross-reference stream",
      "7 0 obj << /Type /XRef /Encrypt 8 0 R >>",
      true,
    ],
    [
      "true for /Encrypt before the type of the stream",
      "7 0 obj << /Encrypt 8 0 R /Type /XRef >>",
      true,
    ],
    [
      "true for /Encrypt outside and inside the trailer",
      "(/Encrypt 8 0 R) trailer << /Encrypt 8 0 R >>",
      true,
    ],
    ["false for /EncryptMetadata", "trailer << /EncryptMetadata 8 0 R >>", false],
    ["false for /Encrypt with another type of value", "trailer << /Encrypt true >>", false],
    [
      "false for /Encrypt far from the trailer",
      `trailer ${" ".repeat(1_000)} /Encrypt 8 0 R`,
      false,
    ],
    ["false for an object after the trailer", "trailer << >> 7 0 obj << /Encrypt 8 0 R >>", false],
    ["false for a stream after the trailer", "trailer << >> stream /Encrypt 8 0 R", false],
    [
      "false for the content of a cross-reference stream",
      "7 0 obj << /XRef >> stream /Encrypt 8 0 R",
      false,
    ],
    ["false for another object", "7 0 obj << /Encrypt 8 0 R >>", false],
    [
      "false for an object after a cross-reference stream",
      "6 0 obj << /Type /XRef >> endobj 7 0 obj << /Encrypt 8 0 R >>",
      false,
    ],
    ["false without a trailer", "/Encrypt 8 0 R", false],
    ["false for a trailer without /Encrypt", "trailer << /Root 1 0 R >>", false],
  ])("%s", (_, file, expected) => {
    expect(isEncrypted(bytes(file))).toBe(expected);
  });
});

describe("pageCount", () => {
  const root = (count: number | string) => `<< /Type /Pages /Count ${count} >>`;
  const packed = (text: string, lineBreak = "\n") =>
    bytes(
      `9 0 obj << /Type /ObjStm /Length 9 >> stream${lineBreak}`,
      deflateSync(text),
      "\nendstream endobj ",
    );

  test.each<[string, Buffer, number | undefined]>([
    ["/Count after /Type", bytes(root(12)), 12],
    ["/Count before /Type", bytes("<< /Count 12 /Type /Pages >>"), 12],
    ["/Count after a line break", bytes("<</Type/Pages/Count \n 12>>"), 12],
    ["/Pages at the start of the file", bytes("/Pages 2 0 R ", root(12)), 12],
    ["a dictionary without its start", bytes("/Type /Pages /Count 12 >>"), 12],
    [
      "/Count after many references",
      bytes(`<< /Type /Pages /Kids [${"3 0 R ".repeat(2_000)}] /Count 7 >>`),
      7,
    ],
    ["the last of two roots", bytes(root(700), root(50)), 50],
    [
      "the root, not its child nodes",
      bytes(root(9), "<< /Type /Pages /Parent 2 0 R /Count 5 >>"),
      9,
    ],
    [
      "undefined for /Count of outlines",
      bytes("<< /Type /Outlines /Count 3 /X /Pages >>"),
      undefined,
    ],
    ["undefined for a count of 7 digits", bytes(root("1234567")), undefined],
    ["undefined without /Count in the root", bytes("<< /Type /Pages >> << /Count 5 >>"), undefined],
    ["a compressed stream", packed(root(12)), 12],
    ["a compressed stream after CRLF", packed(root(12), "\r\n"), 12],
    ["the last of several streams", bytes(packed(root(1)), packed(root(2))), 2],
    ["a stream after plain objects", bytes(root(1), packed(root(2))), 2],
    ["plain objects after a stream", bytes(packed(root(2)), root(1)), 1],
    [
      "a stream after an invalid one",
      bytes("/ObjStm >> stream\nno deflate\nendstream ", packed(root(12))),
      12,
    ],
    [
      "a stream after /ObjStm without a stream",
      bytes("/ObjStm ", " ".repeat(1_000), packed(root(12))),
      12,
    ],
    [
      "a root before a stream without an end",
      bytes(root(12), "/ObjStm >> stream\n", deflateSync(root(1))),
      12,
    ],
  ])("%s", (_, file, expected) => {
    expect(pageCount(file)).toBe(expected);
  });
});
