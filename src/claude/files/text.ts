import { isUtf8 } from "node:buffer";

/** The text of bytes in UTF-8, or in UTF-16 with a byte order mark. Undefined for anything else. */
export const decodeText = (bytes: Buffer): string | undefined => {
  const byteOrderMark = bytes.toString("hex", 0, 2);
  if (byteOrderMark === "fffe" || byteOrderMark === "feff") {
    const encoding = byteOrderMark === "fffe" ? "utf-16le" : "utf-16be";
    return new TextDecoder(encoding).decode(bytes);
  }
  // Texts have no zero bytes, most other files do.
  return isUtf8(bytes) && !bytes.includes(0) ? new TextDecoder().decode(bytes) : undefined;
};
