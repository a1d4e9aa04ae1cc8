import { createHmac, timingSafeEqual } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { InvalidInput } from "../InvalidInput";

const version = "agent1";

/**
 * Packs data for storing somewhere else: text that survives any database, with a seal.
 *
 * @param key Only who has it can open the data, or make some that opens.
 */
export const seal = (data: unknown, key: string): string => {
  const body = gzipSync(JSON.stringify(data)).toString("base64url");
  return [version, body, sealOf(body, key)].join(".");
};

/**
 * @throws InvalidInput for what is changed, cut off, or sealed by another key.
 */
export const unseal = (text: string, key: string): unknown => {
  const [head, body = "", mac = "", ...more] = text.trim().split(".");
  if (head !== version || more.length > 0) {
    throw new InvalidInput("takes the state that Run Agent or Resume Agent returned, unchanged.");
  }
  const expected = Buffer.from(sealOf(body, key));
  const given = Buffer.from(mac);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new InvalidInput(
      "is not what Run Agent returned with this connection: it is changed, cut off, or made with another connection or API key.",
    );
  }
  return JSON.parse(gunzipSync(Buffer.from(body, "base64url")).toString());
};

const sealOf = (body: string, key: string): string =>
  createHmac("sha256", key).update(`${version}.${body}`).digest("base64url");
