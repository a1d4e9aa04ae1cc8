import { randomBytes } from "node:crypto";

/** A response of the emulator. */
export interface EmulatorResponse {
  status: number;
  headers?: Record<string, string>;
  /** A value to send as JSON, or a Buffer to send unchanged. */
  body: unknown;
}

/** An error response in the API's format. */
export const errorResponse = (
  status: number,
  type: string,
  message: string,
  details?: { error_code: string },
): EmulatorResponse => ({ status, body: { type: "error", error: { type, message, details } } });

/** A request that the API does not accept. */
export const invalid = (message: string): EmulatorResponse =>
  errorResponse(400, "invalid_request_error", message);

/** An ID in the API's form, such as `msg_0123456789abcdef01234567`. */
export const newId = (prefix: string): string => `${prefix}_${randomBytes(12).toString("hex")}`;

/** The headers of every response. Limits are those of a small organization. */
export const commonHeaders = (): Record<string, string> => {
  const reset = `${new Date().toISOString().slice(0, 19)}Z`;
  const limits = {
    requests: 4_000,
    tokens: 2_400_000,
    "input-tokens": 2_000_000,
    "output-tokens": 400_000,
  };
  return {
    "request-id": `req_${randomBytes(12).toString("base64url")}`,
    ...Object.fromEntries(
      Object.entries(limits).flatMap(([name, limit]) => [
        [`anthropic-ratelimit-${name}-limit`, String(limit)],
        [`anthropic-ratelimit-${name}-remaining`, String(name === "requests" ? limit - 1 : limit)],
        [`anthropic-ratelimit-${name}-reset`, reset],
      ]),
    ),
  };
};
