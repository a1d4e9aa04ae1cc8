import type { Message } from "@anthropic-ai/sdk/resources/messages";
import { isObject, isRecord } from "../../client/values";
import { withInstruction } from "../messages/schemaAsText";
import type { MessageRequest } from "../messages/send";
import { escaped, type Find, type Span } from "./kinds";

/** Something to hide, and the name of its placeholders. */
export interface Rule {
  /** Letters, digits and `_`, in upper case. */
  placeholder: string;
  find: Find;
  /** Whether each value is also hidden where it is part of other text. Names are not: Ann is in Annual. */
  isHiddenInWords: boolean;
}

/** A request without the data that is hidden, and how a reply gets it back. */
export interface Masked {
  request: MessageRequest;
  restore(message: Message): Message;
}

/** Hides data of a step from Claude. */
export interface Masker {
  mask(request: MessageRequest): Masked;
  /** A text without the data, for errors and logs. It cannot be restored. */
  redact(text: string): string;
  /** How many different values were hidden, by the name of their placeholders. */
  hidden(): Record<string, number>;
  /** Whether files whose content cannot be searched are sent. */
  sendsFiles: boolean;
}

const instruction =
  "Texts in brackets such as [EMAIL_1] stand for data that is hidden. Write them unchanged wherever the data belongs.";

/** A text that has the form of a placeholder is hidden itself, so that it is not restored as one. */
const literal = "TEXT";

/** Texts of a request that are names and IDs. An object under such a name is a property of a schema. */
const structural = new Set([
  ...["type", "role", "model", "id", "tool_use_id", "name", "url", "file_id", "media_type"],
  ...["signature", "thinking", "encrypted_content", "encrypted_index", "encrypted_stdout"],
  // Of a schema.
  ...["required", "format", "pattern", "$ref"],
]);

/** Parts of a request without texts for Claude. */
const withoutTexts = new Set(["cache_control", "container", "mcp_servers", "tool_choice"]);

const isStructural = (name: string, member: unknown, isFileData: boolean): boolean =>
  withoutTexts.has(name) ||
  (name === "data" && isFileData) ||
  (structural.has(name) && (typeof member === "string" || Array.isArray(member)));

type Change = (text: string) => string;

/** A copy of a request or a reply in which all texts are changed. What is unchanged is not copied. */
const mapTexts = (value: unknown, change: Change, isFree = false): unknown => {
  if (typeof value === "string") return change(value);
  if (!isObject(value)) return value;
  if (Array.isArray(value)) {
    const items = value.map((item) => mapTexts(item, change, isFree));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  const isFileData = value.type === "base64" || value.type === "redacted_thinking";
  const entries = Object.entries(value).map(([name, member]): [string, unknown] => {
    if (!isFree && isStructural(name, member, isFileData)) return [name, member];
    // The names in the input of a tool call are those of the tool, and not those of the API.
    const isFreeMember = isFree || name === "input";
    return [isFree ? change(name) : name, mapTexts(member, change, isFreeMember)];
  });
  const isSame = entries.every(
    ([name, member]) => Object.hasOwn(value, name) && value[name] === member,
  );
  return isSame ? value : Object.fromEntries(entries);
};

/** Spans that overlap as one, of the rule of the first: no part of the others remains. */
const withoutOverlaps = <T extends Span>(spans: T[]): T[] => {
  const merged: T[] = [];
  for (const span of spans.sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last && span.start < last.end) last.end = Math.max(last.end, span.end);
    else merged.push(span);
  }
  return merged;
};

const replaceSpans = <T extends Span>(
  text: string,
  spans: readonly T[],
  change: (found: string, span: T) => string,
  between: Change = (text) => text,
): string => {
  let end = 0;
  const parts = spans.flatMap((span) => {
    const before = between(text.slice(end, span.start));
    end = span.end;
    return [before, change(text.slice(span.start, span.end), span)];
  });
  return [...parts, between(text.slice(end))].join("");
};

