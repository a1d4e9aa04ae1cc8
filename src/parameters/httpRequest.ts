/* Readers of the parts of an HTTP request: a path, headers and a body. */
import { bytesBody, type FormPart, formBody, jsonBody, type RequestBody } from "../client/body";
import { isConnectionHeader, isValidHeader, joinHeaders } from "../connections/headers";
import { didYouMean, nearest } from "../wording/suggest";
import { asBinary, type Binary } from "./binary";
import { InputError } from "./InputError";
import { jsonFault } from "./jsonFault";
import { isBlank, optionalText, type Reader, refuseCode } from "./read";

/** The value of a form field, parameter or header: text, unchanged, which may be empty. */
export const fieldText: Reader<string> = (label) => (value) =>
  typeof value === "string" ? value : (optionalText(label)(value) ?? "");

/** A path below `/v1`, and the query in it. */
export const readPath = (
  label: string,
  text: string,
): { path: string; query: [string, string][] } => {
  const typed = text.trim();
  const refuse = (why: string) =>
    new InputError(
      label,
      `must be a path such as /models, ${why}, but was ${JSON.stringify(typed)}.`,
    );
  // A host in the path would get the credential.
  if (/^[a-z][a-z\d+.-]*:|^[/\\]{2}|[\\\s#]/i.test(typed)) {
    throw refuse("without host, spaces, # or \\");
  }
  const below = typed.replace(/^\/?(v1(?=[/?]|$))?\/?/, "/");
  const [path = ""] = below.split("?");
  // Servers may decode %2e and %2f before or after they resolve the path.
  if (path.split(/\/|%2f|%5c/i).some((segment) => /^(\.|%2e){1,2}$/i.test(segment))) {
    throw refuse('without "." and ".." as segments');
  }
  const { pathname, searchParams } = new URL(`http://any.host/v1${below}`);
  return { path: pathname, query: [...searchParams] };
};

/**
 * Headers by their names in lower case. The values of a name that occurs twice are joined, as HTTP
 * specifies.
 *
 * @param credentialHeaders Names that only the connection sets, in lower case.
 */
export const readHeaders = (
  label: string,
  rows: { key: string; value: string }[],
  credentialHeaders: readonly string[],
): Record<string, string> =>
  joinHeaders(
    rows.map(({ key, value }) => {
      const refuse = (why: string) => new InputError(label, `${JSON.stringify(key)} ${why}`);
      const name = key.trim().toLowerCase();
      if (!isValidHeader(name, value)) {
        throw refuse(
          "is not a valid header: a name consists of letters, digits and dashes, and a value of Latin-1 characters without line breaks.",
        );
      }
      if (credentialHeaders.includes(name)) {
        throw refuse(
          "is the header of the credential, which the connection sets. Remove this row.",
        );
      }
      if (isConnectionHeader(name)) throw refuse("is set automatically. Remove this row.");
      return [name, value] as const;
    }),
  );

/** The inputs of a body, all read but Data. */
interface BodyInputs {
  data?: unknown;
  formData: { key: string; value: string }[];
  fileData: { key: string; value: Binary }[];
  fileDataFileNames: { key: string; value: string }[];
}

/**
 * The body of the request, undefined if none is given.
 *
 * @param labels Of the step.
 * @param contentType The header of that name, if it is given.
 */
export const readBody = (
  { data, formData, fileData, fileDataFileNames }: BodyInputs,
  labels: Record<keyof BodyInputs | "headers", string>,
  contentType: string | undefined,
): RequestBody | undefined => {
  const forms = `${labels.formData} or ${labels.fileData}`;
  const fileKeys = new Set(fileData.map(({ key }) => key));
  for (const { key } of fileDataFileNames) {
    if (!fileKeys.has(key)) {
      throw new InputError(
        labels.fileDataFileNames,
        `has the key ${JSON.stringify(key)}, but ${labels.fileData} does not.${didYouMean(nearest(key, [...fileKeys]))}`,
      );
    }
  }
  if (formData.length === 0 && fileData.length === 0) {
    return isBlank(data) ? undefined : readData(labels.data, data, contentType);
  }
  if (!isBlank(data)) {
    throw new InputError(labels.data, `cannot be combined with ${forms}: a request has one body.`);
  }
  if (contentType !== undefined) {
    throw new InputError(
      labels.headers,
      `"content-type" cannot be combined with ${forms}: a form sets its own. Remove this row.`,
    );
  }
  const names = new Map(fileDataFileNames.map(({ key, value }) => [key, value]));
  return formBody([
    ...formData.map(({ key, value }): FormPart => ({ name: key, content: value })),
    ...fileData.map(
      ({ key, value: { bytes, contentType } }): FormPart => ({
        name: key,
        content: bytes,
        contentType,
        fileName: names.get(key) ?? key,
      }),
    ),
  ]);
};

const readData = (label: string, data: unknown, contentType = "application/json"): RequestBody => {
  const binary = asBinary(label)(data);
  if (binary) return bytesBody(binary.bytes, binary.contentType ?? "application/octet-stream");
  if (typeof data !== "string") return jsonData(label, data);
  try {
    if (/\bjson\b/i.test(contentType)) JSON.parse(data);
  } catch {
    throw new InputError(
      label,
      `must be valid JSON${jsonFault(data)} For other text, set a content-type header.`,
    );
  }
  return bytesBody(Buffer.from(data), contentType);
};

const jsonData = (label: string, data: unknown): RequestBody => {
  refuseCode(label, data);
  try {
    return jsonBody(data);
  } catch (error) {
    const why = error instanceof RangeError ? "it is nested too deeply" : (error as Error).message;
    throw new InputError(label, `cannot be written as JSON: ${why}.`);
  }
};
