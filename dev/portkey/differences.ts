/** Parameters that the connector and Portkey translate differently, with reasons. The Portkey guide lists the reasons. */
interface Difference {
  fields: string[];
  why: string[];
}

const label =
  "The type of a file is detected from its bytes, and only the data of a data URL is sent. Portkey sends the declared type, even `image/jpg`, and a file's complete data URL as data.";
const tools =
  "The input schema of a tool is sent unchanged. Portkey keeps only `type`, `properties`, `required` and `$defs`, and adds an empty `$defs`.";
const parallel =
  "`parallel_tool_calls: false` is sent as `disable_parallel_tool_use`. Portkey ignores it.";
const functions =
  "`functions` and `function_call`, OpenAI's first format for tools, are sent as tools. Portkey ignores them, and sends their results as turns with a role that Claude's API does not have.";
const format =
  "`response_format` with a schema is sent as structured output; with `json_object`, the system prompt asks for JSON. Portkey ignores both.";
const effort = "`reasoning_effort` is sent as effort. Portkey ignores it.";
const stop =
  "`stop` is sent as a list without blank texts. Portkey sends it unchanged, including a single text.";
const sampling =
  "A temperature or top_p of 1, Claude's default, is not sent, because newer models reject the parameter. Portkey sends it.";
const search = "`web_search_options` turns on Claude's web search. Portkey ignores it.";
const blank =
  "A user message without content is left out, with a warning. Portkey sends it, and Claude's API rejects it.";
const custom =
  "A call of a custom tool is sent as tool use. Portkey's gateway responds with status 500.";
const user =
  "`safety_identifier`, the newer name of `user`, is sent as the user ID. Portkey sends `user`.";
const later =
  "A system message after the first user message stays in place, as a system turn. Portkey moves it to the system prompt, and the API then drops the thinking of earlier turns.";
const stream = "Messages are always streamed inside the step. Portkey sends `stream` unchanged.";

export const differences: Record<string, Difference> = {
  "several system and developer messages": { fields: ["messages", "system"], why: [later] },
  "an image with a wrong media type": { fields: ["messages"], why: [label] },
  "a PDF as a file": { fields: ["messages"], why: [label] },
  tools: { fields: ["tools"], why: [tools] },
  "tool_choice required": { fields: ["tools"], why: [tools] },
  "tool_choice with one function and no parallel calls": {
    fields: ["tool_choice", "tools"],
    why: [parallel, tools],
  },
  "tool_choice none": { fields: ["tools"], why: [tools] },
  "tool calls and their results": { fields: ["tools"], why: [tools] },
  "functions, the older form of tools": {
    fields: ["messages", "tool_choice", "tools"],
    why: [functions],
  },
  "response_format json_schema": { fields: ["output_config"], why: [format] },
  "response_format json_object": { fields: ["system"], why: [format] },
  "max_completion_tokens, sampling and stop": {
    fields: ["stop_sequences", "temperature", "top_p"],
    why: [stop, sampling],
  },
  "temperature and one stop sequence": { fields: ["stop_sequences"], why: [stop] },
  reasoning_effort: { fields: ["output_config"], why: [effort] },
  "parameters without a counterpart": { fields: ["stream"], why: [stream] },
  "files as data, file ID and URL": { fields: ["messages"], why: [label] },
  "a message without content": { fields: ["messages"], why: [blank] },
  "a strict tool": { fields: ["tools"], why: [tools] },
  "a call of a custom tool": { fields: ["the whole request"], why: [custom] },
  "reasoning_effort none, and top_p": { fields: ["metadata", "thinking"], why: [effort, user] },
  "response_format json_object with a cached system message": { fields: ["system"], why: [format] },
  web_search_options: { fields: ["tools"], why: [search] },
};
