/* Replies in words: what the message asks for, as far as that can be done without a model. */
import { readSchema } from "../../src/claude/messages/schemaOfExample";
import { choose } from "./choose";
import { bestPassage } from "./citations";
import { fillSchema } from "./fillSchema";
import type { Material } from "./material";
import { readerOf } from "./reader";
import { isRecord } from "./request";
import { moodOf, sentencesOf, startOf, stemsOf } from "./words";

/** What a reply in words is made of. */
export interface Topic {
  /** The text of the message. */
  question: string;
  system: string;
  /** Documents and images of the message. */
  materials: readonly Material[];
  /** The text of Claude's last reply, empty if there is none. */
  earlier: string;
  /** The earlier texts of the user. */
  said: readonly string[];
}

const haiku = "Bent once, it still holds\nthe pages that we forgot:\nquiet silver line.";
const haikuInOneLine = "A bent silver line holds the forgotten pages.";

/** The reply to a message: that of the first of these that the message asks for. */
export const proseReply = (topic: Topic): string =>
  poem(topic) ??
  jsonByExample(topic) ??
  translation(topic) ??
  summary(topic) ??
  shortened(topic) ??
  oneOfTwo(topic) ??
  pictures(topic) ??
  foundInDocuments(topic) ??
  remembered(topic) ??
  received(topic);

/** The part of a message that says what to do. */
const instruction = ({ question }: Topic): string => question.slice(0, 1_000);

const poem = (topic: Topic): string | undefined =>
  /\bhaiku\b/i.test(instruction(topic)) ? haiku : undefined;

/** A message that shows the JSON to reply with. */
const jsonByExample = ({ question }: Topic): string | undefined => {
  if (!/\bjson\b/i.test(question.slice(0, 2_000))) return undefined;
  const [example] = /\{[^{}]{1,2000}\}/.exec(question.slice(0, 5_000)) ?? [];
  if (!example) return undefined;
  try {
    const json: unknown = JSON.parse(example);
    if (!isRecord(json)) return undefined;
    const { schema } = readSchema(json);
    const text = question.replace(example, "");
    // What comes before the example says what to do with what comes after it.
    const [before = "", after = ""] = question.split(example);
    const reader = readerOf([{ text: after.trim() ? after : text, page: 0 }]);
    return JSON.stringify(fillSchema(schema, { reader, prompt: before }));
  } catch {
    return undefined;
  }
};

const language =
  /(?<!\p{L})(?:[Tt]ranslat\w+|[Üü]bersetz\w*)[\s\S]{0,200}?\b(?:to|into|in|ins|nach)\s+(\p{Lu}\p{L}+)/u;

const translation = (topic: Topic): string | undefined => {
  const inMessage = language.exec(instruction(topic));
  const [, to] = inMessage ?? language.exec(topic.system.slice(0, 2_000)) ?? [];
  if (!to) return undefined;
  const text = inMessage ? subjectOf(topic, inMessage.index + inMessage[0].length) : topic.question;
  return `Emulated translation to ${to} of: ${startOf(text, 300)}`;
};

const summary = (topic: Topic): string | undefined => {
  const asks = /\b(summar(?:y|i[sz]e)\w*|tl;?dr|zusammenfass\w*)\b/i;
  const inMessage = asks.exec(instruction(topic));
  if (!inMessage && !asks.test(topic.system.slice(0, 2_000))) return undefined;
  const text = inMessage
    ? subjectOf(topic, inMessage.index + inMessage[0].length)
    : subjectOf(topic, 0);
  return `Emulated summary: ${startOf(sentencesOf(text, 2).join(" "), 400)}`;
};

/** The text that an instruction is about: what follows it, the documents, or the earlier reply. */
const subjectOf = ({ question, materials, earlier }: Topic, end: number): string => {
  const rest = question.slice(end);
  const at = rest.search(/:\s|\n/);
  const after = at >= 0 && at < 200 ? rest.slice(at + 1).trim() : "";
  const documents = materials
    .map(({ texts }) => texts.join("\n"))
    .join("\n")
    .trim();
  if (after || documents) return after || documents;
  return end === 0 ? question : earlier || rest.replace(/^[\s.,]+/, "") || question;
};

/** The earlier reply in fewer words. */
const shortened = (topic: Topic): string | undefined => {
  const { earlier } = topic;
  const [asked] =
    /\b(one line|one sentence|shorter|shorten|briefer|in short)\b/i.exec(instruction(topic)) ?? [];
  if (!asked || earlier === "") return undefined;
  if (earlier === haiku) return haikuInOneLine;
  if (/one line/i.test(asked)) return startOf(earlier, 200);
  const [first = earlier] = sentencesOf(earlier, 1);
  if (/sentence/i.test(asked) || first.length < earlier.length) return first;
  const words = first.split(" ");
  return words.slice(0, Math.ceil(words.length / 2)).join(" ");
};

/** "Is this review good or bad?" */
const oneOfTwo = (topic: Topic): string | undefined => {
  const text = instruction(topic);
  const [asked, one = "", other = ""] = /[^.?!\n]*?\b(\p{L}+) or (\p{L}+)\?/u.exec(text) ?? [];
  if (!asked) return undefined;
  const about = topic.question.replace(asked, "");
  const names = [one, other];
  const isMood = moodOf(one) !== 0 && moodOf(one) === -moodOf(other);
  if (isMood) return moodOf(about) < 0 === moodOf(one) < 0 ? one : other;
  return choose(
    names.map((name) => ({ name, about: "" })),
    about,
  ).name;
};

const pictures = ({ materials }: Topic): string | undefined => {
  const images = materials.filter(({ form }) => form === "image");
  if (images.length === 0) return undefined;
  return images
    .map(({ mediaType, width, height, url }) =>
      url
        ? `Emulated description of the picture at ${url}.`
        : `Emulated description of a picture, ${mediaType}, ${width} × ${height} pixels.`,
    )
    .join("\n");
};

/** A question about a document: the passage that has most words of it. */
const foundInDocuments = ({ question, materials }: Topic): string | undefined => {
  if (!isQuestion(question)) return undefined;
  const words = stemsOf(question.slice(0, 1_000));
  const [best] = materials
    .map(({ title, texts }) => ({ title, ...bestPassage({ texts }, words) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score);
  return best && `Emulated reply from ${best.title ?? "the document"}: ${startOf(best.text)}`;
};

/** A question about something that the user said before. */
const remembered = ({ question, said }: Topic): string | undefined => {
  if (!isQuestion(question)) return undefined;
  const { text, score } = bestPassage({ texts: said }, stemsOf(question.slice(0, 1_000)));
  return score > 0 ? `You said: ${startOf(text)}` : undefined;
};

const isQuestion = (text: string): boolean => text.slice(-20).trimEnd().endsWith("?");

const received = ({ question, materials }: Topic): string => {
  const documents = materials.map(({ form, title, texts, mediaType }) => {
    const pages = form === "pdf" ? `, ${texts.length} page${texts.length === 1 ? "" : "s"}` : "";
    const start = startOf(texts.join(" "), 120);
    return `${title ?? (mediaType || "a document")}${pages}${start ? `: ${start}` : ""}`;
  });
  return [`The emulator received: ${startOf(question)}`, ...documents].join("\n");
};
