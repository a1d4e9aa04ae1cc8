import { createParser } from "eventsource-parser";
import type { ResponseBody } from "./body";

/**
 * Hands over the data of each server-sent event, in order, as it arrives.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/streaming
 */
export const readEvents = async (
  { pieces, alive }: ResponseBody,
  onData: (data: string) => void,
): Promise<void> => {
  const decoder = new TextDecoder();
  const parser = createParser({ onEvent: ({ data }) => onData(data) });
  for await (const piece of pieces) {
    alive();
    parser.feed(decoder.decode(piece, { stream: true }));
  }
};
