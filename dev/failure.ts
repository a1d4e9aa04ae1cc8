/* Errors of the commands, in one line. */

/** A reason to stop that a person can remedy: printed without a stack trace. */
export class UsageError extends Error {
  override name = "UsageError";
}

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, " ").trim();

/** The error in one line: its own words for a reason to stop, otherwise with its name. */
export const lineOf = (error: unknown): string =>
  oneLine(error instanceof UsageError ? error.message : String(error));

const hostOf = (url: string): string => {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
};

/**
 * Why no request to the real API can succeed, in words about the environment that the command runs
 * in. Undefined for an error of a single request.
 */
export const environmentFault = (error: unknown): string | undefined => {
  const baseUrl = process.env.ANTHROPIC_BASE_URL;
  const host = baseUrl ? hostOf(baseUrl) : "api.anthropic.com";
  const other = baseUrl ? ` ANTHROPIC_BASE_URL is ${baseUrl}.` : "";
  const { code, status } = error as { code?: string; status?: number | null };
  switch (code) {
    case "bad_key":
      return `${host} does not accept ANTHROPIC_API_KEY (status ${status}). Set it to a valid key.${other}`;
    case "no_access":
      return `${host} does not give ANTHROPIC_API_KEY access (status ${status}). Use a key that has it.${other}`;
    case "no_credit":
      return `The account of ANTHROPIC_API_KEY has no credit. Buy credits, or use another key.${other}`;
    case "no_connection":
      return `No connection to ${host}. Check the network.${other}`;
    case "invalid_connection":
      return `${lineOf(error).replace(/^\w+: /, "")} Check ANTHROPIC_API_KEY${baseUrl ? " and ANTHROPIC_BASE_URL" : ""}.`;
  }
  return undefined;
};
