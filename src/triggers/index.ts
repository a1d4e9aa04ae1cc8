import { anthropicEvent } from "./anthropicEvent";
import { approvalDecision } from "./approvalDecision";
import { batchEnded } from "./batchEnded";

/** Every trigger, by its key. */
export const triggers = { batchEnded, anthropicEvent, approvalDecision };
