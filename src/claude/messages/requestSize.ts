import type { MessageRequest } from "./send";

/** @see https://platform.claude.com/docs/en/api/overview#request-size-limits */
export const maxRequestBytes = 32 * 1_024 * 1_024;

/** The part of a request that a text or a file of it belongs to. */
export type RequestPart = "message" | "conversation" | "systemPrompt" | "definitions";

/**
 * The size of a request, and its largest part. A lower bound, one byte for each character: a request
 * that is refused for its size is surely too large.
 */
export const requestSize = ({
  messages,
  system,
  tools,
}: MessageRequest): { bytes: number; largest: RequestPart } => {
  const sizes: Record<RequestPart, number> = {
    message: sizeOf(messages.at(-1)),
    conversation: sizeOf(messages.slice(0, -1)),
    systemPrompt: sizeOf(system),
    definitions: sizeOf(tools),
  };
  const [[largest] = ["message" as const]] = Object.entries(sizes).sort(([, a], [, b]) => b - a);
  return {
    bytes: Object.values(sizes).reduce((sum, size) => sum + size, 0),
    largest: largest as RequestPart,
  };
};

const sizeOf = (value: unknown): number => {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce((sum: number, member) => sum + sizeOf(member), 0);
};
