import { componentManifests } from "@prismatic-io/spectral";

/** Components that are used with a manifest. A package needs none. */
export const componentRegistry = componentManifests({});
