import type { ModelInfo } from "@anthropic-ai/sdk/resources/models";
import { dataSource } from "@prismatic-io/spectral";
import { listAllModels } from "../claude/models/models";
import { isText } from "../client/values";
import { connection } from "../parameters/connection";
import { stepClient } from "../steps/client";

/** A model as Anthropic lists it, or with the members that hosts modelled on OpenAI have instead. */
type ListedModel = ModelInfo & {
  name?: string;
  /** In seconds since the epoch. */
  created?: number;
};

/** In ms since the epoch, 0 if it is not known. */
const releasedAt = ({ created_at, created }: ListedModel): number =>
  (isText(created_at) && Date.parse(created_at)) ||
  (typeof created === "number" ? created * 1_000 : 0);

/** @see https://platform.claude.com/docs/en/api/models/list */
export const selectModel = dataSource({
  display: {
    label: "Select Model",
    description: "The models that the API key has access to, newest first",
  },
  dataSourceType: "picklist",
  inputs: { connection },
  perform: async (context, params) => {
    const models: ListedModel[] = await listAllModels(stepClient(context, params, {}));
    return {
      result: models
        .filter((model) => isText(model.id) && model.lifecycle !== "retired")
        .sort((a, b) => releasedAt(b) - releasedAt(a))
        .map(({ id, display_name, name, lifecycle, retires_at }) => ({
          key: id,
          label: [
            [display_name, name, id].find(isText),
            lifecycle === "deprecated" &&
              `(deprecated${isText(retires_at) ? `, retires ${retires_at.slice(0, 10)}` : ""})`,
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
