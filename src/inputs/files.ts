/* What Upload File, and Chat for large attachments, make of a file. */
import { input } from "@prismatic-io/spectral";
import { imageDimensionsFromData } from "image-dimensions";
import { limits, uploadFile } from "../claude/files/files";
import {
  checkReadable,
  isImage,
  isTextual,
  isWholeBase64,
  mediaType,
} from "../claude/messages/attachment";
import { isPdf } from "../claude/messages/pdf";
import type { Client } from "../client/client";
import { type Attachment, readSource } from "./attachments";
import { asInput, InputError } from "./InputError";
import { pathId } from "./id";
import type { MessageDraft } from "./messageRequest";

const example = "file_011CNha8iCJcU1wXNR6q4V8w";

export const fileId = input({
  label: "File ID",
  type: "string",
  required: true,
  dataSource: "selectFile",
  comments: "The id of the file, as Upload File returns it.",
  placeholder: "Reference the id of a file",
  example,
  clean: pathId("File ID", "a file", example),
});

/** A file that somebody gave: bytes, or a text that may stand for bytes. */
export type GivenFile = { bytes: Buffer; contentType?: string } | { text: string };

/**
 * Reads a file in any of the platform's forms: binary, base64, a data URL, or the text that it
 * consists of.
 *
 * @throws InputError for what is no file.
 */
export const readFile =
  (label: string) =>
  (value: unknown): GivenFile => {
    const source = readSource(label)(value);
    if ("url" in source) {
      throw new InputError(
        label,
        "is an address. Fetch it in a step before and reference what comes.",
      );
    }
    if ("fileId" in source) {
      throw new InputError(
        label,
        `is the id of a file that is uploaded already: ${source.fileId}.`,
      );
    }
    return source;
  };

/**
 * A file under its name. What it is, its bytes say where they can, then the step before, then its
 * name. A text under the name of what is no text is base64.
 *
 * @throws InputError for one of a size that the API does not take.
 */
export const namedFile = (
  label: string,
  name: string,
  file: GivenFile,
): { bytes: Buffer; contentType: string } => {
  const named = typeOf(name);
  const bytes =
    "bytes" in file
      ? file.bytes
      : named && !isTextual(named) && isWholeBase64(file.text.trim())
        ? Buffer.from(file.text, "base64")
        : undefined;
  if (bytes === undefined) {
    if (named && named !== anything && !isTextual(named)) {
      throw new InputError(
        label,
        `is text, but ${name} is the name of another kind of file. Let the step before return binary.`,
      );
    }
    const text = Buffer.from("text" in file ? file.text : "");
    checkSize(label, text);
    return { bytes: text, contentType: named && isTextual(named) ? named : "text/plain" };
  }
  checkSize(label, bytes);
  const said = "bytes" in file ? file.contentType : undefined;
  const isVague = said === undefined || [anything, "text/plain"].includes(said);
  return {
    bytes,
    contentType: contentTypeOf(bytes) ?? (isVague ? named : undefined) ?? said ?? anything,
  };
};

const anything = "application/octet-stream";

/** What only bytes of its kind begin with. */
const contentTypeOf = (bytes: Buffer): string | undefined => {
  if (isPdf(bytes)) return "application/pdf";
  const image = isImage(bytes) ? imageDimensionsFromData(bytes)?.type : undefined;
  return image && `image/${image}`;
};

const openXml = "application/vnd.openxmlformats-officedocument";

/** Types that the table of mrmime lacks, and that Claude's code works with. */
const officeTypes = new Map([
  ["docx", `${openXml}.wordprocessingml.document`],
  ["xlsx", `${openXml}.spreadsheetml.sheet`],
  ["pptx", `${openXml}.presentationml.presentation`],
  ["doc", "application/msword"],
  ["xls", "application/vnd.ms-excel"],
  ["ppt", "application/vnd.ms-powerpoint"],
]);

const typeOf = (name: string): string | undefined =>
  officeTypes.get(name.split(".").at(-1)?.toLowerCase() ?? "") ?? mediaType(name);

const checkSize = (label: string, { length }: Buffer): void => {
  if (length === 0) throw new InputError(label, "is empty.");
  if (length > limits.bytes) {
    throw new InputError(
      label,
      `has ${inMB(length)}; the API takes ${inMB(limits.bytes)}. Split it or make it smaller.`,
    );
  }
};

const inMB = (bytes: number): string => `${Math.ceil(bytes / 1_024 / 1_024)} MB`;

/** A name as the API takes it. */
export const validName = (name: string): string => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const valid = name.replace(/[<>:"|?*\\/\0-\x1f\x7f]/g, "_").trim();
  const ending = /\.[^.]{1,20}$/.exec(valid)?.[0] ?? "";
  if (valid.length <= limits.name) return valid;
  const cut = valid.slice(0, limits.name - ending.length);
  // No emoji cut in two.
  return cut.replace(/[\ud800-\udbff]$/, "") + ending;
};

/** From this size on, an attachment is better uploaded than sent along. In bytes. */
const large = 5_000_000;

/** How long Upload Large Attachments keeps them, in hours. */
const keptFor = { day: 24, month: 30 * 24, keep: undefined };

/**
 * Uploads the large attachments of a message, where that is asked for. They are then named by id.
 *
 * @throws InputError for what the API would not read.
 */
export const withUploads = async (
  client: Client,
  draft: MessageDraft,
  option: "off" | keyof typeof keptFor,
): Promise<MessageDraft> => {
  if (option === "off") return draft;
  const warnings: string[] = [];
  const attachments = await Promise.all(
    draft.attachments.map(async (attachment): Promise<Attachment> => {
      const { name, source } = attachment;
      if (!("bytes" in source) || source.bytes.length < large) return attachment;
      const label = `Attachments "${name}"`;
      if (isPdf(source.bytes)) asInput(label, () => checkReadable(source.bytes));
      const file = namedFile(label, name, source);
      const { data } = await uploadFile(client, {
        ...file,
        name: validName(name),
        expiresInHours: keptFor[option],
      });
      warnings.push(`Attachment "${name}" was uploaded as ${data.id}.`);
      return { name, source: { fileId: data.id, mimeType: file.contentType } };
    }),
  );
  return { ...draft, attachments, warnings: [...draft.warnings, ...warnings] };
};
