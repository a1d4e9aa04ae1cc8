import type { Labels } from "./labels";

/** A warning that the output of an agent that waits has no links, and what to do. */
export const describeMissingApproval = (why: string, { uploadAttachments }: Labels): string =>
  `approval was left out, because ${why}. ${uploadAttachments ? `Turn on ${uploadAttachments}, or pass` : "Pass"} state to Resume Agent in another way.`;

/** Why a request to Approval Decision is refused: the status, and a sentence for the person and the log. */
export type ApprovalRefusal = readonly [status: number, sentence: string];

export const approvalRefusals = {
  forged: [401, "The link is not valid."],
  unknown: [404, "This approval does not exist, or it was decided before."],
  expired: [410, "This approval has expired."],
  malformed: [400, "The decision must be approve or deny."],
} satisfies Record<string, ApprovalRefusal>;

export const invalidInput = (flow: string, fault: string): ApprovalRefusal => [
  400,
  `The input of ${flow} is not valid: ${fault}`,
];
