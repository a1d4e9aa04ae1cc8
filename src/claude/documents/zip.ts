import { inflateRawSync } from "node:zlib";
import { InvalidInput } from "../problem";

/*
 * ZIP archives, in which Office documents are. By hand: Node has the decompression, and the smallest
 * library with limits for unpacked bytes is larger than this file.
 */

/** The files of an archive, by name. Each is unpacked when it is read. */
export interface Archive {
  names: string[];
  /** Undefined if there is no such file. */
  read(name: string): Buffer | undefined;
}

/** A real document is never larger; a ZIP bomb is. In bytes, for all files of an archive together. */
export const maxUnpacked = 80 * 1_024 * 1_024;

const signatures = { end: 0x06054b50, entry: 0x02014b50 };

interface Entry {
  method: number;
  start: number;
  size: number;
  isEncrypted: boolean;
}

/**
 * Reads the table of contents of an archive.
 *
 * @throws InvalidInput, also when a file is read, for an archive that is damaged, encrypted or too
 *   large.
 */
export const openZip = (bytes: Buffer): Archive => {
  const entries = inBounds(() => readEntries(bytes));
  let left = maxUnpacked;
  return {
    names: [...entries.keys()],
    read: (name) => {
      const entry = entries.get(name);
      if (!entry) return undefined;
      if (entry.isEncrypted) throw new InvalidInput({ code: "document_encrypted" });
      const unpacked = inBounds(() => unpack(bytes, entry, left));
      left -= unpacked.length;
      if (left < 0) throw new InvalidInput({ code: "document_too_large", limit: maxUnpacked });
      return unpacked;
    },
  };
};

const readEntries = (bytes: Buffer): Map<string, Entry> => {
  const end = bytes.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  if (end < 0 || bytes.readUInt32LE(end) !== signatures.end) throw damaged();
  const entries = new Map<string, Entry>();
  let at = bytes.readUInt32LE(end + 16);
  for (let count = bytes.readUInt16LE(end + 10); count > 0; count -= 1) {
    if (bytes.readUInt32LE(at) !== signatures.entry) throw damaged();
    const nameLength = bytes.readUInt16LE(at + 28);
    const name = bytes.toString("utf8", at + 46, at + 46 + nameLength);
    entries.set(name, {
      method: bytes.readUInt16LE(at + 10),
      start: bytes.readUInt32LE(at + 42),
      size: bytes.readUInt32LE(at + 20),
      isEncrypted: (bytes.readUInt16LE(at + 8) & 1) === 1,
    });
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return entries;
};

const unpack = (bytes: Buffer, { method, start, size }: Entry, left: number): Buffer => {
  const data = start + 30 + bytes.readUInt16LE(start + 26) + bytes.readUInt16LE(start + 28);
  const packed = bytes.subarray(data, data + size);
  if (method === 0) return packed;
  if (method !== 8) throw damaged();
  try {
    return inflateRawSync(packed, { maxOutputLength: left + 1 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_BUFFER_TOO_LARGE") throw damaged();
    throw new InvalidInput({ code: "document_too_large", limit: maxUnpacked });
  }
};

/** Offsets of a damaged archive point out of it. */
const inBounds = <T>(read: () => T): T => {
  try {
    return read();
  } catch (error) {
    throw error instanceof InvalidInput ? error : damaged();
  }
};

const damaged = () => new InvalidInput({ code: "document_damaged" });
