/* What a step that hides data does, in addition to hiding it in requests. */
import type { MessageClient, MessageRequest } from "../claude/messages/send";
import type { Masker } from "../claude/privacy/masker";
import { isObject } from "../client/values";
import { InputError } from "../parameters/InputError";
import { privacy } from "../parameters/privacy";

/** An error whose message does not contain the data that a step hides. */
export const withoutHidden = (masker: Masker | undefined, error: unknown): unknown => {
  if (masker && error instanceof Error) error.message = masker.redact(error.message);
  return error;
};

/** @throws InputError for a file whose content cannot be searched, unless the step sends those. */
export const refuseUnsearchable = (
  { masker }: MessageClient,
  messages: MessageRequest["messages"],
  label: string,
): void => {
  if (!masker || masker.sendsFiles || !hasUnsearchable(messages)) return;
  const { label: files } = privacy.parameters.files.input;
  throw new InputError(
    label,
    `contains an image, a PDF or another file whose content cannot be searched for personal data. Attach its text, or set ${files} in Privacy to send it as it is.`,
  );
};

const unsearchable = ["base64", "url", "file", "container_upload"];

const hasUnsearchable = (value: unknown): boolean =>
  isObject(value) &&
  (unsearchable.includes(String(value.type)) ||
    // The input of a tool call is text, whatever its properties are called.
    Object.entries(value).some(([name, member]) => name !== "input" && hasUnsearchable(member)));
