import { compactTable, generated, link, page } from "./markdown";

/** Words of these pages, one sentence each, and the page that uses the word. */
const words: [word: string, meaning: string, title: string, target: string][] = [
  [
    "Agent",
    "Claude working on a task in several turns, with flows as its tools.",
    "Run Agent",
    "actions/runAgent.md",
  ],
  [
    "Approval",
    "The decision of a person whether an agent may call a flow.",
    "Resume Agent",
    "actions/resumeAgent.md",
  ],
  [
    "Batch",
    "Many requests that are submitted together and processed within 24 hours, at half price.",
    "Create Batch",
    "actions/createBatch.md",
  ],
  [
    "Beta header",
    "The name of a feature that the API only offers to requests that ask for it.",
    "Advanced inputs of Chat",
    "actions/chat.md#advanced",
  ],
  [
    "Branch",
    "One of the paths that a flow follows after a step.",
    "Classify and Branch",
    "actions/classifyAndBranch.md",
  ],
  [
    "Cache",
    "The API's copy of a prompt, from which later requests with the same start are read at a tenth of the price or less.",
    "Prices",
    "costs-and-limits.md#prices",
  ],
  [
    "Config variable",
    "A value that is entered when an integration is deployed for a customer, such as a connection.",
    "Connections",
    "connections.md",
  ],
  [
    "Connection",
    "The host and the credential that a step sends its requests with.",
    "Connections",
    "connections.md",
  ],
  [
    "Context window",
    "The maximum number of tokens of a prompt and its reply together, which depends on the model.",
    "Get Model",
    "actions/getModel.md",
  ],
  [
    "Conversation",
    "The list of all turns so far, which is sent again with each message.",
    "Conversations over several executions",
    "guides/conversations.md",
  ],
  [
    "Effort",
    "How much work Claude puts into a reply, from low to max.",
    "Reasoning of Chat",
    "actions/chat.md#reasoning",
  ],
  [
    "Execution",
    "One run of a flow, which the platform ends after 15 minutes.",
    "Limits",
    "costs-and-limits.md#time",
  ],
  [
    "Fallback",
    "A value or a model that is used if a step or a model fails.",
    "Failures as data",
    "guides/failures.md",
  ],
  [
    "Flow",
    "A trigger and the steps that run after it, in order or in branches.",
    "Which step do I need?",
    "README.md#which-step-do-i-need",
  ],
  [
    "Gateway",
    "Another host that accepts requests in the format of Claude's API and passes them on to a model.",
    "Gateways and other hosts",
    "guides/gateways.md",
  ],
  [
    "Idempotent",
    "Of a request: sending it twice has the same effect as sending it once.",
    "Submit a batch once",
    "decisions/0010-batches-are-submitted-once.md",
  ],
  [
    "Instance",
    "An integration as it is deployed for one customer, with its own config variables and memory.",
    "Conversations over several executions",
    "guides/conversations.md",
  ],
  [
    "JSON Schema",
    "A standard for describing the structure of data, such as the fields of a record and their types.",
    "Output of Chat",
    "actions/chat.md#output",
  ],
  [
    "MCP server",
    "A host whose tools Claude can use through the Model Context Protocol.",
    "Tools of Chat",
    "actions/chat.md#tools",
  ],
  [
    "Memory",
    "The conversation of a key, which the platform keeps between executions.",
    "Memory of Chat",
    "actions/chat.md#memory",
  ],
  [
    "Model",
    "A version of Claude with its own capabilities, limits and prices.",
    "List Models",
    "actions/listModels.md",
  ],
  [
    "Prompt",
    "All that Claude reads for a reply: system prompt, tools, conversation, message and attachments.",
    "Count Tokens",
    "actions/countTokens.md",
  ],
  [
    "Rate limit",
    "The maximum number of requests and tokens per minute for an API key.",
    "rate_limited",
    "errors.md#rate_limited",
  ],
  [
    "Retry",
    "A further attempt of the same request after a temporary failure.",
    "Failures as data",
    "guides/failures.md",
  ],
  [
    "Stop reason",
    "Why a reply ends: it is complete, too long, refused, paused, or calls a tool.",
    "Results of Chat",
    "actions/chat.md#results",
  ],
  [
    "Structured output",
    "A reply as data that matches a JSON Schema, instead of text.",
    "Extract Data",
    "actions/extractData.md",
  ],
  [
    "System prompt",
    "Instructions that apply to a whole conversation, such as the role of Claude and the style of its replies.",
    "Inputs of Chat",
    "actions/chat.md#inputs",
  ],
  [
    "Thinking",
    "Text that Claude writes for itself before the reply, and that is paid for as output.",
    "Reasoning of Chat",
    "actions/chat.md#reasoning",
  ],
  [
    "Token",
    "The unit in which models read and write and in which prices are given, about four characters of English text.",
    "Count Tokens",
    "actions/countTokens.md",
  ],
  [
    "Tool",
    "A function that Claude can call: a flow, a function of the flow's own, or a server tool such as web search.",
    "Tools of Chat",
    "actions/chat.md#tools",
  ],
  [
    "Trigger",
    "The start of a flow, such as a schedule, a webhook or a batch that has ended.",
    "Triggers",
    "triggers.md",
  ],
  [
    "Turn",
    "One message of a conversation, from the user or from Claude; for an agent, one reply of Claude with the calls in it.",
    "Agents with flows as tools",
    "guides/agents.md",
  ],
];

/** The page of words. */
export const glossaryPage = (): string =>
  page(
    generated,
    "# Glossary",
    compactTable(
      ["Word", "Meaning", "Used in"],
      words.map(([word, meaning, title, target]) => [word, meaning, link(title, target)]),
    ),
  );
