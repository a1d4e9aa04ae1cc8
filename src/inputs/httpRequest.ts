/* Readers of what Raw Request takes: a path, headers and a body. */
import http from "node:http";
import { bytesBody, type FormPart, formBody, jsonBody, type RequestBody } from "../client/body";
import { asBinary, type Binary } from "./binary";
import { InputError } from "./InputError";
import { isBlank, optionalText, refuseCode } from "./read";

/** The value of a form field, parameter or header: text exactly as it is, which may be empty. */
export const fieldText =
  (label: string) =>
  (value: unknown): string =>
    typeof value === "string" ? value : (optionalText(label)(value) ?? "");

/** A path below `/v1`, apart from the query it may carry. */
export const readPath = (text: string): { path: string; query: [string, string][] } => {
  const typed = text.trim();
  const refuse = (why: string) =>
    new InputError(
      "URL",
      `takes a path such as /models, ${why}, but it is ${JSON.stringify(typed)}.`,
    );
  // A host in the path would send the credential there.
  if (/^[a-z][a-z\d+.-]*:|^[/\\]{2}|[\\\s#]/i.test(typed)) {
    throw refuse("without host, spaces, # or \\");
  }
  const below = typed.replace(/^\/?(v1(?=[/?]|$))?\/?/, "/");
  const [path = ""] = below.split("?");
  // Servers undo %2e and %2f at times of their own choosing.
  if (path.split(/\/|%2f|%5c/i).some((piece) => /^(\.|%2e){1,2}$/i.test(piece))) {
    throw refuse('without the pieces "." and ".."');
  }
  const { pathname, searchParams } = new URL(`http://any.host/v1${below}`);
  return { path: pathname, query: [...searchParams] };
};

/** Headers that follow from the request itself. */
const ownHeaders = [
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/**
 * Headers by their names in lower case. Of a name that comes twice the values are joined, as HTTP
 * has it.
 *
 * @param credentialHeaders Names that only the connection sets, in lower case.
 */
export const readHeaders = (
  label: string,
  rows: { key: string; value: string }[],
  credentialHeaders: readonly string[],
): Record<string, string> => {
  const headers = new Map<string, string>();
  for (const { key, value } of rows) {
    const refuse = (why: string) => new InputError(label, `${JSON.stringify(key)} ${why}`);
    const name = key.trim().toLowerCase();
    try {
      http.validateHeaderName(name);
      http.validateHeaderValue(name, value);
    } catch {
      throw refuse(
        "is no header: a name takes letters, digits and dashes, a value takes no line breaks.",
      );
    }
    if (credentialHeaders.includes(name)) {
      throw refuse("carries the credential, which comes from the connection. Remove this row.");
    }
    if (ownHeaders.includes(name)) {
      throw refuse("follows from the request. Remove this row.");
    }
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return Object.fromEntries(headers);
};

/** The inputs that make a body, each read already but for Data. */
interface BodyInputs {
  data?: unknown;
  formData: { key: string; value: string }[];
  fileData: { key: string; value: Binary }[];
  fileDataFileNames: { key: string; value: string }[];
}

/**
 * The body of the request, undefined where none is given.
 *
 * @param contentType The header of that name, where the person set it.
 */
export const readBody = (
  { data, formData, fileData, fileDataFileNames }: BodyInputs,
  contentType: string | undefined,
): RequestBody | undefined => {
  for (const { key } of fileDataFileNames) {
    if (!fileData.some((file) => file.key === key)) {
      throw new InputError(
        "File Data File Names",
        `names ${JSON.stringify(key)}, which is no key of File Data.`,
      );
    }
  }
  if (formData.length === 0 && fileData.length === 0) {
    return isBlank(data) ? undefined : readData(data, contentType);
  }
  if (!isBlank(data)) {
    throw new InputError(
      "Data",
      "cannot go together with Form Data or File Data: a request has one body.",
    );
  }
  if (contentType !== undefined) {
    throw new InputError(
      "Header",
      '"content-type" cannot go together with Form Data or File Data: a form sets its own. Remove this row.',
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

const jsonData = (data: unknown): RequestBody => {
  refuseCode("Data", data);
  try {
    return jsonBody(data);
  } catch (error) {
    const why = error instanceof RangeError ? "it is nested too deeply" : (error as Error).message;
    throw new InputError("Data", `cannot be written as JSON: ${why}.`);
  }
};

const readData = (data: unknown, contentType = "application/json"): RequestBody => {
  const binary = asBinary("Data")(data);
  if (binary) return bytesBody(binary.bytes, binary.contentType ?? "application/octet-stream");
  if (typeof data !== "string") return jsonData(data);
  try {
    if (/\bjson\b/i.test(contentType)) JSON.parse(data);
  } catch (error) {
    throw new InputError(
      "Data",
      `is not JSON: ${(error as Error).message}. For other text set a content-type header.`,
    );
  }
  return bytesBody(Buffer.from(data), contentType);
};
