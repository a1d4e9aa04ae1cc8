import { input } from "@prismatic-io/spectral";
import { resourceId } from "./id";

/** The model of every input that names one, until a person chooses another. */
export const defaultModel = "claude-sonnet-5-5";

const label = "Model";

export const modelId = (label: string) => resourceId(label, "a model", defaultModel);

export const model = input({
  label,
  type: "string",
  required: true,
  default: defaultModel,
  dataSource: "selectModel",
  comments: "The Claude model to use. The list shows the models that the API key may use.",
  placeholder: "Choose a model",
  example: defaultModel,
  clean: modelId(label),
});
