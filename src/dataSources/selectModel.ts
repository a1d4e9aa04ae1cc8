import { dataSource } from "@prismatic-io/spectral";
import { listAllModels } from "../claude/models/models";
import { createClient } from "../client/client";
import { connection } from "../inputs/connection";

/** @see https://platform.claude.com/docs/en/api/models/list */
export const selectModel = dataSource({
  display: {
    label: "Select Model",
    description: "The models that the API key may use, newest first",
  },
  dataSourceType: "picklist",
  inputs: { connection },
  perform: async (context, params) => {
    const models = await listAllModels(createClient(context, params.connection));
    return {
      result: models
        .filter(({ lifecycle }) => lifecycle !== "retired")
        .sort((a, b) => (Date.parse(b.created_at) || 0) - (Date.parse(a.created_at) || 0))
        .map(({ id, display_name, lifecycle, retires_at }) => ({
          key: id,
          label: [
            display_name || id,
            lifecycle === "deprecated" &&
              `(deprecated${retires_at ? `, retires ${retires_at.slice(0, 10)}` : ""})`,
          ]
            .filter(Boolean)
            .join(" "),
        })),
    };
  },
  examplePayload: {
    result: [
      { key: "claude-sonnet-5-5", label: "Claude Sonnet 5.5" },
      { key: "claude-sonnet-4-5", label: "Claude Sonnet 4.5 (deprecated, retires 2026-11-30)" },
    ],
  },
});
