/** What a builder wants to do, the actions that do it, and what that costs. */
export const needs: { need: string; steps: string[]; cost: string }[] = [
  {
    need: "Ask a question, write, summarize or translate a text",
    steps: ["chat"],
    cost: "One request",
  },
  {
    need: "Have a conversation that continues in later executions",
    steps: ["chat"],
    cost: "One request; earlier turns are paid for as input again",
  },
  {
    need: "Turn a text, a document or an image into a record",
    steps: ["extractData"],
    cost: "One request, two at most",
  },
  {
    need: "Check a record against the text that it comes from",
    steps: ["extractData"],
    cost: "With Evidence, twice the output tokens",
  },
  {
    need: "Find out which fields a document has",
    steps: ["suggestFields"],
    cost: "One request, two at most",
  },
  {
    need: "Process the rows of a list now",
    steps: ["processList"],
    cost: "One request per row; with Fields, two at most",
  },
  {
    need: "Process up to 100,000 rows within 24 hours",
    steps: ["createBatch", "getBatchResults"],
    cost: "Half price",
  },
  {
    need: "Follow a branch depending on a text or a document",
    steps: ["classifyAndBranch"],
    cost: "One request, two at most",
  },
  {
    need: "Check a text before it is used or sent",
    steps: ["checkText"],
    cost: "Free for local rules, else one request, two at most",
  },
  {
    need: "Have Claude call flows to complete a task",
    steps: ["runAgent", "resumeAgent"],
    cost: "One request per turn, up to a limit",
  },
  {
    need: "Send a request in OpenAI's format",
    steps: ["createChatCompletion"],
    cost: "One request",
  },
  {
    need: "Know the maximum cost before sending",
    steps: ["countTokens"],
    cost: "Free",
  },
  {
    need: "Use a large file in many messages",
    steps: ["uploadFile"],
    cost: "Free; each message pays for the content as input",
  },
  {
    need: "Get a file that Claude created",
    steps: ["downloadFile"],
    cost: "Free",
  },
  {
    need: "Call another endpoint of the API",
    steps: ["rawRequest"],
    cost: "As the endpoint",
  },
];
