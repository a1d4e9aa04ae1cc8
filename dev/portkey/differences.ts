/** In which parameters two translations of a request differ, and why. The guide to Portkey lists the reasons. */
interface Difference {
  fields: string[];
  why: string[];
}

const label =
  "The kind of a file is read from its bytes, and a data URL is sent as its data. Portkey sends the label that came with it, `image/jpg` too, and a file's whole data URL as data.";
const tools =
  "The schema of a tool's input is sent as it is. Portkey keeps `type`, `properties`, `required` and `$defs` of it, and adds an empty `$defs`.";
const parallel =
  "`parallel_tool_calls: false` is sent as `disable_parallel_tool_use`. Portkey leaves it out.";
const functions =
  "`functions` and `function_call`, OpenAI's first form of tools, are sent as tools. Portkey leaves them out and sends their results as turns of a role that Claude's API does not have.";
const format =
  "`response_format` with a schema is sent as structured output; with `json_object`, the system prompt asks for JSON. Portkey leaves both out.";
const effort = "`reasoning_effort` is sent as effort. Portkey leaves it out.";
const stop =
  "`stop` is sent as a list without blank texts. Portkey sends it as it came, a single text too.";
const sampling =
  "A temperature or top_p of 1, Claude's default, is left out, since newer models refuse the parameter. Portkey sends it.";
const search = "`web_search_options` turns on Claude's web search. Portkey leaves it out.";
const blank =
  "A message of the user without content is left out, with a warning. Portkey sends it, and Claude's API refuses it.";
const custom = "A call of a custom tool is sent as tool use. Portkey's gateway answers 500 to it.";
const user =
  "`safety_identifier`, the newer name of `user`, is sent as the user's id. Portkey sends `user`.";
const stream = "Messages are always streamed inside the step. Portkey sends `stream` as it came.";

export const differences: Record<string, Difference> = {
  "an image under a wrong label": { fields: ["messages"], why: [label] },
  "a PDF as a file": { fields: ["messages"], why: [label] },
  tools: { fields: ["tools"], why: [tools] },
  "a tool that must be used": { fields: ["tools"], why: [tools] },
  "a chosen tool, one call at a time": {
    fields: ["tool_choice", "tools"],
    why: [parallel, tools],
  },
  "no tool": { fields: ["tools"], why: [tools] },
  "tool calls and their results": { fields: ["tools"], why: [tools] },
  "functions, OpenAI's first form of tools": {
    fields: ["messages", "tool_choice", "tools"],
    why: [functions],
  },
  "an answer by a schema": { fields: ["output_config"], why: [format] },
  "an answer in JSON": { fields: ["system"], why: [format] },
  "limits and sampling": {
    fields: ["stop_sequences", "temperature", "top_p"],
    why: [stop, sampling],
  },
  "a lower temperature": { fields: ["stop_sequences"], why: [stop] },
  "an effort": { fields: ["output_config"], why: [effort] },
  "what has no counterpart": { fields: ["stream"], why: [stream] },
  "files by their kind, id and address": { fields: ["messages"], why: [label] },
  "a message without content": { fields: ["messages"], why: [blank] },
  "a strict tool": { fields: ["tools"], why: [tools] },
  "a call of a custom tool": { fields: ["the whole request"], why: [custom] },
  "no reasoning, and top_p": { fields: ["metadata", "thinking"], why: [effort, user] },
  "JSON beside a system prompt for the cache": { fields: ["system"], why: [format] },
  "a search of the web": { fields: ["tools"], why: [search] },
};
