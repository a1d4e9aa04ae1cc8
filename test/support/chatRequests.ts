/** Requests in OpenAI's chat format, with the request that is sent to Claude's API. */
import { jpeg, pdf } from "./files";

interface Case {
  /** Without `model`. */
  request: Record<string, unknown>;
  /** Without `model`, `stream`, and `max_tokens` if it is 16,000. */
  sent: Record<string, unknown>;
  warnings?: string[];
}

const hello = [{ role: "user", content: "Hello" }];
const image = jpeg().toString("base64");
const document = pdf().toString("base64");
const parameters = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
};
const weather = {
  type: "function",
  function: { name: "get_weather", description: "Weather of a city", parameters },
};
const weatherTool = {
  name: "get_weather",
  description: "Weather of a city",
  input_schema: parameters,
};
const call = (id: string, args: string) => ({
  id,
  type: "function",
  function: { name: "get_weather", arguments: args },
});
const imageBlock = {
  type: "image",
  source: { type: "base64", media_type: "image/jpeg", data: image },
};

export const chatRequests: Record<string, Case> = {
  "one message": {
    request: { messages: hello, max_tokens: 250 },
    sent: { max_tokens: 250, messages: hello },
  },
  "a system message": {
    request: { messages: [{ role: "system", content: "Be brief." }, ...hello] },
    sent: { system: "Be brief.", messages: hello },
  },
  "several system and developer messages": {
    request: {
      messages: [
        { role: "system", content: "Be brief." },
        ...hello,
        { role: "developer", content: [{ type: "text", text: "Be kind." }] },
      ],
    },
    sent: {
      system: "Be brief.",
      messages: [...hello, { role: "system", content: "Be kind." }],
    },
  },
  "a system message with cache_control": {
    request: {
      messages: [
        {
          role: "system",
          content: [{ type: "text", text: "Long rules.", cache_control: { type: "ephemeral" } }],
        },
        ...hello,
      ],
    },
    sent: {
      system: [{ type: "text", text: "Long rules.", cache_control: { type: "ephemeral" } }],
      messages: hello,
    },
  },
  "a conversation": {
    request: {
      messages: [...hello, { role: "assistant", content: "Hi!" }, { role: "user", content: "Bye" }],
    },
    sent: {
      messages: [
        ...hello,
        { role: "assistant", content: [{ type: "text", text: "Hi!" }] },
        { role: "user", content: "Bye" },
      ],
    },
  },
  "an image as a data URL": {
    request: {
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "What is this?" },
            { type: "image_url", image_url: { url: `data:image/jpeg;base64,${image}` } },
          ],
        },
      ],
    },
    sent: {
      messages: [{ role: "user", content: [{ type: "text", text: "What is this?" }, imageBlock] }],
    },
  },
  "an image with a wrong media type": {
    request: {
      messages: [
        {
          role: "user",
          content: [
            {
              type: "image_url",
              image_url: { url: `data:image/jpg;base64,${image}`, detail: "high" },
            },
          ],
        },
      ],
    },
    sent: { messages: [{ role: "user", content: [imageBlock] }] },
    warnings: ["image_url.detail in message 1 was ignored: Claude's API has no counterpart."],
  },
  "an image as a URL": {
    request: {
      messages: [
        {
          role: "user",
          content: [{ type: "image_url", image_url: { url: "https://example.com/a" } }],
        },
      ],
    },
    sent: {
      messages: [
        {
          role: "user",
          content: [{ type: "image", source: { type: "url", url: "https://example.com/a" } }],
        },
      ],
    },
  },
  "a PDF as a file": {
    request: {
      messages: [
        {
          role: "user",
          content: [
            {
              type: "file",
              file: { filename: "a.pdf", file_data: `data:application/pdf;base64,${document}` },
            },
          ],
        },
      ],
    },
    sent: {
      messages: [
        {
          role: "user",
          content: [
            {
              type: "document",
              source: { type: "base64", media_type: "application/pdf", data: document },
              title: "a.pdf",
            },
          ],
        },
      ],
    },
  },
  tools: {
    request: { messages: hello, tools: [weather] },
    sent: { messages: hello, tools: [weatherTool] },
  },
  "tool_choice required": {
    request: { messages: hello, tools: [weather], tool_choice: "required" },
    sent: { messages: hello, tools: [weatherTool], tool_choice: { type: "any" } },
  },
  "tool_choice with one function and no parallel calls": {
    request: {
      messages: hello,
      tools: [weather],
      tool_choice: { type: "function", function: { name: "get_weather" } },
      parallel_tool_calls: false,
    },
    sent: {
      messages: hello,
      tools: [weatherTool],
      tool_choice: { type: "tool", name: "get_weather", disable_parallel_tool_use: true },
    },
  },
  "tool_choice none": {
    request: { messages: hello, tools: [weather], tool_choice: "none" },
    sent: { messages: hello, tools: [weatherTool], tool_choice: { type: "none" } },
  },
  "tool calls and their results": {
    request: {
      messages: [
        ...hello,
        {
          role: "assistant",
          content: null,
          tool_calls: [call("call_1", '{"city":"Bonn"}'), call("call_2", "")],
        },
        { role: "tool", tool_call_id: "call_1", content: "21 °C" },
        { role: "tool", tool_call_id: "call_2", content: [{ type: "text", text: "unknown" }] },
        { role: "user", content: "And now?" },
      ],
      tools: [weather],
    },
    sent: {
      messages: [
        ...hello,
        {
          role: "assistant",
          content: [
            { type: "tool_use", id: "call_1", name: "get_weather", input: { city: "Bonn" } },
            { type: "tool_use", id: "call_2", name: "get_weather", input: {} },
          ],
        },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "call_1", content: "21 °C" },
            {
              type: "tool_result",
              tool_use_id: "call_2",
              content: [{ type: "text", text: "unknown" }],
            },
            { type: "text", text: "And now?" },
          ],
        },
      ],
      tools: [weatherTool],
    },
  },
  "functions, the older form of tools": {
    request: {
      messages: [
        ...hello,
        { role: "assistant", content: "", function_call: { name: "get_weather", arguments: "{}" } },
        { role: "function", name: "get_weather", content: "sunny" },
      ],
      functions: [weather.function],
      function_call: "auto",
    },
    sent: {
      messages: [
        ...hello,
        {
          role: "assistant",
          content: [{ type: "tool_use", id: "call_1", name: "get_weather", input: {} }],
        },
        {
          role: "user",
          content: [{ type: "tool_result", tool_use_id: "call_1", content: "sunny" }],
        },
      ],
      tools: [weatherTool],
      tool_choice: { type: "auto" },
    },
  },
  "response_format json_schema": {
    request: {
      messages: hello,
      response_format: {
        type: "json_schema",
        json_schema: { name: "place", strict: true, schema: parameters },
      },
    },
    sent: {
      messages: hello,
      output_config: {
        format: { type: "json_schema", schema: { ...parameters, additionalProperties: false } },
      },
    },
  },
  "response_format json_object": {
    request: {
      messages: [{ role: "system", content: "Be brief." }, ...hello],
      response_format: { type: "json_object" },
    },
    sent: {
      system: "Be brief.\n\nAnswer with one JSON object and nothing else.",
      messages: hello,
    },
    warnings: [
      "response_format json_object has no counterpart in Claude's API: the system prompt asks for JSON instead.",
    ],
  },
  "max_completion_tokens, sampling and stop": {
    request: {
      messages: hello,
      max_completion_tokens: 100,
      temperature: 1.5,
      top_p: 1,
      stop: ["END", " "],
      user: "user-1",
    },
    sent: {
      messages: hello,
      max_tokens: 100,
      stop_sequences: ["END"],
      metadata: { user_id: "user-1" },
    },
    warnings: [
      "temperature 1.5 was sent as 1, the maximum for Claude.",
      "stop: blank texts were ignored, because Claude's API does not accept them.",
    ],
  },
  "temperature and one stop sequence": {
    request: { messages: hello, temperature: 0.5, stop: "END" },
    sent: { messages: hello, temperature: 0.5, stop_sequences: ["END"] },
  },
  reasoning_effort: {
    request: { messages: hello, reasoning_effort: "minimal" },
    sent: { messages: hello, output_config: { effort: "low" } },
  },
  "parameters without a counterpart": {
    request: {
      messages: [{ role: "user", name: "Ada", content: "Hello" }],
      n: 2,
      seed: 5,
      logprobs: true,
      presence_penalty: 0.5,
      frequency_penalty: 0,
      stream: false,
      store: null,
      metadata: { a: "b" },
    },
    sent: { messages: hello },
    warnings: [
      "name in message 1 was ignored: Claude's API has no counterpart.",
      "n was ignored: Claude's API has no counterpart.",
      "seed was ignored: Claude's API has no counterpart.",
      "logprobs was ignored: Claude's API has no counterpart.",
      "presence_penalty was ignored: Claude's API has no counterpart.",
      "metadata was ignored: Claude's API has no counterpart.",
    ],
  },
  "files as data, file ID and URL": {
    request: {
      messages: [
        {
          role: "user",
          content: [
            { type: "file", file: { file_data: "data:text/plain,hello%20world" } },
            { type: "file", file: { file_data: document } },
            { type: "file", file: { file_id: "file_1" } },
            { type: "file", file: { file_url: "https://example.com/a.pdf", filename: "b.pdf" } },
          ],
        },
      ],
    },
    sent: {
      messages: [
        {
          role: "user",
          content: [
            {
              type: "document",
              source: { type: "text", media_type: "text/plain", data: "hello world" },
              title: "file",
            },
            {
              type: "document",
              source: { type: "base64", media_type: "application/pdf", data: document },
              title: "file",
            },
            { type: "document", source: { type: "file", file_id: "file_1" }, title: "file.pdf" },
            {
              type: "document",
              source: { type: "url", url: "https://example.com/a.pdf" },
              title: "file.pdf",
            },
          ],
        },
      ],
    },
  },
  "a message without content": {
    request: {
      messages: [{ role: "user", content: "" }, { role: "assistant", content: "Hi" }, ...hello],
    },
    sent: {
      messages: [{ role: "assistant", content: [{ type: "text", text: "Hi" }] }, ...hello],
    },
    warnings: ["Message 1 was ignored: it has no content."],
  },
  "a strict tool": {
    request: {
      messages: hello,
      tools: [
        {
          type: "function",
          function: {
            name: "a",
            strict: true,
            parameters: { type: "object", properties: { n: { type: "integer", minimum: 1 } } },
          },
        },
      ],
    },
    sent: {
      messages: hello,
      tools: [
        {
          name: "a",
          strict: true,
          input_schema: {
            type: "object",
            properties: { n: { type: "integer", description: "{minimum: 1}" } },
            additionalProperties: false,
          },
        },
      ],
    },
  },
  "a call of a custom tool": {
    request: {
      messages: [
        ...hello,
        {
          role: "assistant",
          tool_calls: [{ id: "call_1", type: "custom", custom: { name: "a", input: "raw" } }],
        },
        { role: "tool", tool_call_id: "call_1", content: "1" },
      ],
    },
    sent: {
      messages: [
        ...hello,
        {
          role: "assistant",
          content: [{ type: "tool_use", id: "call_1", name: "a", input: { input: "raw" } }],
        },
        {
          role: "user",
          content: [{ type: "tool_result", tool_use_id: "call_1", content: "1" }],
        },
      ],
    },
  },
  "reasoning_effort none, and top_p": {
    request: {
      messages: hello,
      reasoning_effort: "none",
      top_p: 0.5,
      safety_identifier: "s-1",
      user: "u",
    },
    sent: {
      messages: hello,
      max_tokens: 4096,
      thinking: { type: "disabled" },
      top_p: 0.5,
      metadata: { user_id: "s-1" },
    },
  },
  "response_format json_object with a cached system message": {
    request: {
      messages: [
        {
          role: "system",
          content: [{ type: "text", text: "Rules.", cache_control: { type: "ephemeral" } }],
        },
        ...hello,
      ],
      response_format: { type: "json_object" },
    },
    sent: {
      system: [
        { type: "text", text: "Rules.", cache_control: { type: "ephemeral" } },
        { type: "text", text: "Answer with one JSON object and nothing else." },
      ],
      messages: hello,
    },
    warnings: [
      "response_format json_object has no counterpart in Claude's API: the system prompt asks for JSON instead.",
    ],
  },
  web_search_options: {
    request: { messages: hello, web_search_options: { search_context_size: "low" } },
    sent: { messages: hello, tools: [{ type: "web_search_20250305", name: "web_search" }] },
    warnings: [
      "web_search_options.search_context_size was ignored: Claude's API has no counterpart.",
    ],
  },
};

