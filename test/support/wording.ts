/**
 * Words that the connector's texts avoid, each with plain English to use instead. They are checked in
 * the visible texts of the component, in the documentation, and in every error message and warning
 * that a test causes. A message that quotes the server of a test is checked too, so that such a test
 * needs plain words as well.
 */
import { expect } from "vitest";
import type { Component } from "../../dev/component";
import { textsOf } from "./texts";

/** Whether all habits are checked. If false, only those marked `isAlways` are. */
export const isEnforced = true;

type Place = "component" | "docs" | "messages";

export interface Habit {
  /** Matched within one sentence. */
  pattern: RegExp;
  instead: string;
  /** A sentence with the habit, and the same in plain English. */
  example: [bad: string, good: string];
  /** Where it is checked. Default: everywhere. */
  places?: Place[];
  isAlways?: boolean;
}

export const habits: Habit[] = [
  {
    pattern: /\b(you|your|yours|please|simply|easily|powerful|seamless\w*|robust)\b/i,
    instead: "it without addressing the reader or praising",
    example: ["Enter your API key.", "Enter the API key."],
    places: ["component"],
    isAlways: true,
  },
  {
    pattern: /(?<!\bDid )\b(you|your|yours|please)\b/i,
    instead: "it without addressing the reader, except in the idiom Did you mean",
    example: ["Check your API key.", "Check the API key."],
    places: ["messages"],
  },
  {
    pattern:
      /\btakes\b(?! (place|effect|part|precedence|longer|over|time|up to|about|a few|several|some|\d))|\b(models|hosts|steps|inputs|actions) take\b|\btake only\b/i,
    instead: "must be, accepts, supports",
    example: ["Max Tokens takes a whole number.", "Max Tokens must be a whole number."],
  },
  {
    pattern: /\banswer(s|ed|ing)?\b(?! (to )?(a|the|this) question)/i,
    instead: "response (HTTP), reply or message (Claude's)",
    example: ["The answer is empty.", "The response is empty."],
  },
  {
    pattern: /(?<!\bon )\b(holds?|held)\b/i,
    instead: "contains, has, includes",
    example: ["The list holds 5 entries.", "The list contains 5 entries."],
  },
  {
    pattern: /(?<!\bthere )\b(is|are|was) (no (?!longer\b|more\b)|none\b)/,
    instead: "is not a valid …, is invalid",
    example: ['"a" is no image.', '"a" is not an image.'],
  },
  {
    pattern: /(^|[.;] )(On|Off|Empty): /,
    instead: "If on, … If off, … Leave empty to …",
    example: ["Empty: no limit.", "Leave empty for no limit."],
  },
  {
    pattern: /^What\b(?!.*\?$)/,
    instead: "the name of the thing",
    example: ["What the field holds.", "The value of the field."],
  },
  {
    pattern:
      /\bwhere ((it|that|this|any|there|they|none|nothing|one|such|[A-Z]\w*( [A-Z]\w*)*|\w+_\w+) (is|was|are|were|did|does|do|has|have|had|gave|may|helps|comes)|no|not|such|(a|an|the|its) \w+ (is|are|was|were|does|do|did|has|have) (not|no))\b/,
    instead: "if, when",
    example: ["Null where the price is not known.", "Null if the price is unknown."],
  },
  {
    pattern: /\b(at once|all the same|by (itself|themselves)|of (its|their) own)\b/i,
    instead: "immediately or together, anyway, automatically, separate",
    example: ["It is deleted by itself.", "It is deleted automatically."],
  },
  {
    pattern:
      /^(Most (tokens|turns|results|searches|pages|items|files|characters|that)|(Longest|Largest) \w+)\b|\bthe (most|longest|largest) that\b|\blongest time\b/i,
    instead: "maximum, at most",
    example: ["Most turns of Claude.", "Maximum number of turns."],
  },
  {
    pattern: /\bgo(es)? (only )?(with|without|together)\b|\bbeside\b/i,
    instead: "requires, cannot be combined with, in addition to",
    example: ["It goes only without Items.", "It cannot be combined with Items."],
  },
  {
    pattern: /\bcut (off|short|in two)\b/i,
    instead: "truncated",
    example: ["The message is cut off.", "The message was truncated."],
  },
  {
    pattern: /\bpieces?\b(?! of\b)/i,
    instead: "chunk, part",
    example: ["It comes in pieces.", "It is sent in chunks."],
  },
  {
    pattern: /\b(last|next|first|each|every|two|three|third|this) looks?\b/i,
    instead: "poll, run, execution",
    example: ["Since the last look.", "Since the last poll."],
  },
  {
    pattern:
      /\bids\b|\b([Tt]he|[Aa]n?|by|its|their|this|no|model|file|batch|request|custom) id\b|^Id\b/,
    instead: "ID in texts, `id` in code",
    example: ["The id of the batch.", "The ID of the batch."],
  },
  {
    pattern: /\b(model's|its) (own )?page\b|\bpage of (a|the) model\b/i,
    instead: "model info, model capabilities",
    example: ["The model's page says so.", "The model info says so."],
  },
];

const habitsFor = (place: Place): Habit[] =>
  habits.filter(
    ({ places, isAlways }) => (isEnforced || isAlways) && (places ?? [place]).includes(place),
  );

/** A text without code and quotations, which are not the connector's own words. */
const ownWords = (text: string): string =>
  text.replace(/`[^`]*`|"(?:[^"\\]|\\.)*"|\{\{[^}]*\}\}/g, "…");

export const sentencesOf = (text: string): string[] =>
  text.split(/(?<=[.!?])\s+|\n+/).filter((sentence) => sentence.trim() !== "");

/** Each sentence of a text that has a habit, with what to write instead. */
export const findHabits = (text: string, place: Place): string[] =>
  sentencesOf(ownWords(text)).flatMap((sentence) =>
    habitsFor(place).flatMap(({ pattern, instead }) => {
      const [found] = pattern.exec(sentence.trim()) ?? [];
      return found ? [`"${found.trim()}" in "${sentence.trim()}": write ${instead}`] : [];
    }),
  );

/** Reported habits by test, so that each is reported once. */
const reported = new Set<string>();

/** Fails the test, without ending it, for each message or warning of an outcome that has a habit. */
const checkWording = (outcome: unknown): void => {
  const { currentTestName } = expect.getState();
  for (const text of textsOf(outcome)) {
    for (const habit of findHabits(text, "messages")) {
      const report = `${currentTestName}: ${habit}`;
      if (!reported.has(report)) expect.soft(habit).toBe("");
      reported.add(report);
    }
  }
};

type Perform = (...args: unknown[]) => Promise<unknown>;

const checked = <T extends object>(steps: T): T =>
  Object.fromEntries(
    Object.entries(steps as Record<string, { perform: Perform }>).map(([key, step]) => {
      const perform: Perform = async (...args) => {
        try {
          const output = await step.perform(...args);
          checkWording(output);
          return output;
        } catch (error) {
          checkWording(error);
          throw error;
        }
      };
      return [key, { ...step, perform }];
    }),
  ) as T;

/** The component, with every error message and warning of its steps checked. */
export const withWordingCheck = (component: Component): Component =>
  habitsFor("messages").length === 0
    ? component
    : {
        ...component,
        actions: checked(component.actions),
        triggers: checked(component.triggers),
        dataSources: checked(component.dataSources),
      };
