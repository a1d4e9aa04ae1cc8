/** What the page of an action says in addition to its definition. */
export interface ActionGuide {
  /** Short flows. The step of this page is in bold. */
  flows: string[];
  /** Questions as a builder asks them, with short replies. */
  questions: [question: string, reply: string][];
}

const batchFree = "The request is free.";

/** By the key of the action. */
export const actionGuides: Record<string, ActionGuide> = {
  chat: {
    flows: [
      "Schedule → HTTP: GET /orders → **Chat**: summarize the orders → Slack: post `chat.results.text`",
      "Webhook: a message of a customer → **Chat** with a Memory Key → HTTP: post the reply to the customer",
      "Salesforce: a new case → **Chat** with a JSON Schema → Salesforce: update the case with `chat.results.json`",
    ],
    questions: [
      [
        "Does a retry cost again?",
        "An attempt that the API rejects, for example with status 429 or 529, costs nothing. If a reply breaks off, its tokens may be billed; `cost` only includes the attempt that succeeded. `attempts` says how often the request was sent.",
      ],
      [
        "Does Chat remember the last execution?",
        "Only with a Memory Key, or if Conversation references the `conversation` of an earlier Chat.",
      ],
      [
        "What happens if the reply is too long?",
        "It ends at Max Tokens, `truncated` is true and `warnings` says so. With Fail When Incomplete, the step fails with `truncated`.",
      ],
      [
        "What happens if the reply does not match JSON Schema?",
        "`json` is null and `warnings` says why. Chat does not ask again; Extract Data does so once.",
      ],
      [
        "Why does Temperature have no effect?",
        "Newer models only accept 1. Any other value is left out, and `warnings` says so.",
      ],
    ],
  },
  extractData: {
    flows: [
      "Webhook: an e-mail → **Extract Data** from its attachments → NetSuite: create an order",
      "SFTP: new files → Loop → **Extract Data** → Google Sheets: append a row",
      "Webhook → **Extract Data** with Evidence → branch Review → Slack: ask a person",
    ],
    questions: [
      [
        "What is returned for a value that the text does not have?",
        "null. If the field is Required, its name is also in `missing`. Claude is told not to invent values.",
      ],
      [
        "How many requests does a step send?",
        "One. If the record does not match the fields, one more asks Claude to correct it; `usage` and `cost` include both.",
      ],
      [
        "What happens if the correction does not match either?",
        "The step fails with `invalid_output`, or follows the branch Failed if On Failure returns the error.",
      ],
      [
        "How are several records returned, such as the lines of a statement?",
        "With Multiple, `json` is a list of records.",
      ],
      [
        "Does Evidence work with PDFs and images?",
        "Claude gives each passage and the number of the page, but `found` is null, because the step cannot check it. Only text that the step sent is checked.",
      ],
    ],
  },
  suggestFields: {
    flows: [
      "A test flow: SFTP: a sample document → **Suggest Fields** → copy `fields` to Extract Data",
      "Webhook: a document of an unknown type → **Suggest Fields** → Extract Data with `suggestFields.results.jsonSchema` as JSON Schema",
      "Webhook: a sample of a customer → **Suggest Fields** → HTTP: post `suggestFields.results.fields` to a person for review",
    ],
    questions: [
      [
        "Does the step need to run in production?",
        "No. Run it once with a sample and copy what fits. As a step of a flow, it can propose other fields in each execution.",
      ],
      ["How many fields does it suggest?", "At most 20, the most important first."],
      [
        "Which form of the result is for which input?",
        "`fields` is for Fields of Extract Data and Process List, `jsonSchema` for JSON Schema of any step.",
      ],
    ],
  },
  processList: {
    flows: [
      "Schedule → HTTP: GET /companies → **Process List** with Fields → HubSpot: update the companies",
      "Webhook: a CSV file → **Process List** → SFTP: write the results",
      "Schedule → Database: rows → **Process List** → branch Remaining → HTTP: post `processList.results.remaining` to this flow",
    ],
    questions: [
      [
        "What happens if one row fails?",
        "The others continue. The row has `ok` false and an `error`, and its item is in `failed`.",
      ],
      [
        "What happens if the list is longer than one execution can process?",
        "Shortly before the execution ends, the step begins no more rows and follows Remaining. The rest is in `remaining`.",
      ],
      [
        "Can the step exceed the rate limit?",
        "It waits when the API reports that nothing is left, and retries a row that was rejected for a rate limit up to 10 times.",
      ],
      [
        "What happens with an empty list?",
        "The step sends nothing and follows Done with an empty list of results.",
      ],
      [
        "Process List or Create Batch?",
        "Process List returns the results in the same execution. Create Batch costs half and returns them within 24 hours; Batch Above switches to it for long lists.",
      ],
    ],
  },
  classifyAndBranch: {
    flows: [
      "Webhook: a ticket → **Classify and Branch** → Billing: Zendesk: assign; Bug: Jira: create an issue",
      "Outlook: a new e-mail → **Classify and Branch** → Order: Extract Data; Else: forward to a person",
      "SFTP: a scanned document → **Classify and Branch** by Attachments → a branch for each type of document",
    ],
    questions: [
      [
        "What happens if no branch fits?",
        "The step follows Else. It does the same if Claude refuses, if the reply is not usable, and if the confidence is below Minimum Confidence.",
      ],
      [
        "What happens if the API fails?",
        "The step fails. If On Failure returns the error, it follows the branch Failed; with the fallback, it follows the branch that Fallback names.",
      ],
      [
        "Can a text tell Claude which branch to choose?",
        "Claude is told to sort the text and not to obey it. That lowers the risk, but does not exclude it, so a branch should not do what its sender may not do.",
      ],
      ["How many branches are possible?", "100, and Else and Failed in addition."],
      [
        "Is confidence a probability?",
        "No, it is Claude's own estimate. Use it to send doubtful texts to Else, not as a measure.",
      ],
    ],
  },
  checkText: {
    flows: [
      "Webhook: a message → **Check Text** with promptInjection → Passed: Run Agent; Failed: Log",
      "Run Agent → **Check Text** with linkHosts, secrets and Promises → Passed: e-mail; Failed: a person",
      "Chat: a draft → **Check Text** with the score politeness of 4 → Failed: Chat again with `checkText.results.reason`",
    ],
    questions: [
      [
        "Does it cost?",
        "Local rules (secrets, json, pattern, linkHosts, maxLength, minLength) cost nothing, and if one is broken, Claude is not asked. All other rules and scores together are one request, two at most.",
      ],
      [
        "Can a text talk its way through?",
        "Claude is told that the text is content, and the text cannot close its tags. That lowers the risk, but does not exclude it. Let an agent do only what its user may do, and require approvals.",
      ],
      [
        "What happens if Claude refuses to read the text?",
        "The step follows Failed, with a violation of the rule refused.",
      ],
      [
        "What happens if the API fails?",
        "The step fails. With On Failure, it follows Failed, or the branch that Fallback names.",
      ],
    ],
  },
  runAgent: {
    flows: [
      "Webhook: a ticket → **Run Agent** with the flows Find Order and Refund Order → HTTP: post the reply",
      "Schedule → **Run Agent** with Web Search → branch Done → Slack: post `runAgent.results.text`",
      "Webhook → **Run Agent** with Approvals → branch Waiting → Slack: ask a person → store `runAgent.results.state`",
      "Webhook → **Run Agent** with Approvals and Approval Flow → branch Waiting → Slack: post `runAgent.results.approval.markdown`",
    ],
    questions: [
      [
        "How much can a run cost?",
        "Each turn is one request. Cost (US dollars), Total Tokens and Turns under Limits stop a run; they are checked between turns, so the last turn can exceed them.",
      ],
      [
        "What happens if a flow fails?",
        "The step does not fail. Claude is told what went wrong and can try something else.",
      ],
      [
        "What happens after 15 minutes?",
        "Shortly before, the step ends on the branch Stopped with `status` deadline. Resume Agent continues from `state` in another execution.",
      ],
      [
        "How is a flow kept from running without approval?",
        "Name it in Approvals, or enter `all`. The step then ends on the branch Waiting before the flow is called.",
      ],
      [
        "Which flows can Claude call?",
        "Only those in Flows. Each needs a webhook trigger, a synchronous response and an invocation schema.",
      ],
    ],
  },
  resumeAgent: {
    flows: [
      "Webhook: a decision → Persist Data: get the state → **Resume Agent** → HTTP: post the reply",
      "Webhook: `state` of a stopped run → **Resume Agent** → branch Stopped → HTTP: post the new state to this flow",
      "Approval Decision → branch Decided → **Resume Agent** with `state` and `decisions` of the trigger → HTTP: post the reply",
      "Webhook: a denial with a reason → **Resume Agent** with Decisions → Slack: post `resumeAgent.results.text`",
    ],
    questions: [
      [
        "What happens if a state is resumed twice?",
        "The second time is an error: nothing runs twice. Executions that run at the same time do not see each other, so set Flow control of the flow to Sequential.",
      ],
      [
        "How are all pending calls approved?",
        "Enter `true` in Decisions. A list decides on each call by its ID.",
      ],
      [
        "Why can a state not be read?",
        "It was changed or truncated, or it is from another instance, connection or API key. A state cannot be opened after the API key was replaced.",
      ],
      ["Do the limits start again?", "Yes, they are counted from zero for each part of a run."],
    ],
  },
  countTokens: {
    flows: [
      "Webhook: a document → **Count Tokens** → branch on `countTokens.results.fits` → Chat",
      "Webhook: a question → **Count Tokens** → branch on `countTokens.results.cost.total` → Chat, or ask a person",
      "A test flow: **Count Tokens** with a typical message → compare the cost of two models",
    ],
    questions: [
      ["Does counting cost anything?", "No. Token counting is free, with its own rate limit."],
      [
        "Is the cost exact?",
        "No, it is the maximum: nothing is read from the cache, and the reply has as many tokens as Max Tokens allows. Server tools cost extra.",
      ],
      [
        "Which inputs must be the same as in Chat?",
        "Those that are part of the prompt: Message, System Prompt, Attachments, Conversation, Tools and JSON Schema. Max Tokens determines the maximum cost.",
      ],
    ],
  },
  createChatCompletion: {
    flows: ["Webhook: a request in OpenAI's format → **Create Chat Completion** → respond with it"],
    questions: [
      [
        "Which model is used?",
        "The input Model. A different `model` in the request is ignored, and `warnings` says so.",
      ],
      [
        "What happens to parameters that Claude does not have?",
        "They are ignored. `warnings` names those that would have an effect.",
      ],
    ],
  },
  createBatch: {
    flows: [
      "Schedule: every night → HTTP: GET /reviews → **Create Batch**; another flow: Batch Ended → Get Batch Results",
      "Webhook: a CSV file → **Create Batch** with the file as Items → Persist Data: store `createBatch.results.id`",
      "SFTP: a list of PDFs → **Create Batch** with Attachments Field `item`",
    ],
    questions: [
      ["What does a batch cost?", "Half the list price. Requests that fail cost nothing."],
      [
        "When are the results ready?",
        "Within 24 hours, most of them much sooner. Requests that are not processed by then expire and cost nothing.",
      ],
      [
        "What happens if the response is lost?",
        "The step does not submit the batch again. It fails, and its error names the batches that may have been created.",
      ],
      [
        "What happens with an empty list?",
        "The step fails. If the list can be empty, put a branch before it.",
      ],
      [
        "How does a result find its row?",
        "By `id`, the value of ID Field, or by `row`, the number of the row.",
      ],
    ],
  },
  getBatch: {
    flows: [
      "Schedule → **Get Batch** → branch on `getBatch.results.processing_status` → Get Batch Results",
    ],
    questions: [
      [
        "How often should a flow poll?",
        `Every few minutes is enough. ${batchFree} The trigger Batch Ended does it without a flow for polling.`,
      ],
    ],
  },
  getBatchResults: {
    flows: [
      "Batch Ended → **Get Batch Results** → Loop → HubSpot: update the record with the ID of the result",
      "Batch Ended → **Get Batch Results** as File → Amazon S3: put the file",
      "Batch Ended → **Get Batch Results** → branch on `getBatchResults.results.hasMore` → the next results by Offset",
    ],
    questions: [
      [
        "What happens if the batch has not ended?",
        "The step fails. Start the flow with the trigger Batch Ended, or check the status with Get Batch.",
      ],
      ["How long are results kept?", "29 days after the batch was created."],
      [
        "How are more than 10,000 results read?",
        "`hasMore` is true, and `nextOffset` is the Offset of the next step. Limit can also be larger.",
      ],
      [
        "Does reading the results cost anything?",
        "No. `cost` is what the batch cost, at half the list price.",
      ],
    ],
  },
  listBatches: {
    flows: ["Schedule → **List Batches** → Slack: post the batches that are not ended"],
    questions: [
      [
        "Which batches are listed?",
        "All batches of the API key's workspace, those of other flows and programs included.",
      ],
    ],
  },
  cancelBatch: {
    flows: [
      "Webhook: an order is withdrawn → **Cancel Batch** → Get Batch Results for the requests that had finished",
    ],
    questions: [
      [
        "What does a canceled batch cost?",
        "The requests that had finished, at half price. Canceled requests cost nothing.",
      ],
    ],
  },
  deleteBatch: {
    flows: ["Batch Ended → Get Batch Results → store them → **Delete Batch**"],
    questions: [
      ["Can a running batch be deleted?", "No. Cancel it first, and delete it when it has ended."],
    ],
  },
  uploadFile: {
    flows: [
      "SFTP: a manual → **Upload File** → Persist Data: store `uploadFile.results.id` for Attachments of Chat",
      "Webhook: a large PDF → **Upload File**, expires in 24 hours → Loop: Chat about each chapter",
      "Webhook: a workbook → **Upload File** → Chat with Code Execution and the ID in Attachments",
    ],
    questions: [
      [
        "What does a stored file cost?",
        "Upload and storage are free. A message that uses the file pays for its content as input, each time.",
      ],
      [
        "How large can a file be?",
        "500 MB. The model must still be able to read it: its content counts toward the context window.",
      ],
      [
        "Can the file be downloaded again?",
        "No. Claude's API only returns files that Claude's tools created.",
      ],
      [
        "Is a file stored twice after a retry?",
        "That is possible if a response was lost. `warnings` says how often the file was sent.",
      ],
    ],
  },
  getFile: {
    flows: [
      "Persist Data: the ID of a file → **Get File** → branch on whether it has expired → Upload File",
    ],
    questions: [
      [
        "Does it return the content?",
        "No, only name, type, size and dates. Download File returns the content of files that Claude's tools created.",
      ],
    ],
  },
  listFiles: {
    flows: ["Schedule → **List Files** → Loop → Delete File for old files"],
    questions: [
      [
        "Which files are listed?",
        "All files of the API key's workspace, uploaded files and files that Claude's tools created.",
      ],
    ],
  },
  downloadFile: {
    flows: [
      "Webhook → Chat with Code Execution → **Download File** with `chat.results.files[0].fileId` → Slack: upload the file",
    ],
    questions: [
      [
        "Why is a file not downloadable?",
        "It was uploaded. Only files that Claude's tools created can be downloaded.",
      ],
    ],
  },
  deleteFile: {
    flows: ["Webhook → Upload File → Chat → **Delete File**"],
    questions: [
      [
        "Is it necessary?",
        "Not if Expires In of Upload File is set: the API then deletes the file automatically.",
      ],
    ],
  },
  getModel: {
    flows: [
      "Config: a model → **Get Model** → branch on `getModel.results.max_input_tokens` → Chat",
    ],
    questions: [
      [
        "Does Chat need this step?",
        "No. Chat reads the model info when it is needed, and adjusts what the model does not support.",
      ],
    ],
  },
  listModels: {
    flows: ["Schedule: every week → **List Models** → Slack: post new models"],
    questions: [
      ["Which models are listed?", "Those that the API key has access to, newest first."],
    ],
  },
  rawRequest: {
    flows: [
      "Schedule → **Raw Request**: GET /files → Google Sheets: append a row for each file",
      "Webhook → **Raw Request**: POST /messages with a beta header → HTTP: post the response",
      "Webhook → **Raw Request**: POST /messages/count_tokens → branch on `rawRequest.results.input_tokens`",
    ],
    questions: [
      [
        "Is a failed request retried?",
        "Not by default. Max Retry Count and the inputs around it turn retries on.",
      ],
      [
        "Which URL is entered?",
        "The path after /v1, such as `/models`. The base URL and the credential come from the connection.",
      ],
      [
        "How are `warnings`, `cost` and `text` read?",
        "They are not in the output, which is the API's response unchanged. Use Chat for them.",
      ],
      ["How is a beta feature turned on?", "With the header `anthropic-beta` in Header."],
    ],
  },
};
