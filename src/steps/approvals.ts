/* Approvals that the platform stores until a person opens one of their links. */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { PendingCall } from "../claude/agent/agent";
import type { AgentOutput } from "../claude/agent/schema";
import { isRecord } from "../client/values";
import type { FlowContext, FlowTool } from "../parameters/flows";
import { type ApprovalRefusal, approvalRefusals } from "../wording/approvals";
import { deleteOutdated, maxEntryBytes, type StateContext } from "./sharedState";

/** A call that a person decides on. */
export interface ApprovalCall extends Pick<PendingCall, "id" | "input"> {
  flow: string;
  /** Of the input, in case it is changed. */
  schema: Record<string, unknown>;
}

/** Stored in an entry of the shared state: a run is too long for a link. */
interface Entry {
  /** The sealed state of the run. */
  state: string;
  calls: ApprovalCall[];
  /** The key of the token in the links. */
  secret: string;
  /** RFC 3339. */
  expiresAt: string;
}

const prefix = "claude-approval:";
const maxAgeMs = 7 * 86_400_000;

/** The key of the entry of an approval. */
export const approvalKey = (id: string): string => prefix + id;

/** The ID is not secret. Without the stored secret, nobody can make its token. */
const tokenOf = (id: string, secret: string): string =>
  createHmac("sha256", secret).update(id).digest("base64url");

const isOpen = (entry: unknown): boolean =>
  isRecord(entry) && Date.parse(String(entry.expiresAt)) > Date.now();

/**
 * Makes the links of a run that waits.
 *
 * @param flow The flow that starts with Approval Decision.
 * @returns The links and the changed entries of the shared state, or why there are none.
 */
export const offerApproval = (
  { crossFlowState, webhookUrls }: StateContext & FlowContext,
  flow: string,
  state: string,
  pending: readonly PendingCall[],
  flows: readonly FlowTool[],
): { approval: AgentOutput["approval"]; crossFlowState: Record<string, unknown> } | string => {
  const url = webhookUrls?.[flow];
  if (!url) return `this integration has no flow ${flow}`;
  const calls = pending.map(({ id, tool, input }): ApprovalCall => {
    const { flow, definition } = flows.find(
      ({ definition }) => definition.name === tool,
    ) as FlowTool;
    return { id, flow, input, schema: definition.input_schema };
  });
  const [id = "", secret = ""] = [16, 32].map((size) => randomBytes(size).toString("base64url"));
  const expiresAt = new Date(Date.now() + maxAgeMs).toISOString();
  const entry: Entry = { state, calls, secret, expiresAt };
  if (Buffer.byteLength(JSON.stringify(entry)) > maxEntryBytes) {
    return "the state is larger than 200 kB";
  }
  const link = (decision: string) =>
    `${url}${url.includes("?") ? "&" : "?"}${new URLSearchParams({ id, token: tokenOf(id, secret), decision })}`;
  const [approveUrl, denyUrl] = [link("approve"), link("deny")];
  const shown = calls.slice(0, maxShownCalls);
  const more = calls.length - shown.length;
  const markdown = [
    ...shown.map(({ flow, input }) => `**${flow}**\n\`${shortInput(input)}\``),
    ...(more > 0 ? [`and ${more} more`] : []),
    `[Approve](${approveUrl}) · [Deny](${denyUrl})`,
  ].join("\n\n");
  return {
    approval: { approveUrl, denyUrl, markdown, expiresAt },
    crossFlowState: {
      ...deleteOutdated(crossFlowState, prefix, isOpen),
      [approvalKey(id)]: entry,
    },
  };
};

/** Chats truncate long messages, and the links are at the end. */
const maxShownCalls = 10;
const maxShownInput = 500;

/** JSON that cannot end the code it is in, or mention anyone in a chat. */
const shortInput = (input: unknown): string => {
  const text = JSON.stringify(input).replace(
    /[`<>&@]/g,
    (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
  );
  return text.length > maxShownInput ? `${text.slice(0, maxShownInput)}…` : text;
};

/** The stored approval of a link, or why there is none. */
export const findApproval = (
  { crossFlowState }: StateContext,
  id: string,
  token: string,
): Entry | ApprovalRefusal => {
  const entry = crossFlowState?.[approvalKey(id)] as Entry | undefined;
  if (!isRecord(entry)) return approvalRefusals.unknown;
  const given = Buffer.from(token);
  const expected = Buffer.from(tokenOf(id, entry.secret));
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    return approvalRefusals.forged;
  }
  return isOpen(entry) ? entry : approvalRefusals.expired;
};
