import { StringDecoder } from "node:string_decoder";
import { createParser } from "eventsource-parser";
import { maxTextBytes, type ResponseBody, tooLarge } from "./body";

/**
 * Passes on the data of each server-sent event, in order, as it arrives.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/streaming
 */
export const readEvents = async (
  body: ResponseBody,
  onData: (data: string) => void,
): Promise<void> => {
  const { chunks, resetStallTimer } = body;
  // Not TextDecoder: for a stream it returns two-byte strings, which take twice as long to parse.
  const decoder = new StringDecoder("utf8");
  const parser = createParser({ onEvent: ({ data }) => onData(data) });
  let isFirst = true;
  let length = 0;
  // A CR may be half a line break: the parser would hold it back until the end of the next line.
  let pendingCr = "";
  for await (const chunk of chunks) {
    resetStallTimer();
    length += chunk.length;
    if (length > maxTextBytes) throw tooLarge(body, maxTextBytes);
    const text = pendingCr + decoder.write(chunk);
    pendingCr = text.endsWith("\r") ? "\r" : "";
    const complete = pendingCr ? text.slice(0, -1) : text;
    parser.feed(isFirst ? complete.replace(/^\ufeff/, "") : complete);
    isFirst &&= complete === "";
  }
  if (pendingCr) parser.feed("\r\n");
};
