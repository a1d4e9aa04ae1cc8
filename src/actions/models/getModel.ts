import { action, outputSchema } from "@prismatic-io/spectral";
import { retrieveModel } from "../../claude/models/models";
import { modelExample, modelSchema } from "../../claude/models/schema";
import { connection } from "../../parameters/connection";
import { modelInPath } from "../../parameters/model";
import { stepClient } from "../../steps/client";
import { labelsOf } from "../../wording/labels";

const inputs = { connection, model: modelInPath };
const labels = labelsOf(inputs);

/** @see https://platform.claude.com/docs/en/api/models/retrieve */
export const getModel = action({
  display: {
    label: "Get Model",
    description: "Get the limits and capabilities of a Claude model",
  },
  inputs,
  performSafety: "safe",
  perform: async (context, params) => {
    const client = stepClient(context, params, labels);
    const { data } = await retrieveModel(client, params.model);
    return { data };
  },
  examplePayload: { data: modelExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: modelSchema }),
});
