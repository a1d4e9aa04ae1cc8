import { action, outputSchema } from "@prismatic-io/spectral";
import { retrieveModel } from "../../claude/models/models";
import { modelExample, modelSchema } from "../../claude/models/schema";
import { connection } from "../../inputs/connection";
import { modelInPath } from "../../inputs/model";
import { requestOptions, stepClient } from "../../inputs/requestOptions";

/** @see https://platform.claude.com/docs/en/api/models/retrieve */
export const getModel = action({
  display: {
    label: "Get Model",
    description: "Look up what a Claude model is and what it can do",
  },
  inputs: { connection, model: modelInPath, requestOptions },
  performSafety: "safe",
  perform: async (context, params) => {
    const client = stepClient(context, params);
    const { data } = await retrieveModel(client, params.model);
    return { data };
  },
  examplePayload: { data: modelExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: modelSchema }),
});
