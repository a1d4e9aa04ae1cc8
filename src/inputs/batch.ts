import { input } from "@prismatic-io/spectral";
import { pathId } from "./id";

const example = "msgbatch_01HkcTjaV5uDC8jWR4ZsDV8d";

export const batchId = input({
  label: "Batch ID",
  type: "string",
  required: true,
  dataSource: "selectBatch",
  comments: "The id of the batch, as Create Batch returns it.",
  placeholder: "Reference the id of a batch",
  example,
  clean: pathId("Batch ID", "a batch", example),
});
