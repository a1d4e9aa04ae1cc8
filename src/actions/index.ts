import { chat } from "./messages/chat";
import { classifyAndBranch } from "./messages/classifyAndBranch";
import { countTokens } from "./messages/countTokens";
import { createChatCompletion } from "./messages/createChatCompletion";
import { extractData } from "./messages/extractData";
import { getModel } from "./models/getModel";
import { listModels } from "./models/listModels";
import { rawRequest } from "./rawRequest";

/** Every action by its key, in the order the designer shows them. */
export const actions = {
  chat,
  extractData,
  classifyAndBranch,
  countTokens,
  createChatCompletion,
  getModel,
  listModels,
  rawRequest,
};
