/** What the emulator answers: JSON, or bytes as they are. */
export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body: unknown;
}

/** An error as the API words it. */
export const refusal = (
  status: number,
  type: string,
  message: string,
  details?: { error_code: string },
): Answer => ({ status, body: { type: "error", error: { type, message, details } } });
