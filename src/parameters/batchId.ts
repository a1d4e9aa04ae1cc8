import { custom } from "./define";
import { pathId } from "./id";

const example = "msgbatch_01HkcTjaV5uDC8jWR4ZsDV8d";

export const batchId = custom("Batch ID", "string", pathId("a batch", example), {
  required: true,
  dataSource: "selectBatch",
  comments: "The ID of the batch, as Create Batch returns it.",
  placeholder: "Reference the ID of a batch",
  example,
});
