import { anthropic } from "./anthropic";
import { gateway } from "./gateway";

/** Every connection, in the order the designer shows them. */
export const connections = [anthropic, gateway];
