import type { ConfigVarVisibility, ConnectionInput } from "@prismatic-io/spectral";
import type { Actions, ConnectionFields } from "./types";

export * from "./types";

/** A connection in the config wizard. */
export interface ConnectionOptions<Field extends string> extends ConfigVarVisibility {
  stableKey: string;
  description?: string;
  /** Initial values of its fields, and who sees them. */
  values?: Partial<Record<Field, ConfigVarVisibility & { value?: string }>>;
}

export interface ConnectionElement extends ConfigVarVisibility {
  stableKey: string;
  description?: string;
  dataType: "connection";
  inputs: Record<string, ConnectionInput>;
}

declare const anthropic: {
  key: "anthropic";
  /** Each action as a function. It can be called while a flow runs. */
  actions: Actions;
  /** Each connection as a function, for the config wizard. */
  connections: {
    [Key in keyof ConnectionFields]: (
      options: ConnectionOptions<ConnectionFields[Key]>,
    ) => ConnectionElement;
  };
};

export default anthropic;
