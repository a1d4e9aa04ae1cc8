import { resumeAgent } from "./agent/resumeAgent";
import { runAgent } from "./agent/runAgent";
import { cancelBatch } from "./batches/cancelBatch";
import { createBatch } from "./batches/createBatch";
import { deleteBatch } from "./batches/deleteBatch";
import { getBatch } from "./batches/getBatch";
import { getBatchResults } from "./batches/getBatchResults";
import { listBatches } from "./batches/listBatches";
import { deleteFile } from "./files/deleteFile";
import { downloadFile } from "./files/downloadFile";
import { getFile } from "./files/getFile";
import { listFiles } from "./files/listFiles";
import { uploadFile } from "./files/uploadFile";
import { chat } from "./messages/chat";
import { checkText } from "./messages/checkText";
import { classifyAndBranch } from "./messages/classifyAndBranch";
import { countTokens } from "./messages/countTokens";
import { createChatCompletion } from "./messages/createChatCompletion";
import { extractData } from "./messages/extractData";
import { processList } from "./messages/processList";
import { suggestFields } from "./messages/suggestFields";
import { getModel } from "./models/getModel";
import { listModels } from "./models/listModels";
import { rawRequest } from "./rawRequest";

/** Every action by its key, in the order the designer shows them: those that most flows need first. */
export const actions = {
  chat,
  extractData,
  suggestFields,
  processList,
  classifyAndBranch,
  checkText,
  runAgent,
  resumeAgent,
  createBatch,
  getBatch,
  getBatchResults,
  uploadFile,
  downloadFile,
  countTokens,
  listModels,
  getModel,
  listBatches,
  cancelBatch,
  deleteBatch,
  getFile,
  listFiles,
  deleteFile,
  createChatCompletion,
  rawRequest,
};
