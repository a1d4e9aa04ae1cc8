import { custom, flag, group, integer, parameter, type Values } from "./define";
import { InputError } from "./InputError";
import { optionalText, type Reader } from "./read";

/** A key is part of the name under which the platform stores the conversation. */
const maxKeyLength = 200;

const readKey: Reader<string | undefined> = (label) => (value) => {
  const key = optionalText(label)(value)?.trim();
  if (key === undefined || key.length <= maxKeyLength) return key;
  throw new InputError(
    label,
    `must have at most ${maxKeyLength} characters, but has ${key.length}.`,
  );
};

const defaultTurns = 20;
const defaultDays = 30;

/** Keeps a conversation between executions. */
export const memory = group(
  "Memory",
  "Keeps the conversation for later executions, instead of Conversation.",
  {
    key: parameter({
      input: custom("Memory Key", "string", readKey, {
        comments:
          "Identifies the conversation, such as the ID of a user or a thread. Each instance has its own keys. If two executions use a key at the same time, the turn of the one that ends last is kept. Leave empty to keep nothing.",
        placeholder: "Enter or reference a key",
        example: "user-1042",
      }),
    }),
    turnsKept: parameter({
      input: integer("Turns Kept", {
        min: 0,
        max: 1_000,
        default: defaultTurns,
        comments: `Number of turns to keep (default: ${defaultTurns}). A turn is a message and the reply to it, with the tool calls between. Older ones leave, and also those above 200 kB in all. Attachments are replaced by a note.`,
        example: String(defaultTurns),
      }),
    }),
    daysKept: parameter({
      input: integer("Days Kept", {
        min: 1,
        max: 365,
        default: defaultDays,
        comments: `Number of days after which an unused key is deleted (default: ${defaultDays}).`,
        example: String(defaultDays),
      }),
    }),
    forget: parameter({
      input: flag("Forget", {
        comments:
          "If on, deletes the conversation of this key before the message is sent. With Turns Kept 0, nothing is kept after it either.",
      }),
    }),
  },
);

export type MemoryOptions = Omit<Values<typeof memory.parameters>, "key"> & { key: string };

/** @returns Undefined without a key. */
export const readMemory = (value: unknown): MemoryOptions | undefined => {
  const { key, ...options } = memory.read(value);
  return key === undefined ? undefined : { ...options, key };
};
