import { isUtf8 } from "node:buffer";
import type {
  ContentBlockParam,
  DocumentBlockParam,
  ImageBlockParam,
} from "@anthropic-ai/sdk/resources/messages";
import { imageDimensionsFromData } from "image-dimensions";
import { lookup } from "mrmime";
import { InvalidInput } from "../InvalidInput";
import { isEncrypted, isPdf, pageCount } from "./pdf";

/** A block that carries a file, and what is known of the file. */
export interface AttachmentBlock {
  block: ContentBlockParam;
  /** Longest side of an image, in pixels. */
  side?: number;
  /** Pages of a PDF. */
  pages?: number;
  /** What was adjusted. */
  warning?: string;
}

const MiB = 1_024 * 1_024;

/** @see https://platform.claude.com/docs/en/build-with-claude/vision#general-limits */
const limits = {
  requestBytes: 32 * MiB,
  imageBase64: 10 * MiB,
  imagePixels: 8_000,
  /** For each side, once there are more than `manyImages`. */
  manyImagesPixels: 2_000,
  manyImages: 20,
  images: 600,
  pages: 600,
  /** Images or pages that a model with a small context window takes. */
  fewer: 100,
  smallWindow: 200_000,
  title: 500,
};

/** More images or pages than this, and the model decides how many a request may hold. */
export const everyModelTakes = limits.fewer;

/**
 * The bytes of an image, a PDF or a text as a content block. What they are is read from the bytes:
 * names and content types are often wrong.
 *
 * @param contentType What an earlier step says it is. Decides only how a text that is not UTF-8 is read.
 * @throws InvalidInput for what is empty, too large, encrypted or of no kind that Claude reads.
 * @see https://platform.claude.com/docs/en/build-with-claude/vision
 * @see https://platform.claude.com/docs/en/build-with-claude/pdf-support
 */
export const bytesBlock = (name: string, bytes: Buffer, contentType = ""): AttachmentBlock => {
  if (bytes.length === 0) throw new InvalidInput("is empty.");
  if (isPdf(bytes)) return { block: pdfBlock(name, bytes), pages: pageCount(bytes) };
  const image = isImage(bytes) ? imageDimensionsFromData(bytes) : undefined;
  if (image) {
    return { block: imageBlock(bytes, image), side: Math.max(image.width, image.height) };
  }
  const { text, warning } = textOf(name, bytes, contentType);
  return { block: textBlock(name, text), warning: warning && `Attachment "${name}" ${warning}` };
};

/** Base64 in either alphabet, with or without line breaks and padding. */
export const isBase64 = (text: string): boolean =>
  !/[^\w+/\r\n-]/.test(text.replace(/={1,2}$/, ""));

/** Base64 whose last byte is whole. Words such as "Hello" have one digit more than that. */
export const isWholeBase64 = (text: string): boolean =>
  isBase64(text) && text.replace(/[\r\n=]+/g, "").length % 4 !== 1;

/** The head of a data URL, with a media type or parameters. Texts may begin with "data:" as well. */
const dataUrlHead = /^data:([\w.+-]+\/[\w.+-]+)?((?:;[\w.+-]+(?:=[^;,\s]*)?)*),/i;

export const isDataUrl = (text: string): boolean => dataUrlHead.test(text.slice(0, 200));

/**
 * The content of a data URL.
 *
 * @throws InvalidInput where it is not encoded as its head says.
 */
export const fromDataUrl = (url: string): { bytes: Buffer; contentType?: string } => {
  const [head = "", contentType, parameters = ""] = dataUrlHead.exec(url.slice(0, 200)) ?? [];
  const content = url.slice(head.length);
  if (/;base64$/i.test(parameters)) {
    if (!isBase64(content)) throw new InvalidInput("is a data URL whose data is not base64.");
    return { bytes: Buffer.from(content, "base64"), contentType };
  }
  try {
    return { bytes: Buffer.from(decodeURIComponent(content)), contentType };
  } catch {
    throw new InvalidInput("is a data URL that is not well encoded.");
  }
};

