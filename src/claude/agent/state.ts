import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { InvalidInput } from "../problem";

const version = "agent1";
const algorithm = "aes-256-gcm";
const ivLength = 12;
const tagLength = 16;

const keyOf = (secret: string): Buffer => createHash("sha256").update(secret).digest();

/**
 * Seals data for storage elsewhere, as text that reveals nothing.
 *
 * @param secret Required to open the data, and to seal data that opens.
 */
export const seal = (data: unknown, secret: string): string => {
  const iv = randomBytes(ivLength);
  const cipher = createCipheriv(algorithm, keyOf(secret), iv);
  const body = Buffer.concat([cipher.update(gzipSync(JSON.stringify(data))), cipher.final()]);
  return `${version}.${Buffer.concat([iv, cipher.getAuthTag(), body]).toString("base64url")}`;
};

/** Identifies sealed data without revealing it. */
export const sealId = (text: string): string =>
  `${version}.${createHash("sha256").update(text.trim()).digest("base64url")}`;

/** @throws InvalidInput for data that was changed, truncated, or sealed with another secret. */
export const unseal = (text: string, secret: string): unknown => {
  const [head, packed = "", ...more] = text.trim().split(".");
  if (head !== version || more.length > 0) {
    throw new InvalidInput({ code: "state_invalid" });
  }
  const bytes = Buffer.from(packed, "base64url");
  // Decoding skips characters that are not base64: text with any must not open.
  if (bytes.toString("base64url") === packed && bytes.length > ivLength + tagLength) {
    const decipher = createDecipheriv(algorithm, keyOf(secret), bytes.subarray(0, ivLength));
    decipher.setAuthTag(bytes.subarray(ivLength, ivLength + tagLength));
    try {
      const body = decipher.update(bytes.subarray(ivLength + tagLength));
      return JSON.parse(gunzipSync(Buffer.concat([body, decipher.final()])).toString());
    } catch {
      // Reported below.
    }
  }
  throw new InvalidInput({ code: "state_not_readable" });
};
