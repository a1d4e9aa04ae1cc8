import { input } from "@prismatic-io/spectral";
import { InputError } from "./InputError";
import { requiredText } from "./read";

/** The model of every input that names one, until a person chooses another. */
export const defaultModel = "claude-sonnet-5-5";

const label = "Model";

/** An id goes into a path and into JSON: no control characters, and nothing that walks up a path. */
export const modelId =
  (label: string) =>
  (value: unknown): string => {
    const model = requiredText(label, "Choose a model or enter its id.")(value).trim();
    if (/[\p{Cc}\p{Cs}]|^\.{1,2}$/u.test(model)) {
      throw new InputError(label, "takes the id of a model, such as claude-sonnet-5-5.");
    }
    return model;
  };

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
