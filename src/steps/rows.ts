/* Requests that are made of the rows of a list: what they share is made once, what differs for each. */
import type { ContentBlockParam, MessageParam } from "@anthropic-ai/sdk/resources/messages";
import { checkTogether } from "../claude/messages/attachment";
import type { MessageRequest } from "../claude/messages/send";
import { placeholders } from "../claude/messages/template";
import type { ToolNames } from "../claude/messages/tools";
import type { Client } from "../client/client";
import type { Attachment } from "../parameters/attachments";
import { asInput, InputError } from "../parameters/InputError";
import {
  attachmentsField,
  type FilledTemplate,
  fillFromItems,
  type Item,
} from "../parameters/items";
import { requestOptions } from "../parameters/requestOptions";
import { rowMessage, rowSystemPrompt } from "../parameters/rowMessage";
import type { Labels } from "../wording/labels";
import { describeNotice } from "../wording/notices";
import { adaptToModel } from "./adaptToModel";
import {
  attachmentBlock,
  type typesOfFiles,
  withDocumentAsText,
  withFileType,
} from "./attachmentBlocks";
import { prepareMessage } from "./prepareMessage";
import { type MessageDraft, readMessage } from "./readMessage";

/** The texts of each row. */
export interface Filled {
  messages: FilledTemplate;
  /** Undefined if all rows have the same system prompt. */
  systemPrompts?: FilledTemplate;
}

/**
 * Fills Message and System Prompt for each row.
 *
 * @param isEmptyAllowed Whether a row without text is an error of that row only.
 * @throws InputError for templates that make all requests the same, or that no row can fill.
 */
export const fillTemplates = (
  rows: readonly Item[],
  {
    message,
    systemPrompt: system = "",
    requestOptions: options,
  }: { message: string; systemPrompt?: string; requestOptions: unknown },
  { hasAttachments, isEmptyAllowed }: { hasAttachments: boolean; isEmptyAllowed?: boolean },
): Filled => {
  const names = placeholders([message, system]);
  if (rows.length > 1 && names.length === 0 && !hasAttachments) {
    throw new InputError(
      rowMessage.label,
      "has no {{field}} of the items: every request would be the same.",
    );
  }
  const differs = placeholders([system]).length > 0;
  const how = { isEmptyAllowed, isData: requestOptions.read(options).contentAsData };
  return {
    messages: fillFromItems(rowMessage.label, message, rows, how),
    systemPrompts: differs ? fillFromItems(rowSystemPrompt.label, system, rows, how) : undefined,
  };
};

type RowInputs = Omit<Parameters<typeof readMessage>[0], "message">;

/** The message of the first row: what the others share with it is adapted to the model once. */
export const draftOfRows = (
  { messages, systemPrompts }: Filled,
  inputs: RowInputs,
  labels: Labels,
  schema?: MessageDraft["schema"],
): MessageDraft => {
  const system = systemPrompts ? systemPrompts.at(0) : inputs.systemPrompt;
  const inputsOfFirst = { ...inputs, message: messages.at(0) || "-", systemPrompt: system };
  const { body, ...draft } = readMessage(inputsOfFirst, labels, { schema });
  if (draft.extraParameters && "messages" in draft.extraParameters) {
    throw new InputError(
      requestOptions.parameters.extraParameters.input.label,
      `cannot set messages, which ${rowMessage.label} sets. Remove it.`,
    );
  }
  const { cache_control, ...rest } = body;
  if (!cache_control) return { ...draft, body: rest };
  // Automatic caching caches up to the end of a prompt, where each row differs.
  if (system && !systemPrompts) {
    return { ...draft, body: rest, system: [{ type: "text", text: system, cache_control }] };
  }
  const notice = `${labels.cache} was ignored: only a ${rowSystemPrompt.label} without {{field}} is cached.`;
  return { ...draft, body: rest, warnings: [...draft.warnings, notice] };
};

/** What the requests of all rows share, and the parts of each. */
export interface RowRequests {
  /** Without what differs. */
  request: Omit<MessageRequest, "messages">;
  betas: string[];
  names: ToolNames;
  warnings: string[];
  /** What differs in the request of a row. */
  partsOf(
    index: number,
    blocks: readonly ContentBlockParam[],
  ): { messages: MessageParam[]; system?: string };
}

