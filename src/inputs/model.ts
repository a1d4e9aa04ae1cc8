import { input } from "@prismatic-io/spectral";
import { pathId, plainId } from "./id";

/** The model of every input that names one, until a person chooses another. */
export const defaultModel = "claude-sonnet-5-5";

const label = "Model";

/** Some hosts name models by a place in their folders, such as `./models/llama`. */
export const modelId = (label: string) => plainId(label, "a model", defaultModel);

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

/** The same, where its id becomes part of a path. */
export const modelInPath = { ...model, clean: pathId(label, "a model", defaultModel) };
