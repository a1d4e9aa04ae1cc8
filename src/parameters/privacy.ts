import { withTimeLimit } from "../claude/messages/withTimeLimit";
import { findNames, type Kind, kinds, matching } from "../claude/privacy/kinds";
import { createMasker, type Masker } from "../claude/privacy/masker";
import { choice, group, keyValueList, list, parameter } from "./define";
import { InputError } from "./InputError";
import { type Reader, requiredText, texts } from "./read";

const kindLabels: Record<Kind, string> = {
  email: "E-mail addresses",
  phone: "Phone numbers",
  iban: "IBANs",
  card: "Card numbers",
  ssn: "Social security numbers",
  ip: "IP addresses",
  secret: "Keys and passwords",
};

const readKinds: Reader<Kind[]> = (label) => (value) => {
  const all = Object.entries(kindLabels) as [Kind, string][];
  const given = texts(label)(value)
    .flatMap((text) => text.split(","))
    .map((text) => text.trim())
    .filter(Boolean);
  return [
    ...new Set(
      given.flatMap((text) => {
        if (text.toLowerCase() === "all") return all.map(([kind]) => kind);
        const known = all.find(([kind, name]) => kind === text.toLowerCase() || name === text);
        if (known) return known[0];
        const names = all.map(([kind]) => kind).join(", ");
        throw new InputError(label, `must be of ${names} or all, but contains "${text}".`);
      }),
    ),
  ];
};

/** A name of one letter would be hidden in most sentences. */
const minNameLength = 2;

const readNames: Reader<string[]> = (label) => (value) => {
  const names = texts(label)(value)
    .map((name) => name.trim())
    .filter(Boolean);
  const short = names.find((name) => name.length < minNameLength || !/\p{L}/u.test(name));
  if (short === undefined) return names;
  throw new InputError(
    label,
    `contains "${short}". A name has at least ${minNameLength} characters, and letters.`,
  );
};

/** Maximum for one step: there is a pattern for each of them. */
const maxPatterns = 50;

/** Compiles a pattern to see that it is valid. */
const readPattern: Reader<string> = (label) => (value) => {
  const source = requiredText("Enter a regular expression.")(label)(value);
  try {
    new RegExp(source, "gu");
  } catch (error) {
    const { message } = error as Error;
    throw new InputError(
      label,
      `contains ${source}, which is not valid: ${message.replace(/^.*: /, "")}.`,
    );
  }
  return source;
};

const patterns = keyValueList("Hide Patterns", readPattern, {
  keyLabel: "Name",
  comments:
    "Regular expressions of other data to hide. Key: the name of the placeholder, such as ORDER for [ORDER_1]. Value: the expression.",
  placeholder: "Enter a regular expression",
  example: "CUSTOMER: C-\\d{6}",
});

export const privacy = group(
  "Privacy",
  "Hides personal data from Claude: placeholders are sent, and replaced by the data in the response. Reduces what is sent, but does not find everything.",
  {
    hide: parameter({
      input: {
        ...list(
          "Hide",
          {
            comments: "The kinds of data to hide.",
            placeholder: "Choose a kind",
            example: "email",
          },
          readKinds,
        ),
        model: [
          ...Object.entries(kindLabels).map(([value, label]) => ({ label, value })),
          { label: "All of these", value: "all" },
        ],
      },
    }),
    names: parameter({
      input: list(
        "Hide Names",
        {
          comments:
            "Names to hide, as whole words and in any case. Other names are not recognized: reference those of the record that the flow works on.",
          placeholder: "Enter or reference a name",
          example: "Ann Lee",
        },
        readNames,
      ),
    }),
    patterns: parameter({ input: patterns }),
    files: parameter({
      input: choice(
        "Images and PDFs",
        { refuse: "Refuse", send: "Send as they are" },
        {
          comments: "Whether to send files whose content cannot be searched.",
          placeholder: "Choose",
          example: "refuse",
        },
      ),
    }),
  },
);

const placeholderName = (name: string): string =>
  name
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .slice(0, 40) || "PATTERN";

/**
 * What hides the data of a step. Undefined if nothing is to be hidden.
 *
 * @param value The group as it arrives, before or after the platform has read its inputs.
 * @throws InputError for inputs that are not valid, and while masking for a pattern that is too slow.
 */
export const readMasker = (value: unknown): Masker | undefined => {
  const given = privacy.read(value);
  const { parameters } = privacy;
  const hide = parameters.hide.input.clean(given.hide);
  const names = parameters.names.input.clean(given.names);
  const rows = patterns.clean(given.patterns);
  const files = parameters.files.input.clean(given.files);
  const { label } = patterns;
  if (rows.length > maxPatterns) {
    throw new InputError(
      label.value,
      `has ${rows.length} rows, but accepts at most ${maxPatterns}.`,
    );
  }
  if (hide.length + names.length + rows.length === 0) return undefined;
  const ofKinds = (Object.keys(kinds) as Kind[])
    .filter((kind) => hide.includes(kind))
    .map((kind) => ({ ...kinds[kind], isHiddenInWords: true }));
  const ofPatterns = rows.map(({ key, value: source }) => {
    const find = matching(new RegExp(source, "gu"));
    return {
      placeholder: placeholderName(key),
      isHiddenInWords: true,
      find: (text: string) => {
        try {
          return withTimeLimit(() => find(text));
        } catch {
          throw new InputError(
            label.value,
            `contains ${source}, which is too slow for a text of ${text.length} characters. Simplify it: repetitions in repetitions, such as (a+)+, are slow.`,
          );
        }
      },
    };
  });
  const ofNames =
    names.length > 0
      ? [{ placeholder: "NAME", find: findNames(names), isHiddenInWords: false }]
      : [];
  return createMasker([...ofKinds, ...ofPatterns, ...ofNames], files === "send");
};
