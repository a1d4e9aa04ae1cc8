import { action, input, outputSchema } from "@prismatic-io/spectral";
import { largestPage, listAllModels, listModelsPage } from "../../claude/models/models";
import { modelsPageExample, modelsPageSchema } from "../../claude/models/schema";
import { connection } from "../../inputs/connection";
import { flag, optionalInteger, optionalText } from "../../inputs/read";
import { requestOptions, stepClient } from "../../inputs/requestOptions";

const fetchAll = input({
  label: "Fetch All",
  type: "boolean",
  required: false,
  default: "false",
  comments:
    "Read every page and return all models at once. Limit, After ID and Before ID are ignored then.",
  clean: flag("Fetch All"),
});

const beforeId = input({
  label: "Before ID",
  type: "string",
  required: false,
  comments: "Return the page that ends right before this model: the first_id of an earlier page.",
  placeholder: "Enter the id of a model",
  example: "claude-sonnet-5-5",
  clean: optionalText("Before ID"),
});

const afterId = input({
  label: "After ID",
  type: "string",
  required: false,
  comments: "Return the page that begins right after this model: the last_id of an earlier page.",
  placeholder: "Enter the id of a model",
  example: "claude-sonnet-5-5",
  clean: optionalText("After ID"),
});

const limit = input({
  label: "Limit",
  type: "string",
  required: false,
  default: "20",
  comments: `How many models a page holds, 1 to ${largestPage} (default: 20).`,
  placeholder: "Enter a whole number",
  example: "20",
  clean: optionalInteger("Limit", { min: 1, max: largestPage }),
});

/** @see https://platform.claude.com/docs/en/api/models/list */
export const listModels = action({
  display: {
    label: "List Models",
    description: "List the Claude models that the API key may use",
  },
  inputs: { connection, fetchAll, beforeId, afterId, limit, requestOptions },
  performSafety: "safe",
  perform: async (context, params) => {
    const client = stepClient(context, params);
    if (!params.fetchAll) return { data: await listModelsPage(client, params) };
    const models = await listAllModels(client);
    return {
      data: {
        data: models,
        has_more: false,
        first_id: models.at(0)?.id ?? null,
        last_id: models.at(-1)?.id ?? null,
      },
    };
  },
  examplePayload: { data: modelsPageExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: modelsPageSchema }),
});
