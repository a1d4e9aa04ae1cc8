// Tells spectral the names and types of this integration's config variables and components.
import type { componentRegistry, configPages } from "../src";

type Pages = typeof configPages;
type Registry = typeof componentRegistry;

declare module "@prismatic-io/spectral" {
  interface IntegrationDefinitionConfigPages extends Pages {}
  interface IntegrationDefinitionComponentRegistry extends Registry {}
}
