import type { Material, Materials } from "./material";
import { type Block, isRecord } from "./request";
import { stemsOf } from "./words";

/** The documents of a request that may be cited, with their index among all documents. */
const citable = (materials: Materials): { material: Material; index: number }[] => {
  const documents = [...materials].filter(([{ type }]) => type === "document");
  return documents.flatMap(([{ citations }, material], index) =>
    isRecord(citations) &&
    citations.enabled === true &&
    material.texts.some((text) => /\S/.test(text))
      ? { material, index }
      : [],
  );
};

const maxDocuments = 3;

/** A reply that quotes the passages of documents that fit the question. Undefined if none may be cited. */
export const citedReply = (materials: Materials, question: string): Block[] | undefined => {
  const documents = citable(materials).slice(0, maxDocuments);
  if (documents.length === 0) return undefined;
  const words = stemsOf(question.slice(0, 5_000));
  return documents.flatMap(({ material, index }, order): Block[] => {
    const { part, start, text } = bestPassage(material, words);
    const common = {
      document_index: index,
      document_title: material.title,
      file_id: material.fileId,
    };
    const citation =
      material.form === "pdf"
        ? {
            type: "page_location",
            cited_text: text,
            ...common,
            start_page_number: part + 1,
            end_page_number: part + 2,
          }
        : material.form === "blocks"
          ? {
              type: "content_block_location",
              cited_text: material.texts[part] ?? "",
              ...common,
              start_block_index: part,
              end_block_index: part + 1,
            }
          : {
              type: "char_location",
              cited_text: text,
              ...common,
              start_char_index: start,
              end_char_index: start + text.length,
            };
    return [
      { type: "text", text: order === 0 ? "The document says: " : "\nAnother document says: " },
      { type: "text", text: text.replace(/\s+/g, " "), citations: [citation] },
    ];
  });
};

/** Text of a document in which a passage is looked for. */
const maxSearched = 200_000;

/** The sentence of a document that shares most words with a question, the first one of several. */
export const bestPassage = (
  { texts }: { texts: readonly string[] },
  words: ReadonlySet<string>,
) => {
  let best = { part: 0, start: 0, text: "", score: -1 };
  for (const [part, text] of texts.entries()) {
    const sentences = text
      .slice(0, maxSearched)
      .matchAll(/[^\s.!?][^.!?\n]*(?:[.!?](?=\S)[^.!?\n]*)*[.!?]?/g);
    for (const { 0: sentence, index } of sentences) {
      const score = [...stemsOf(sentence)].filter((word) => words.has(word)).length;
      if (score > best.score) best = { part, start: index, text: sentence, score };
    }
  }
  return best;
};