/** Edge cases, which are not compared with Portkey's translation. */
export const edges: Record<string, Case> = {
  "temperature and top_p": {
    request: { messages: hello, temperature: 0.5, top_p: 0.5 },
    sent: { messages: hello, temperature: 0.5 },
    warnings: ["top_p 0.5 was ignored: it cannot be combined with temperature."],
  },
  "parameters with their default values": {
    request: {
      messages: hello,
      n: 1,
      service_tier: "auto",
      stream: false,
      logprobs: false,
      store: false,
      frequency_penalty: 0,
      presence_penalty: 0,
      top_logprobs: 0,
      temperature: 1,
      tools: [],
      tool_choice: "auto",
      response_format: { type: "text" },
      seed: null,
    },
    sent: { messages: hello },
  },
  "parameters with other values than the default": {
    request: {
      messages: hello,
      n: 0,
      service_tier: "flex",
      store: true,
      frequency_penalty: 1,
      top_logprobs: 2,
      seed: 1,
      verbosity: "auto",
      tool_choice: "none",
    },
    sent: { messages: hello },
    warnings: [
      "n was ignored: Claude's API has no counterpart.",
      "service_tier was ignored: Claude's API has no counterpart.",
      "store was ignored: Claude's API has no counterpart.",
      "frequency_penalty was ignored: Claude's API has no counterpart.",
      "top_logprobs was ignored: Claude's API has no counterpart.",
      "seed was ignored: Claude's API has no counterpart.",
      "verbosity was ignored: Claude's API has no counterpart.",
    ],
  },
  "several system messages, one with cache_control": {
    request: {
      messages: [
        { role: "system", content: "Be brief." },
        {
          role: "system",
          content: [{ type: "text", text: "Long rules.", cache_control: { type: "ephemeral" } }],
        },
        ...hello,
      ],
    },
    sent: {
      system: [
        { type: "text", text: "Be brief." },
        { type: "text", text: "Long rules.", cache_control: { type: "ephemeral" } },
      ],
      messages: hello,
    },
  },
  "files whose type follows from the name or URL": {
    request: {
      messages: [
        {
          role: "user",
          content: [
            { type: "image_url", image_url: { url: "http://example.com/b", detail: "auto" } },
            { type: "image_url", image_url: { url: "https://example.com/a.pdf.png" } },
            { type: "image_url", image_url: { url: "https://example.com/A.PDF" } },
            { type: "file", file: { file_id: "file_1", filename: "a.png" } },
            { type: "file", file: { file_url: "https://example.com/c" } },
            { type: "file", file: { file_url: "https://example.com/d", filename: "d.png" } },
          ],
        },
      ],
    },
    sent: {
      messages: [
        {
          role: "user",
          content: [
            { type: "image", source: { type: "url", url: "http://example.com/b" } },
            { type: "image", source: { type: "url", url: "https://example.com/a.pdf.png" } },
            {
              type: "document",
              source: { type: "url", url: "https://example.com/A.PDF" },
              title: "file.pdf",
            },
            { type: "image", source: { type: "file", file_id: "file_1" } },
            {
              type: "document",
              source: { type: "url", url: "https://example.com/c" },
              title: "file.pdf",
            },
            { type: "image", source: { type: "url", url: "https://example.com/d" } },
          ],
        },
      ],
    },
  },
  "a tool result without content, and a refusal": {
    request: {
      messages: [
        ...hello,
        { role: "assistant", content: null, refusal: "No.", tool_calls: [call("call_1", "{}")] },
        { role: "tool", tool_call_id: "call_1", content: null },
        { role: "assistant", content: [{ type: "refusal", refusal: "Never." }], tool_calls: null },
        ...hello,
      ],
    },
    sent: {
      messages: [
        ...hello,
        {
          role: "assistant",
          content: [
            { type: "text", text: "No." },
            { type: "tool_use", id: "call_1", name: "get_weather", input: {} },
          ],
        },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "call_1", content: [] }] },
        { role: "assistant", content: [{ type: "text", text: "Never." }] },
        ...hello,
      ],
    },
  },
  "a tool of an unsupported type and a function": {
    request: { messages: hello, tools: [{ type: "custom", custom: { name: "a" } }, weather] },
    sent: { messages: hello, tools: [weatherTool] },
    warnings: ["A tool of type custom was ignored: Claude's API has no counterpart."],
  },
  "only tools of an unsupported type": {
    request: { messages: hello, tools: [{ type: "custom", custom: { name: "a" } }] },
    sent: { messages: hello },
    warnings: ["A tool of type custom was ignored: Claude's API has no counterpart."],
  },
  "a strict tool with an open object": {
    request: {
      messages: hello,
      tools: [
        {
          type: "function",
          function: {
            name: "a",
            strict: true,
            parameters: { type: "object", additionalProperties: { type: "string" } },
          },
        },
      ],
    },
    sent: {
      messages: hello,
      tools: [
        {
          name: "a",
          strict: true,
          input_schema: { type: "object", properties: {}, additionalProperties: false },
        },
      ],
    },
    warnings: [
      "Tool a: parameters: the object at / can only have the properties that the schema names.",
    ],
  },
  "tool_choice among several tools": {
    request: {
      messages: hello,
      tools: [{ type: "function", function: { name: "a" } }, weather],
      tool_choice: { type: "function", function: { name: "get_weather" } },
    },
    sent: {
      messages: hello,
      tools: [{ name: "a", input_schema: { type: "object", properties: {} } }, weatherTool],
      tool_choice: { type: "tool", name: "get_weather" },
    },
  },
  "function_call with a name": {
    request: {
      messages: hello,
      functions: [weather.function],
      function_call: { name: "get_weather" },
    },
    sent: {
      messages: hello,
      tools: [weatherTool],
      tool_choice: { type: "tool", name: "get_weather" },
    },
  },
  "tool_choice of an unsupported type": {
    request: {
      messages: hello,
      tools: [weather],
      tool_choice: { type: "allowed_tools", allowed_tools: { mode: "auto", tools: [] } },
    },
    sent: { messages: hello, tools: [weatherTool], tool_choice: { type: "auto" } },
    warnings: [
      "tool_choice of type allowed_tools was sent as auto: Claude's API has no counterpart.",
    ],
  },
  "parallel_tool_calls false": {
    request: { messages: hello, tools: [weather], parallel_tool_calls: false },
    sent: {
      messages: hello,
      tools: [weatherTool],
      tool_choice: { type: "auto", disable_parallel_tool_use: true },
    },
  },
  "parallel_tool_calls true": {
    request: { messages: hello, tools: [weather], parallel_tool_calls: true },
    sent: { messages: hello, tools: [weatherTool] },
  },
  "web_search_options with a tool": {
    request: {
      messages: hello,
      tools: [weather],
      web_search_options: {},
      reasoning_effort: "high",
    },
    sent: {
      messages: hello,
      tools: [weatherTool, { type: "web_search_20250305", name: "web_search" }],
      output_config: { effort: "high" },
    },
  },
};
