import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { InvalidInput } from "../InvalidInput";

const version = "agent1";
const algorithm = "aes-256-gcm";
const ivLength = 12;
const tagLength = 16;

const keyOf = (secret: string): Buffer => createHash("sha256").update(secret).digest();

/**
 * Packs data for storing somewhere else: text that survives any database, and that tells nothing.
 *
 * @param secret Only who has it can open the data, or make some that opens.
 */
export const seal = (data: unknown, secret: string): string => {
  const iv = randomBytes(ivLength);
  const cipher = createCipheriv(algorithm, keyOf(secret), iv);
  const body = Buffer.concat([cipher.update(gzipSync(JSON.stringify(data))), cipher.final()]);
  return `${version}.${Buffer.concat([iv, cipher.getAuthTag(), body]).toString("base64url")}`;
};

/** @throws InvalidInput for what is changed, cut off, or sealed with another secret. */
export const unseal = (text: string, secret: string): unknown => {
  const [head, packed = "", ...more] = text.trim().split(".");
  if (head !== version || more.length > 0) {
    throw new InvalidInput("takes the state that Run Agent or Resume Agent returned, unchanged.");
  }
  const bytes = Buffer.from(packed, "base64url");
  // Decoding passes over what is no base64: it must not come to the same.
  if (bytes.toString("base64url") === packed && bytes.length > ivLength + tagLength) {
    const decipher = createDecipheriv(algorithm, keyOf(secret), bytes.subarray(0, ivLength));
    decipher.setAuthTag(bytes.subarray(ivLength, ivLength + tagLength));
    try {
      const body = decipher.update(bytes.subarray(ivLength + tagLength));
      return JSON.parse(gunzipSync(Buffer.concat([body, decipher.final()])).toString());
    } catch {
      // Told of below.
    }
  }
  throw new InvalidInput(
    "is not what Run Agent returned here: it is changed, cut off, or made with another connection, API key or instance.",
  );
};
