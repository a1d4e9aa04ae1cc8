/** Small files of each type, complete enough for type detection. */
import { deflateSync } from "node:zlib";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);

const u16le = (value: number): Buffer => u16(value).reverse();

export const png = (width = 2, height = 3, size = 0): Buffer => {
  const sides = Buffer.alloc(8);
  sides.writeUInt32BE(width, 0);
  sides.writeUInt32BE(height, 4);
  return Buffer.concat([
    hex("89504e47 0d0a1a0a 0000000d 49484452"),
    sides,
    hex("0806000000 00000000"),
    Buffer.alloc(size),
  ]);
};

export const jpeg = (width = 2, height = 3): Buffer =>
  Buffer.concat([
    hex("ffd8 ffe0 0010 4a46494600 0101 00 0001 0001 00 00 ffc0 0011 08"),
    u16(height),
    u16(width),
    hex("03 011100 021100 031100 ffd9"),
  ]);

export const gif = (width = 2, height = 3): Buffer =>
  Buffer.concat([Buffer.from("GIF89a"), u16le(width), u16le(height), hex("000000 3b")]);

export const webp = (width = 2, height = 3): Buffer =>
  Buffer.concat([
    Buffer.from("RIFF\x1a\0\0\0WEBPVP8 \x0e\0\0\0", "latin1"),
    hex("300100 9d012a"),
    u16le(width),
    u16le(height),
    hex("00000000"),
  ]);

const box = (type: string, ...content: Buffer[]): Buffer => {
  const body = Buffer.concat([Buffer.from(type), ...content]);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(body.length + 4);
  return Buffer.concat([size, body]);
};

export const heic = (): Buffer =>
  Buffer.concat([
    box("ftyp", Buffer.from("heic"), hex("00000000"), Buffer.from("mif1heic")),
    box(
      "meta",
      hex("00000000"),
      box("pitm", hex("00000000 0001")),
      box(
        "iprp",
        box("ipco", box("ispe", hex("00000000 00000002 00000003"))),
        box("ipma", hex("00000000 00000001 0001 01 81")),
      ),
    ),
  ]);

/** A PDF with empty pages. */
export const pdf = ({
  pages = 1,
  encrypted = false,
  compressed = false,
}: {
  pages?: number;
  encrypted?: boolean;
  /** Whether objects are in a compressed stream, a feature of PDF 1.5. */
  compressed?: boolean;
} = {}): Buffer => {
  const numbers = Array.from({ length: pages }, (_, index) => index + 3);
  const tree = `<< /Type /Pages /Kids [${numbers.map((number) => `${number} 0 R`).join(" ")}] /Count ${pages} >>`;
  const page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>";
  const objects = [tree, ...numbers.map(() => page)];
  const plain = objects.map((object, index) => `${index + 2} 0 obj\n${object}\nendobj\n`).join("");
  const stream = deflateSync(objects.join("\n"));
  const body = compressed
    ? Buffer.concat([
        Buffer.from(
          `9 0 obj\n<< /Type /ObjStm /Filter /FlateDecode /Length ${stream.length} >>\nstream\r\n`,
        ),
        stream,
        Buffer.from("\nendstream\nendobj\n"),
      ])
    : Buffer.from(plain);
  return Buffer.concat([
    Buffer.from("%PDF-1.5\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"),
    body,
    Buffer.from(
      `trailer\n<< /Root 1 0 R ${encrypted ? "/Encrypt 8 0 R " : ""}>>\nstartxref\n0\n%%EOF\n`,
    ),
  ]);
};