/** Adapts the requests of all rows to the model, once. */
export const adaptRows = async (
  client: Client,
  draft: MessageDraft,
  { messages, systemPrompts }: Filled,
  model: string,
  labels: Labels,
): Promise<RowRequests> => {
  const prepared = await prepareMessage(client, draft, labels);
  const { request, betas, names, warnings } = await adaptToModel(client, prepared, model, labels);
  const { messages: _, system, ...rest } = request;
  // Extra Parameters may set the system prompt of every row.
  const systems = "system" in (draft.extraParameters ?? {}) ? undefined : systemPrompts;
  // What the model or the host needs is added to the system prompt of the first row, if it has one.
  const ofFirst = typeof draft.system === "string" ? draft.system : "";
  const added = typeof system === "string" ? system.slice(ofFirst.length).trimStart() : "";
  const withAdded = (prompt = "") => [prompt, added].filter((text) => text.trim()).join("\n\n");
  return {
    request: systems ? rest : { ...rest, system },
    betas,
    names,
    warnings: [
      ...prepared.warnings,
      ...warnings,
      ...messages.warnings,
      ...(systems?.warnings ?? []),
    ],
    partsOf: (index, blocks) => {
      const text = messages.at(index);
      const own: ContentBlockParam[] = text === "" ? [] : [{ type: "text", text }];
      const content = blocks.length > 0 ? [...blocks, ...own] : text;
      return {
        messages: [{ role: "user", content }],
        ...(systems ? { system: withAdded(systems.at(index)) } : {}),
      };
    },
  };
};

type FileTypes = Awaited<ReturnType<typeof typesOfFiles>>;

/** The attachments of a row with documents as text, and what was adjusted in them. */
export const readRowFiles = (
  files: readonly Attachment[],
  index: number,
  types: FileTypes,
  labels: Labels,
): { files: Attachment[]; notes: string[] } => {
  const notes: string[] = [];
  const read = files.flatMap((file) => {
    const label = `${attachmentsField.label}, row ${index + 1}, "${file.name}"`;
    const { attachments, notices } = withDocumentAsText(withFileType(file, types), label, labels);
    for (const { name, notice } of notices) {
      notes.push(`Row ${index + 1}, "${name}": ${describeNotice(notice, labels)}`);
    }
    return attachments;
  });
  return { files: read, notes };
};

/** @throws InputError that names the row of a file that the API does not accept. */
export const rowBlocks = (
  files: readonly Attachment[],
  index: number,
  { serverTools }: MessageDraft["tools"],
  labels: Labels,
): { blocks: ContentBlockParam[]; notes: string[] } => {
  const hasCodeExecution = serverTools.includes("codeExecution");
  const label = `${attachmentsField.label}, row ${index + 1},`;
  const all = files.map((file) =>
    attachmentBlock(file, `${label} "${file.name}"`, { hasCodeExecution, labels }),
  );
  asInput(label, () => checkTogether(all), labels);
  const notes = all.flatMap(({ name, notice }) =>
    notice ? `Row ${index + 1}, "${name}": ${describeNotice(notice, labels)}` : [],
  );
  return { blocks: all.map(({ block }) => block), notes };
};

const maxListed = 10;

/**
 * The first of many warnings.
 *
 * @param others What the number of the others counts.
 */
export const listedNotes = (notes: readonly string[], others: string): string[] => {
  const more = notes.length - maxListed;
  return more > 0 ? [...notes.slice(0, maxListed), `${more} more ${others}.`] : [...notes];
};

/** Warnings of rows, each text once. */
export class RowNotes {
  readonly #rows = new Map<string, { first: number; others: number }>();

  add(index: number, texts: readonly string[]): void {
    for (const text of texts) {
      const known = this.#rows.get(text);
      if (known) known.others += 1;
      else this.#rows.set(text, { first: index + 1, others: 0 });
    }
  }

  list(): string[] {
    const all = [...this.#rows].map(([text, { first, others }]) =>
      /^Row \d/.test(text) ? text : `${text} (row ${first}${others ? ` and ${others} more` : ""})`,
    );
    return listedNotes(all, "warnings were left out");
  }
}
