/**
 * Two braces around a name, or four if the two are meant as they are. The name is trimmed in code: a
 * pattern for that is slow on long white space.
 */
const placeholder = /\{\{(\{\{[^{}]+\}\})\}\}|\{\{([^{}]+)\}\}/g;

/** The names of all placeholders in the texts, each once, in order. */
export const placeholders = (texts: readonly string[]): string[] => {
  const names = texts.flatMap((text) =>
    [...text.matchAll(placeholder)].map(([, , name = ""]) => name.trim()),
  );
  return [...new Set(names)].filter((name) => name !== "");
};

/**
 * Replaces each `{{NAME}}` by its value, and `{{{{NAME}}}}` by `{{NAME}}`, in one pass: a value that
 * looks like a placeholder is not replaced again.
 *
 * @param value The value of a name. A placeholder without a value stays.
 */
export const fillIn = (text: string, value: (name: string) => string | undefined): string =>
  text.replace(
    placeholder,
    (whole, literal: string | undefined, name = "") => literal ?? value(name.trim()) ?? whole,
  );
