/* What Upload File, and Chat for large attachments, make of a file. */
import { input } from "@prismatic-io/spectral";
import { imageDimensionsFromData } from "image-dimensions";
import { lookup } from "mrmime";
import { limits, uploadFile } from "../claude/files/files";
import { checkReadable, isImage } from "../claude/messages/attachment";
import { isPdf } from "../claude/messages/pdf";
import type { Client } from "../client/client";
import { type Attachment, readSource } from "./attachments";
import type { Binary } from "./binary";
import { asInput, InputError } from "./InputError";
import { resourceId } from "./id";
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
  clean: resourceId("File ID", "a file", example),
});

/**
 * The bytes of a file in any of the platform's forms: binary, base64, a data URL, or the text that
 * it consists of.
 *
 * @throws InputError for what is no file, and for one of a size that the API does not take.
 */
export const readFile =
  (label: string) =>
  (value: unknown): Binary => {
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
    const file =
      "text" in source
        ? { bytes: Buffer.from(source.text), contentType: "text/plain" }
        : { bytes: source.bytes, contentType: source.contentType };
    checkSize(label, file.bytes);
    return file;
  };

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

/**
 * What a file is: as its bytes say where they do, else as an earlier step says, else as its name
 * says.
 */
export const contentTypeOf = (name: string, { bytes, contentType }: Binary): string => {
  if (isPdf(bytes)) return "application/pdf";
  const image = isImage(bytes) ? imageDimensionsFromData(bytes)?.type : undefined;
  if (image) return `image/${image}`;
  const said = contentType === "application/octet-stream" ? undefined : contentType;
  // Text is the least that a step can say: a name such as data.csv says more.
  return (
    (said === "text/plain" ? undefined : said) ?? lookup(name) ?? said ?? "application/octet-stream"
  );
};

/** A name as the API takes it. */
export const validName = (name: string): string => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const valid = name.replace(/[<>:"|?*\\/\0-\x1f\x7f]/g, "_").trim();
  const ending = /\.[^.]{1,20}$/.exec(valid)?.[0] ?? "";
  return valid.length <= limits.name ? valid : valid.slice(0, limits.name - ending.length) + ending;
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
      checkSize(label, source.bytes);
      if (isPdf(source.bytes)) asInput(label, () => checkReadable(source.bytes));
      const mimeType = contentTypeOf(name, source);
      const { data } = await uploadFile(client, {
        bytes: source.bytes,
        name: validName(name),
        contentType: mimeType,
        expiresInHours: keptFor[option],
      });
      warnings.push(`Attachment "${name}" was uploaded as ${data.id}.`);
      return { name, source: { fileId: data.id, mimeType } };
    }),
  );
  return { ...draft, attachments, warnings: [...draft.warnings, ...warnings] };
};
