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
