/** Two braces around a name. Blanks around it are trimmed in code: a pattern for them is slow on long blanks. */
const placeholder = /\{\{([^{}]+)\}\}/g;

/** The names of all placeholders of the texts, each once, in their order. */
export const placeholders = (texts: readonly string[]): string[] => {
  const names = texts.flatMap((text) =>
    [...text.matchAll(placeholder)].map(([, name = ""]) => name.trim()),
  );
  return [...new Set(names)].filter((name) => name !== "");
};

/**
 * Puts values in the place of `{{NAME}}`. Once: a value that looks like a placeholder stays as it is.
 *
 * @param value The value for a name. A placeholder without one stays as it is.
 */
export const fillIn = (text: string, value: (name: string) => string | undefined): string =>
  text.replace(placeholder, (whole, name: string) => value(name.trim()) ?? whole);
