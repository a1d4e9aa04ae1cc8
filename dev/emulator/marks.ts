import { type MessagesBody, questionOf } from "./request";
import { type EmulatorResponse, errorResponse } from "./response";

/**
 * The outcomes that a flow must handle. `respondNext` of the emulator asks for one once, a mark in the
 * text of a message each time that the message is sent.
 */
export const outcomes = {
  truncated: { mark: "#truncated", effect: "The reply ends in its middle: stop_reason max_tokens" },
  refused: { mark: "#refused", effect: "Claude refuses: stop_reason refusal" },
  paused: { mark: "#paused", effect: "The turn is paused: stop_reason pause_turn" },
  overloaded: { mark: "#overloaded", effect: "Error 529 overloaded_error" },
  rateLimited: { mark: "#rateLimited", effect: "Error 429 rate_limit_error with retry-after: 1" },
  sources: { mark: "#sources", effect: "A web search, and a text that cites its results" },
  toolCalls: { mark: "#tools", effect: "A call of the first tool in the request" },
} as const;

export type Outcome = keyof typeof outcomes;

/** The outcome that the text of the last message asks for. */
export const markedOutcome = (body: MessagesBody): Outcome | undefined => {
  const text = questionOf(body);
  if (!text.includes("#")) return undefined;
  return (Object.keys(outcomes) as Outcome[]).find((name) =>
    new RegExp(`${outcomes[name].mark}(?![\\w-])`, "i").test(text),
  );
};

/** A text without marks. */
export const withoutOutcomeMarks = (text: string): string =>
  text.includes("#")
    ? text.replace(
        /#(truncated|refused|paused|overloaded|rateLimited|sources|tools)(?![\w-])/gi,
        "",
      )
    : text;

/** The error that an outcome is. */
export const errorOutcome = (outcome: Outcome | undefined): EmulatorResponse | undefined => {
  if (outcome === "overloaded") return errorResponse(529, "overloaded_error", "Overloaded");
  if (outcome !== "rateLimited") return undefined;
  const message = "This request would exceed the rate limit of requests per minute.";
  const response = errorResponse(429, "rate_limit_error", message);
  return { ...response, headers: { "retry-after": "1" } };
};