const isJson = (text: string): boolean => {
  if (!/^\s*[[{"]/.test(text)) return /```json/.test(text);
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** Shorter values are hidden where they are found only: as a part of words they are no data. */
const minPartLength = 6;

/**
 * Hides data in requests by placeholders such as [EMAIL_1]. They are numbered in the order in which
 * the values occur, so that a longer request starts like the one before it: caching and memory work.
 */
export const createMasker = (rules: readonly Rule[], sendsFiles: boolean): Masker => {
  const names = [...new Set(rules.map(({ placeholder }) => placeholder)), literal].join("|");
  const placeholders = new RegExp(`\\[(?:${names})_\\d+\\]`, "g");
  const all = [
    ...rules,
    {
      placeholder: literal,
      find: (text: string) =>
        [...text.matchAll(placeholders)].map(({ index: start, 0: found }) => ({
          start,
          end: start + found.length,
        })),
      isHiddenInWords: false,
    },
  ];
  const hidden = new Map<string, Set<string>>();

  const find = (text: string) =>
    withoutOverlaps(all.flatMap((rule) => rule.find(text).map((span) => ({ ...span, rule }))));

  const mask = (given: MessageRequest): Masked => {
    const placeholderOf = new Map<string, string>();
    const dataOf = new Map<string, string>();
    const counts = new Map<string, number>();
    const parts = new Set<string>();
    const spansOf = new Map<string, ReturnType<typeof find>>();
    const note: Change = (text) => {
      if (spansOf.has(text)) return text;
      const spans = find(text);
      if (spans.length > 0) spansOf.set(text, spans);
      for (const { start, end, rule } of spans) {
        const value = text.slice(start, end);
        if (placeholderOf.has(value)) continue;
        const { placeholder, isHiddenInWords } = rule;
        const known = hidden.get(placeholder) ?? new Set();
        if (placeholder !== literal) hidden.set(placeholder, known.add(value));
        const count = (counts.get(placeholder) ?? 0) + 1;
        counts.set(placeholder, count);
        const name = `[${placeholder}_${count}]`;
        placeholderOf.set(value, name);
        dataOf.set(name, value);
        if (isHiddenInWords && value.length >= minPartLength) parts.add(value);
      }
      return text;
    };
    const { tools, output_config, system, messages, ...rest } = given;
    // In the order in which the API caches them.
    for (const part of [tools, output_config, system, messages, rest]) mapTexts(part, note);

    const partsOf = literals([...parts]);
    const between: Change = (text) =>
      partsOf ? text.replace(partsOf, (value) => placeholderOf.get(value) ?? value) : text;
    const hide: Change = (text) =>
      replaceSpans(
        text,
        spansOf.get(text) ?? [],
        (value) => placeholderOf.get(value) ?? value,
        between,
      );
    const restore: Change = (text) => {
      if (!text.includes("[")) return text;
      const inJson = isJson(text);
      return text.replace(placeholders, (name) => {
        const value = dataOf.get(name);
        if (value === undefined) return name;
        return inJson ? JSON.stringify(value).slice(1, -1) : value;
      });
    };
    return {
      request: withInstruction(
        withoutNamingThinking(mapTexts(given, hide) as MessageRequest, rules),
        instruction,
      ),
      restore: (message) => {
        const { content, stop_sequence, stop_details } = message;
        const texts = { content, stop_sequence, stop_details };
        return { ...message, ...(mapTexts(texts, restore) as typeof texts) };
      },
    };
  };

  return {
    mask,
    redact: (text) => {
      const known = literals([...hidden.values()].flatMap((values) => [...values]));
      const between: Change = (rest) => (known ? rest.replace(known, "[hidden]") : rest);
      return replaceSpans(text, find(text), (_, { rule }) => `[${rule.placeholder}]`, between);
    },
    hidden: () =>
      Object.fromEntries([...hidden].map(([placeholder, values]) => [placeholder, values.size])),
    sendsFiles,
  };
};

/** A pattern of these texts, the longest first. Undefined for none. */
const literals = (texts: string[]): RegExp | undefined => {
  const all = texts.sort((a, b) => b.length - a.length).map(escaped);
  return all.length > 0 ? new RegExp(all.join("|"), "g") : undefined;
};

/**
 * A request without the thinking that names hidden data, which came from a request that hid less: a
 * thinking block is signed, so that it cannot be changed.
 */
const withoutNamingThinking = (request: MessageRequest, rules: readonly Rule[]): MessageRequest => {
  const isNaming = (block: unknown) =>
    isRecord(block) &&
    block.type === "thinking" &&
    rules.some(({ find }) => find(String(block.thinking)).length > 0);
  const messages = request.messages.map((turn) => {
    const { content } = turn;
    return Array.isArray(content) && content.some(isNaming)
      ? { ...turn, content: (content as unknown[]).filter((block) => !isNaming(block)) }
      : turn;
  });
  return { ...request, messages: messages as MessageRequest["messages"] };
};
