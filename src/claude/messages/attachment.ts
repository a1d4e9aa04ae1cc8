import type {
  ContentBlockParam,
  DocumentBlockParam,
  ImageBlockParam,
} from "@anthropic-ai/sdk/resources/messages";
import { imageDimensionsFromData } from "image-dimensions";
import { isRecord } from "../../client/values";
import { convertDocument } from "../documents/convert";
import { isImage, isTextual, mediaType } from "../files/format";
import { decodeText } from "../files/text";
import type { Notice } from "../notice";
import { InvalidInput } from "../problem";
import { isEncrypted, isPdf, pageCount } from "./pdf";
import { maxRequestBytes } from "./requestSize";

/** A content block with a file, and what is known of the file. */
export interface AttachmentBlock {
  block: ContentBlockParam;
  /** The longer side of an image, in pixels. */
  side?: number;
  /** Pages of a PDF. */
  pages?: number;
  /** What was adjusted. */
  notice?: Notice;
}

const MiB = 1_024 * 1_024;

/** @see https://platform.claude.com/docs/en/build-with-claude/vision#general-limits */
export const apiLimits = {
  requestBytes: maxRequestBytes,
  imageBase64: 10 * MiB,
  imagePixels: 8_000,
  /** For each side, with more images than `manyImages`. */
  manyImagesPixels: 2_000,
  manyImages: 20,
  images: 600,
  pages: 600,
  /** Images or pages for a model with a small context window. */
  withSmallWindow: 100,
  smallWindow: 200_000,
  title: 500,
};

/** Every model accepts this many images or pages. Above, it depends on the model (see checkTogether). */
export const imagesOfEveryModel = apiLimits.withSmallWindow;

/**
 * The bytes of an image, a PDF, a text, or a document as text, as a content block. The format is
 * detected from the bytes: names and content types are often wrong.
 *
 * @param contentType As an earlier step says. Only used to read a text that is not UTF-8.
 * @throws InvalidInput for a file that is empty, too large, encrypted or of an unsupported format.
 * @see https://platform.claude.com/docs/en/build-with-claude/vision
 * @see https://platform.claude.com/docs/en/build-with-claude/pdf-support
 */
export const bytesBlock = (name: string, bytes: Buffer, contentType = ""): AttachmentBlock => {
  if (bytes.length === 0) throw new InvalidInput({ code: "file_empty" });
  if (isPdf(bytes)) return { block: pdfBlock(name, bytes), pages: pageCount(bytes) };
  const image = isImage(bytes) ? imageDimensionsFromData(bytes) : undefined;
  if (image) {
    return { block: imageBlock(bytes, image), side: Math.max(image.width, image.height) };
  }
  const document = convertDocument(name, bytes, contentType);
  if (document) return { block: textBlock(name, document.text), notice: document.notice };
  const { text, notice } = textOf(name, bytes, contentType);
  return { block: textBlock(name, text), notice };
};

const imageBlock = (
  bytes: Buffer,
  { type, width, height }: NonNullable<ReturnType<typeof imageDimensionsFromData>>,
): ImageBlockParam => {
  if (type === "avif" || type === "heic") {
    throw new InvalidInput({ code: "image_format_unsupported", format: type.toUpperCase() });
  }
  const maxPixels = apiLimits.imagePixels;
  if (Math.max(width, height) > maxPixels) {
    throw new InvalidInput({ code: "image_dimensions_too_large", width, height, limit: maxPixels });
  }
  const data = bytes.toString("base64");
  if (data.length > apiLimits.imageBase64) {
    const limit = (apiLimits.imageBase64 * 3) / 4;
    throw new InvalidInput({ code: "image_too_large", bytes: bytes.length, limit });
  }
  return { type: "image", source: { type: "base64", media_type: `image/${type}`, data } };
};

/** @throws InvalidInput for a password-protected PDF. */
export const checkReadable = (pdf: Buffer): void => {
  if (isEncrypted(pdf)) throw new InvalidInput({ code: "pdf_encrypted" });
};

const pdfBlock = (name: string, bytes: Buffer): DocumentBlockParam => {
  checkReadable(bytes);
  checkSize(base64Length(bytes));
  return {
    type: "document",
    source: { type: "base64", media_type: "application/pdf", data: bytes.toString("base64") },
    title: title(name),
  };
};

/** A text as a document with its name as title. */
export const textBlock = (name: string, text: string): DocumentBlockParam => {
  if (text.trim() === "") throw new InvalidInput({ code: "file_empty" });
  checkSize(text.length);
  return {
    type: "document",
    source: { type: "text", media_type: "text/plain", data: text },
    title: title(name),
  };
};

/**
 * A URL as a content block. Claude's API fetches images and PDFs itself.
 *
 * @throws InvalidInput if neither name nor URL says which of the two it is.
 */
export const urlBlock = (name: string, url: string): AttachmentBlock => {
  const source = { type: "url" as const, url };
  switch (kind(mediaType(new URL(url).pathname)) ?? kind(mediaType(name))) {
    case "image":
      return { block: { type: "image", source } };
    case "pdf":
      return { block: { type: "document", source, title: title(name) } };
    case "text":
      throw new InvalidInput({ code: "url_of_text" });
    default:
      throw new InvalidInput({ code: "url_type_unknown" });
  }
};

