import { selectBatch } from "./selectBatch";
import { selectFile } from "./selectFile";
import { selectModel } from "./selectModel";

/** Every data source, by its key. */
export const dataSources = { selectModel, selectBatch, selectFile };
