/** The guides, in the order of the index. All but files.md are written by hand. */
export const guides: [file: string, title: string][] = [
  ["first-flow.md", "A first flow"],
  ["recipes.md", "Recipes"],
  ["examples.md", "Integrations to import"],
  ["files.md", "Files of other steps"],
  ["conversations.md", "Conversations over several executions"],
  ["data.md", "Data extraction and routing"],
  ["lists.md", "Lists, row by row"],
  ["agents.md", "Agents with flows as tools"],
  ["batches.md", "Batches, files and webhooks"],
  ["failures.md", "Failures as data"],
  ["retries.md", "A flow that retries"],
  ["privacy.md", "Personal data"],
  ["checks.md", "Checks of texts"],
  ["usage.md", "Usage by customer, and a budget"],
  ["gateways.md", "Gateways and other hosts"],
  ["openai-format.md", "OpenAI's chat format"],
  ["code-native.md", "Code-native integrations"],
  ["prismatic-anthropic.md", "Coming from Prismatic's Anthropic connector"],
  ["golioth.md", "Migrating from Golioth"],
  ["portkey.md", "Migrating from Portkey"],
  ["langchain.md", "Migrating from LangChain"],
  ["aiml-api.md", "Migrating from AI/ML API"],
];

const batches = "batches.md";

/** The guides to an action. */
const guidesOf: Record<string, string[]> = {
  chat: ["conversations.md", "files.md", "privacy.md"],
  extractData: ["data.md", "files.md", "privacy.md"],
  suggestFields: ["data.md"],
  processList: ["lists.md", "privacy.md"],
  classifyAndBranch: ["data.md", "privacy.md"],
  createChatCompletion: ["openai-format.md"],
  checkText: ["checks.md"],
  runAgent: ["agents.md", "privacy.md", "checks.md"],
  resumeAgent: ["agents.md"],
  createBatch: [batches],
  getBatch: [batches],
  getBatchResults: [batches],
  listBatches: [batches],
  cancelBatch: [batches],
  deleteBatch: [batches],
  uploadFile: [batches, "files.md"],
  getFile: [batches],
  listFiles: [batches],
  downloadFile: [batches],
  deleteFile: [batches],
};

export const guidesTo = (action: string): [file: string, title: string][] =>
  guides.filter(([file]) => guidesOf[action]?.includes(file));
