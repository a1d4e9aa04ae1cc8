import { walks } from "../client/path";
import { InputError } from "./InputError";
import { requiredText } from "./read";

/**
 * The reader of an id that goes into JSON: no control characters.
 *
 * @param one What the id is of, with its article.
 */
export const plainId =
  (label: string, one: string, example: string) =>
  (value: unknown): string => {
    const id = requiredText(label, `Choose ${one} or enter its id.`)(value).trim();
    if (/[\p{Cc}\p{Cs}]|^\.{1,2}$/u.test(id)) {
      throw new InputError(label, `takes the id of ${one}, such as ${example}.`);
    }
    return id;
  };

/** The reader of an id that goes into a path too: it must not lead elsewhere. */
export const pathId = (label: string, one: string, example: string) => {
  const read = plainId(label, one, example);
  return (value: unknown): string => {
    const id = read(value);
    if (!walks(id)) return id;
    throw new InputError(
      label,
      `takes the id of ${one}, such as ${example}: none holds "." or ".." between slashes.`,
    );
  };
};
