import { selectModel } from "./selectModel";

/** Every data source, by its key. */
export const dataSources = { selectModel };
