import { anthropicEvent } from "./anthropicEvent";
import { batchEnded } from "./batchEnded";

/** Every trigger, by its key. */
export const triggers = { batchEnded, anthropicEvent };
