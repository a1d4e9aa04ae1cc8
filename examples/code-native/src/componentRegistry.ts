import { componentManifests } from "@prismatic-io/spectral";
import anthropic from "./manifests/anthropic";

export const componentRegistry = componentManifests({ anthropic });