/** Whether the first bytes are those of an image. The library that reads images copies all bytes. */
export const isImage = (bytes: Buffer): boolean =>
  /^(\x89PNG|\xff\xd8\xff|GIF8|RIFF|.{4}ftyp)/s.test(bytes.toString("latin1", 0, 12));

const imageBlock = (
  bytes: Buffer,
  { type, width, height }: NonNullable<ReturnType<typeof imageDimensionsFromData>>,
): ImageBlockParam => {
  if (type === "avif" || type === "heic") {
    throw new InvalidInput(
      `is an image of the kind ${type.toUpperCase()}, which Claude does not read. Convert it to JPEG or PNG.`,
    );
  }
  if (Math.max(width, height) > limits.imagePixels) {
    throw new InvalidInput(
      `is an image of ${width} × ${height} pixels; the API takes ${limits.imagePixels} for each side. Scale it down.`,
    );
  }
  const data = bytes.toString("base64");
  if (data.length > limits.imageBase64) {
    throw new InvalidInput(
      `is an image of ${inMB(bytes.length)}; the API takes ${inMB((limits.imageBase64 * 3) / 4)}. Scale it down or save it as JPEG.`,
    );
  }
  return { type: "image", source: { type: "base64", media_type: `image/${type}`, data } };
};

/** @throws InvalidInput for a PDF with a password. */
export const checkReadable = (pdf: Buffer): void => {
  if (!isEncrypted(pdf)) return;
  throw new InvalidInput(
    "is an encrypted PDF, which the API does not read. Save it without a password.",
  );
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
  if (text.trim() === "") throw new InvalidInput("is empty.");
  checkSize(text.length);
  return {
    type: "document",
    source: { type: "text", media_type: "text/plain", data: text },
    title: title(name),
  };
};

/**
 * An address as a content block. Claude's API fetches images and PDFs by itself.
 *
 * @throws InvalidInput when neither name nor address tells which of the two it is.
 */
export const urlBlock = (name: string, url: string): AttachmentBlock => {
  const source = { type: "url" as const, url };
  switch (kind(mediaType(name)) ?? kind(mediaType(new URL(url).pathname))) {
    case "image":
      return { block: { type: "image", source } };
    case "pdf":
      return { block: { type: "document", source, title: title(name) } };
    case "text":
      throw new InvalidInput(
        "is the address of a text; the API fetches only images and PDFs. Fetch it in a step before and attach what comes.",
      );
    default:
      throw new InvalidInput(
        "is an address that does not tell what is there. End the name with .pdf for a PDF, or with .png, .jpg, .gif or .webp for an image.",
      );
  }
};

/**
 * A file of the Files API as a content block.
 *
 * @param mimeType What the file is, where that is known.
 * @param forCode Code Execution is on: code may open files that Claude itself does not read.
 * @throws InvalidInput when nothing tells what the file is, or when Claude does not read its kind.
 * @see https://platform.claude.com/docs/en/build-with-claude/files#file-types-and-content-blocks
 */
export const fileBlock = (
  name: string,
  fileId: string,
  mimeType: string | undefined,
  forCode: boolean,
): AttachmentBlock => {
  const type = mimeType ?? mediaType(name);
  const source = { type: "file" as const, file_id: fileId };
  if (kind(type) === "image") return { block: { type: "image", source } };
  if (kind(type) === "pdf" || type === "text/plain") {
    return { block: { type: "document", source, title: title(name) } };
  }
  if (forCode) return { block: { type: "container_upload", file_id: fileId } };
  throw new InvalidInput(
    type
      ? `is a file of the type ${type}, which Claude reads from its file id only with Code Execution on. Turn that on, or attach the file itself.`
      : "is a file id that does not tell what the file is. End the name with .pdf, .txt, .png, .jpg, .gif or .webp.",
  );
};

/** How many images and how many pages the attachments hold. */
export const countTogether = (attachments: readonly AttachmentBlock[]) => ({
  images: attachments.filter(({ block }) => block.type === "image").length,
  pages: attachments.reduce((sum, { pages = 0 }) => sum + pages, 0),
});

