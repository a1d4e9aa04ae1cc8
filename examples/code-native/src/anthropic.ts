import manifest from "./manifests/anthropic";
import type { Actions } from "./manifests/types";

/**
 * The actions of the manifest, with the connector's own types: those of the manifest require every
 * input of a group, and do not know the output.
 */
export const anthropic = Object.fromEntries(
  Object.entries(manifest.actions).map(([key, { perform }]) => [key, perform]),
) as unknown as Actions;
