import { imageDimensionsFromData } from "image-dimensions";
import { pdfPages } from "./pdf";
import { type Block, blocksOf, isRecord, type MessagesBody } from "./request";

/** The content of a document or an image, as a reply is made of it. */
export interface Material {
  form: "text" | "pdf" | "blocks" | "image" | "other";
  mediaType: string;
  title: string | null;
  /** The text of each page of a PDF, of each block, or the one text. */
  texts: string[];
  fileId: string | null;
  url: string | null;
  width: number;
  height: number;
}

/** The documents and images of a request, by their blocks. */
export type Materials = ReadonlyMap<Block, Material>;

/** Finds an uploaded file. */
export type FindFile = (
  id: string,
) => { bytes: Buffer; mediaType: string; name: string } | undefined;

/** Image without readable dimensions, such as one at a URL. */
const unknownSide = 1_000;

/** Every block of a request that has a file or a source, in order, those in results of tools too. */
export const sourceBlocks = ({ messages, system }: Pick<MessagesBody, "messages" | "system">) => {
  const found: { block: Block; path: string }[] = [];
  const visit = (content: unknown, path: string) => {
    if (!Array.isArray(content)) return;
    for (const [index, block] of content.entries()) {
      if (!isRecord(block)) continue;
      const at = `${path}.${index}`;
      if (isRecord(block.source) || typeof block.file_id === "string") {
        found.push({ block: block as Block, path: at });
      } else if (block.type === "tool_result") visit(block.content, `${at}.content`);
    }
  };
  visit(system, "system");
  for (const [turn, message] of messages.entries()) {
    visit(message?.content, `messages.${turn}.content`);
  }
  return found;
};

/** The ID of the uploaded file that a block refers to. */
export const fileIdOf = ({ source, file_id }: Block): string | null => {
  const id = isRecord(source) ? source.file_id : file_id;
  return typeof id === "string" ? id : null;
};

/** Reads the documents and images of a request. */
export const readMaterials = async (
  body: MessagesBody,
  findFile: FindFile,
): Promise<Map<Block, Material>> => {
  const found = new Map<Block, Material>();
  for (const { block } of sourceBlocks(body)) found.set(block, await readMaterial(block, findFile));
  return found;
};

const readMaterial = async (block: Block, findFile: FindFile): Promise<Material> => {
  const source = isRecord(block.source) ? block.source : {};
  const fileId = fileIdOf(block);
  const file = fileId === null ? undefined : findFile(fileId);
  const title = typeof block.title === "string" ? block.title : (file?.name ?? null);
  const url = typeof source.url === "string" ? source.url : null;
  const mediaType = file?.mediaType ?? String(source.media_type ?? "");
  const base = { mediaType, title, texts: [""], fileId, url, width: 0, height: 0 };
  const bytes =
    file?.bytes ??
    (source.type === "base64" ? Buffer.from(String(source.data), "base64") : undefined);
  if (block.type === "image") {
    const size = bytes && imageDimensionsFromData(bytes);
    return { ...base, form: "image", width: unknownSide, height: unknownSide, ...size, title };
  }
  if (source.type === "text") {
    return { ...base, form: "text", mediaType: "text/plain", texts: [String(source.data)] };
  }
  if (source.type === "content") {
    const texts = blocksOf(source.content).map(({ text }) =>
      typeof text === "string" ? text : "",
    );
    return { ...base, form: "blocks", texts };
  }
  if (mediaType === "application/pdf" && bytes) {
    return { ...base, form: "pdf", texts: await pdfPages(bytes) };
  }
  if (/^text\/|json|xml|csv/.test(mediaType) && bytes) {
    return { ...base, form: "text", texts: [bytes.toString()] };
  }
  return { ...base, form: url ? "pdf" : "other" };
};
