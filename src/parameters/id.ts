import { hasDotSegments } from "../client/path";
import { InputError } from "./InputError";
import { type Reader, requiredText } from "./read";

/**
 * The reader of an ID that is sent in JSON: without control characters.
 *
 * @param noun What the ID identifies, with its article.
 */
export const plainId =
  (noun: string, example: string): Reader<string> =>
  (label) =>
  (value) => {
    const id = requiredText(`Choose ${noun} or enter its ID.`)(label)(value).trim();
    if (/[\p{Cc}\p{Cs}]|^\.{1,2}$/u.test(id)) throw invalidId(label, noun, example, id);
    return id;
  };

/** The reader of an ID that is also sent in a path: it must not lead to another path. */
export const pathId =
  (noun: string, example: string): Reader<string> =>
  (label) => {
    const read = plainId(noun, example)(label);
    return (value) => {
      const id = read(value);
      if (hasDotSegments(id)) throw invalidId(label, noun, example, id);
      return id;
    };
  };

const invalidId = (label: string, noun: string, example: string, id: string): InputError =>
  new InputError(
    label,
    `must be the ID of ${noun} such as ${example}, but was ${JSON.stringify(id.slice(0, 60))}.`,
  );
