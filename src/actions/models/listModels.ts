import { action, outputSchema } from "@prismatic-io/spectral";
import { listAllModels, listModelsPage } from "../../claude/models/models";
import { modelsPageExample, modelsPageSchema } from "../../claude/models/schema";
import { asOnePage } from "../../client/pages";
import { connection } from "../../inputs/connection";
import { paging } from "../../inputs/paging";
import { requestOptions, stepClient } from "../../inputs/requestOptions";

/** @see https://platform.claude.com/docs/en/api/models/list */
export const listModels = action({
  display: {
    label: "List Models",
    description: "List the Claude models that the API key may use",
  },
  inputs: {
    connection,
    ...paging({ one: "model", many: "models", example: "claude-sonnet-5-5" }),
    requestOptions,
  },
  performSafety: "safe",
  perform: async (context, params) => {
    const client = stepClient(context, params);
    return {
      data: params.fetchAll
        ? asOnePage(await listAllModels(client))
        : await listModelsPage(client, params),
    };
  },
  examplePayload: { data: modelsPageExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: modelsPageSchema }),
});