/**
 * A file of the Files API as a content block.
 *
 * @param mimeType The type of the file, if it is known.
 * @param hasCodeExecution Code may open files that Claude itself does not read.
 * @throws InvalidInput if the type of the file is not known, or is not supported.
 * @see https://platform.claude.com/docs/en/build-with-claude/files#file-types-and-content-blocks
 */
export const fileBlock = (
  name: string,
  fileId: string,
  mimeType: string | undefined,
  hasCodeExecution: boolean,
): AttachmentBlock => {
  const type = mimeType ?? mediaType(name);
  const source = { type: "file" as const, file_id: fileId };
  if (kind(type) === "image") return { block: { type: "image", source } };
  if (kind(type) === "pdf" || type === "text/plain") {
    return { block: { type: "document", source, title: title(name) } };
  }
  if (hasCodeExecution) return { block: { type: "container_upload", file_id: fileId } };
  throw new InvalidInput(
    type ? { code: "file_id_type_unsupported", type } : { code: "file_id_type_unknown" },
  );
};

/** The number of images and of PDF pages in all attachments. */
export const countAttachments = (attachments: readonly AttachmentBlock[]) => ({
  images: attachments.filter(({ block }) => block.type === "image").length,
  pages: attachments.reduce((sum, { pages = 0 }) => sum + pages, 0),
});

/**
 * The images in the turns of a conversation, in tool results too: the API's limits are those of the
 * whole request.
 *
 * @param added How many images the next turn adds. The size of images only matters for many of them.
 */
export const imagesInTurns = (
  turns: readonly { content: string | readonly ContentBlockParam[] }[],
  added: number,
): (AttachmentBlock & { name: string })[] => {
  const imagesIn = (content: unknown): ImageBlockParam[] =>
    Array.isArray(content)
      ? // What a tool result contains is not checked before.
        (content as (ContentBlockParam | undefined)[]).flatMap((block) => {
          if (block?.type === "tool_result") return imagesIn(block.content);
          return block?.type === "image" && isRecord(block.source) ? block : [];
        })
      : [];
  const images = turns.flatMap(({ content }, index) =>
    imagesIn(content).map((block) => ({ block, name: `image in turn ${index + 1}` })),
  );
  if (images.length + added <= apiLimits.manyImages) return images;
  return images.map((image) => {
    const bytes = Buffer.from(dataOf(image.block), "base64");
    const size = isImage(bytes) ? imageDimensionsFromData(bytes) : undefined;
    return size ? { ...image, side: Math.max(size.width, size.height) } : image;
  });
};

/**
 * Checks the limits of a request for all attachments together.
 *
 * @param contextWindow Of the model, in tokens, if it is known.
 * @throws InvalidInput that says which limit is exceeded.
 */
export const checkTogether = (
  attachments: readonly (AttachmentBlock & { name: string })[],
  contextWindow?: number | null,
): void => {
  const { images, pages } = countAttachments(attachments);
  const isModelLimit = !!contextWindow && contextWindow <= apiLimits.smallWindow;
  for (const [code, count, apiLimit] of [
    ["too_many_images", images, apiLimits.images],
    ["too_many_pages", pages, apiLimits.pages],
  ] as const) {
    const limit = isModelLimit ? apiLimits.withSmallWindow : apiLimit;
    if (count > limit) throw new InvalidInput({ code, count, limit, isModelLimit });
  }
  const maxSide = apiLimits.manyImagesPixels;
  const large = attachments.find(({ side = 0 }) => side > maxSide);
  if (images > apiLimits.manyImages && large) {
    const { name, side = 0 } = large;
    const limit = maxSide;
    throw new InvalidInput({ code: "many_images_too_large", name, side, images, limit });
  }
  const sizes = attachments.map(({ name, block }) => ({ name, size: dataOf(block).length }));
  const bytes = sizes.reduce((sum, { size }) => sum + size, 0);
  const [largest] = sizes.sort((a, b) => b.size - a.size);
  if (largest && bytes > apiLimits.requestBytes) {
    const limit = apiLimits.requestBytes;
    throw new InvalidInput({ code: "attachments_too_large", bytes, limit, largest: largest.name });
  }
};

const dataOf = (block: ContentBlockParam): string => {
  if (block.type !== "image" && block.type !== "document") return "";
  const { data } = block.source as { data?: unknown };
  return typeof data === "string" ? data : "";
};

const base64Length = (bytes: Buffer): number => Math.ceil(bytes.length / 3) * 4;

const checkSize = (bytes: number): void => {
  const limit = apiLimits.requestBytes;
  if (bytes > limit) throw new InvalidInput({ code: "file_too_large", bytes, limit });
};

const title = (name: string): string => name.slice(0, apiLimits.title);

const kind = (type = ""): "image" | "pdf" | "text" | undefined => {
  if (/^image\/(png|jpe?g|gif|webp)\b/.test(type)) return "image";
  if (type.startsWith("application/pdf")) return "pdf";
  return isTextual(type) ? "text" : undefined;
};

const textOf = (
  name: string,
  bytes: Buffer,
  contentType: string,
): { text: string; notice?: Notice } => {
  const text = decodeText(bytes);
  if (text !== undefined) return { text };
  const isText = isTextual(contentType) || kind(mediaType(name)) === "text";
  if (isText && !bytes.includes(0)) {
    const decoded = new TextDecoder("windows-1252").decode(bytes);
    return { text: decoded, notice: { code: "text_not_utf8" } };
  }
  throw new InvalidInput({ code: "file_format_unsupported" });
};
