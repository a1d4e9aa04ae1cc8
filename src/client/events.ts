import { createParser } from "eventsource-parser";
import type { ResponseBody } from "./body";

/**
 * Hands over the data of each server-sent event, in order, as it arrives.
 *
 * @param onData Returns true when it needs no more: what follows is left unread.
 * @see https://platform.claude.com/docs/en/build-with-claude/streaming
 */
export const readEvents = async (
  { pieces }: ResponseBody,
  onData: (data: string) => boolean,
): Promise<void> => {
  const decoder = new TextDecoder();
  let enough = false;
  const parser = createParser({
    onEvent: ({ data }) => {
      enough ||= onData(data);
    },
  });
  for await (const piece of pieces) {
    parser.feed(decoder.decode(piece, { stream: true }));
    if (enough) return;
  }
};
