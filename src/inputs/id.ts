import { walks } from "../client/path";
import { InputError } from "./InputError";
import { requiredText } from "./read";

/**
 * The reader of an id. It goes into a path and into JSON: no control characters, and nothing that
 * walks up a path.
 *
 * @param one What the id is of, with its article.
 */
export const resourceId =
  (label: string, one: string, example: string) =>
  (value: unknown): string => {
    const id = requiredText(label, `Choose ${one} or enter its id.`)(value).trim();
    if (/[\p{Cc}\p{Cs}]/u.test(id) || walks(id)) {
      throw new InputError(label, `takes the id of ${one}, such as ${example}.`);
    }
    return id;
  };
