import { action, outputSchema } from "@prismatic-io/spectral";
import { listAllModels, listModelsPage } from "../../claude/models/models";
import { modelsPageExample, modelsPageSchema } from "../../claude/models/schema";
import { asOnePage } from "../../client/pages";
import { connection } from "../../parameters/connection";
import { defaultModel } from "../../parameters/model";
import { paging } from "../../parameters/paging";
import { stepClient } from "../../steps/client";
import { labelsOf } from "../../wording/labels";

const inputs = {
  connection,
  ...paging("model", "models", defaultModel),
};
const labels = labelsOf(inputs);

/** @see https://platform.claude.com/docs/en/api/models/list */
export const listModels = action({
  display: {
    label: "List Models",
    description: "List the Claude models that the API key has access to",
  },
  inputs,
  performSafety: "safe",
  perform: async (context, params) => {
    const client = stepClient(context, params, labels);
    return {
      data: params.fetchAll
        ? asOnePage(await listAllModels(client))
        : await listModelsPage(client, params),
    };
  },
  examplePayload: { data: modelsPageExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: modelsPageSchema }),
});
