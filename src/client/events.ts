import { StringDecoder } from "node:string_decoder";
import { createParser } from "eventsource-parser";
import { largestText, type ResponseBody, tooLong } from "./body";

/**
 * Hands over the data of each server-sent event, in order, as it arrives.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/streaming
 */
export const readEvents = async (
  body: ResponseBody,
  onData: (data: string) => void,
): Promise<void> => {
  const { pieces, alive } = body;
  // Not TextDecoder: in a stream it makes text of two bytes a character, which takes twice as long to parse.
  const decoder = new StringDecoder("utf8");
  const parser = createParser({ onEvent: ({ data }) => onData(data) });
  let isFirst = true;
  let length = 0;
  // Half a line break, perhaps: the parser would wait with it for the end of the next line.
  let half = "";
  for await (const piece of pieces) {
    alive();
    length += piece.length;
    if (length > largestText) throw tooLong(body, largestText);
    const text = half + decoder.write(piece);
    half = text.endsWith("\r") ? "\r" : "";
    const whole = half ? text.slice(0, -1) : text;
    parser.feed(isFirst ? whole.replace(/^\ufeff/, "") : whole);
    isFirst &&= whole === "";
  }
  if (half) parser.feed("\r\n");
};
