import { anthropic } from "./anthropic";

/** Every connection, in the order the designer shows them. */
export const connections = [anthropic];
