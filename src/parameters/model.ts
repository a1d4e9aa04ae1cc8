import { custom } from "./define";
import { pathId, plainId } from "./id";

/** The default of every input for a model. */
export const defaultModel = "claude-sonnet-5-5";

/** Some hosts name models by a path such as `./models/llama`. */
export const modelId = plainId("a model", defaultModel);

const label = "Model";

export const model = custom(label, "string", modelId, {
  required: true,
  default: defaultModel,
  dataSource: "selectModel",
  comments: "The Claude model to use. The list shows the models that the API key has access to.",
  placeholder: "Choose a model",
  example: defaultModel,
});

/** The same, if its ID is sent in a path. */
export const modelInPath = { ...model, clean: pathId("a model", defaultModel)(label) };
