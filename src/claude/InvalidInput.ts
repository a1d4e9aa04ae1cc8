/**
 * Something that Claude's API would refuse, found before it is sent. The message is the rest of a
 * sentence that begins with the name of the input, which only the caller knows.
 */
export class InvalidInput extends Error {
  override name = "InvalidInput";
}
