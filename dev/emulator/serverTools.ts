/* Tools that run on the side of the API: a web search, a fetched page, code that ran. */
import type { Block, MessagesBody } from "./request";
import { newId } from "./response";
import { startOf } from "./words";

/** The blocks of a turn in which the API ran a tool, and how often it did. */
export interface ServerToolTurn {
  blocks: Block[];
  usage: { web_search_requests: number; web_fetch_requests: number };
}

const noUse = { web_search_requests: 0, web_fetch_requests: 0 };
const direct = { type: "direct" };

/**
 * The turn for a message that a server tool in the request is for. Undefined if there is none.
 *
 * @param isAsked Whether the web is searched even if the request has no such tool.
 * @param fileId A file that code could have created.
 */
export const serverToolTurn = (
  { tools = [] }: MessagesBody,
  question: string,
  { isAsked, fileId }: { isAsked: boolean; fileId: string | undefined },
): ServerToolTurn | undefined => {
  const has = (name: string) => tools.some(({ type }) => type?.startsWith(`${name}_`));
  const [url] = /https?:\/\/[^\s<>"']+[^\s<>"'.,;!?]/.exec(question) ?? [];
  if (isAsked) return search(question);
  if (has("web_fetch") && url) return fetchPage(url);
  const isForCode =
    /\b(calculate|compute|chart|plot|diagram|python|code|csv|spreadsheet|excel|file)\b/i;
  if (has("code_execution") && isForCode.test(question.slice(0, 5_000))) return runCode(fileId);
  return has("web_search") ? search(question) : undefined;
};

const text = (value: string, citations?: object[]): Block => ({
  type: "text",
  text: value,
  ...(citations ? { citations } : {}),
});

const search = (question: string): ServerToolTurn => {
  const query = startOf(question, 100).replace(/[?.!]+$/, "") || "news";
  const id = newId("srvtoolu");
  const pages = ["https://example.com/emulated", "https://example.org/emulated"].map(
    (url, index) => ({
      type: "web_search_result",
      url,
      title: `Emulated page ${index + 1}`,
      encrypted_content: "ZW11bGF0ZWQ=",
      page_age: null,
    }),
  );
  const cite = ({ url, title }: (typeof pages)[number]) => {
    const cited = `${title} is about: ${query}.`;
    const type = "web_search_result_location";
    return text(cited, [{ type, url, title, cited_text: cited, encrypted_index: "ZW11bGF0ZWQ=" }]);
  };
  const [first, second] = pages;
  return {
    blocks: [
      { type: "server_tool_use", id, name: "web_search", input: { query }, caller: direct },
      { type: "web_search_tool_result", tool_use_id: id, content: pages, caller: direct },
      text("Emulated search result: "),
      ...(first ? [cite(first)] : []),
      text(" "),
      ...(second ? [cite(second)] : []),
    ],
    usage: { ...noUse, web_search_requests: 1 },
  };
};

const fetchPage = (url: string): ServerToolTurn => {
  const id = newId("srvtoolu");
  const title = "Emulated page";
  const data = `This is the emulated text of ${url}.`;
  const document = {
    type: "document",
    title,
    citations: { enabled: true },
    source: { type: "text", media_type: "text/plain", data },
  };
  const page = { type: "web_fetch_result", url, content: document, retrieved_at: null };
  const citation = {
    type: "char_location",
    cited_text: data,
    document_index: 0,
    document_title: title,
    start_char_index: 0,
    end_char_index: data.length,
    file_id: null,
  };
  return {
    blocks: [
      { type: "server_tool_use", id, name: "web_fetch", input: { url }, caller: direct },
      { type: "web_fetch_tool_result", tool_use_id: id, content: page, caller: direct },
      text("The page says: "),
      text(data, [citation]),
    ],
    usage: { ...noUse, web_fetch_requests: 1 },
  };
};

const runCode = (fileId: string | undefined): ServerToolTurn => {
  const id = newId("srvtoolu");
  const name = "bash_code_execution";
  const output = fileId ? [{ type: "bash_code_execution_output", file_id: fileId }] : [];
  const result = { stdout: "emulated\n", stderr: "", return_code: 0, content: output };
  return {
    blocks: [
      { type: "server_tool_use", id, name, input: { command: "echo emulated" }, caller: direct },
      {
        type: "bash_code_execution_tool_result",
        tool_use_id: id,
        content: { type: "bash_code_execution_result", ...result },
      },
      text(fileId ? "The emulated code created a file." : "The emulated code ran."),
    ],
    usage: noUse,
  };
};