/**
 * What no single attachment shows: how much a request holds of everything together.
 *
 * @param contextWindow Of the model, in tokens, where it is known.
 * @throws InvalidInput that names what is too much.
 */
export const checkTogether = (
  attachments: readonly (AttachmentBlock & { name: string })[],
  contextWindow?: number | null,
): void => {
  const { images, pages } = countTogether(attachments);
  const small = contextWindow && contextWindow <= limits.smallWindow;
  for (const [what, count, most] of [
    ["images", images, small ? limits.fewer : limits.images],
    ["PDF pages", pages, small ? limits.fewer : limits.pages],
  ] as const) {
    if (count <= most) continue;
    throw new InvalidInput(
      `holds ${count} ${what}; ${small ? "the model" : "the API"} takes ${most} in a request. Split them over several.`,
    );
  }
  const large = attachments.find(({ side = 0 }) => side > limits.manyImagesPixels);
  if (images > limits.manyImages && large) {
    throw new InvalidInput(
      `"${large.name}" is an image of ${large.side} pixels on one side; with more than ${limits.manyImages} images the API takes ${limits.manyImagesPixels}. Scale it down.`,
    );
  }
  const sizes = attachments.map(({ name, block }) => ({ name, size: dataOf(block).length }));
  const sum = sizes.reduce((total, { size }) => total + size, 0);
  const [largest] = sizes.sort((a, b) => b.size - a.size);
  if (largest && sum > limits.requestBytes) {
    throw new InvalidInput(
      `holds ${inMB(sum)} as they are sent, most of it in "${largest.name}"; a request takes ${inMB(limits.requestBytes)}. Attach less, or upload large files and attach them by their file id.`,
    );
  }
};

const dataOf = (block: ContentBlockParam): string => {
  if (block.type !== "image" && block.type !== "document") return "";
  return "data" in block.source ? block.source.data : "";
};

const base64Length = (bytes: Buffer): number => Math.ceil(bytes.length / 3) * 4;

const checkSize = (sentBytes: number): void => {
  if (sentBytes <= limits.requestBytes) return;
  throw new InvalidInput(
    `takes ${inMB(sentBytes)} as it is sent; a request takes ${inMB(limits.requestBytes)}. Attach less, or upload the file and attach it by its file id.`,
  );
};

const inMB = (bytes: number): string => `${(bytes / MiB).toFixed(1).replace(/\.0$/, "")} MB`;

const title = (name: string): string => name.slice(0, limits.title);

/** The media type that the ending of a name tells. */
export const mediaType = (name: string): string | undefined => {
  // Names such as constructor stand in every table.
  const type: unknown = lookup(name);
  return typeof type === "string" ? type : undefined;
};

/** Whether a media type stands for text. */
export const isTextual = (type: string): boolean => textual.test(type);

const textual = /^text\/|[/+](json|xml|csv|yaml|x-yaml|javascript|markdown)(;|$)/;

const kind = (type = ""): "image" | "pdf" | "text" | undefined => {
  if (/^image\/(png|jpe?g|gif|webp)\b/.test(type)) return "image";
  if (type.startsWith("application/pdf")) return "pdf";
  return textual.test(type) ? "text" : undefined;
};

const textOf = (
  name: string,
  bytes: Buffer,
  contentType: string,
): { text: string; warning?: string } => {
  const mark = bytes.toString("hex", 0, 2);
  if (mark === "fffe" || mark === "feff") {
    return { text: new TextDecoder(mark === "fffe" ? "utf-16le" : "utf-16be").decode(bytes) };
  }
  // No text holds a zero byte, most other files do.
  if (!bytes.includes(0)) {
    if (isUtf8(bytes)) return { text: new TextDecoder().decode(bytes) };
    if (textual.test(contentType) || kind(mediaType(name)) === "text") {
      return {
        text: new TextDecoder("windows-1252").decode(bytes),
        warning: "is not UTF-8: it was read as Windows-1252.",
      };
    }
  }
  throw new InvalidInput(
    "is no image (JPEG, PNG, GIF, WebP), no PDF and no text, which is what Claude reads. Convert it to one of them.",
  );
};
