import { createHash } from "node:crypto";
import type { ContentBlockParam, MessageParam } from "@anthropic-ai/sdk/resources/messages";
import { isRecord, isText } from "../../client/values";
import { asToolInput } from "../hosts/values";
import type { Notice } from "../notice";
import type { MessageRequest } from "./send";

/**
 * A request without what the API would refuse for how it is written: conversations are stored,
 * trimmed and merged by flows, and come from other hosts. What is valid stays as it is, byte for
 * byte, and the result of a repair is not repaired again.
 *
 * @returns The same request if there is nothing to repair.
 * @see https://platform.claude.com/docs/en/api/messages/create
 */
export const repairRequest = (
  request: MessageRequest,
): { request: MessageRequest; notices: RepairNotice[] } => {
  const counts = new Map<Repair, number>();
  const found = (repair: Repair) => void counts.set(repair, (counts.get(repair) ?? 0) + 1);
  const compacted = withoutCompacted(request.messages, found);
  const paired = withPairedServerTools(compacted, found);
  const named = withValidIds(paired, found);
  const messages = withFewerMarks(
    { ...request, messages: keepIfSame(named, (turn) => repairTurn(turn, found)) },
    found,
  );
  const metadata = withoutEmail(request.metadata, found);
  const isSame = messages === request.messages && metadata === request.metadata;
  return {
    request: isSame ? request : { ...request, messages, ...(metadata ? { metadata } : {}) },
    notices: [...counts].map(([repair, count]) => ({ code: "request_repaired", repair, count })),
  };
};

type RepairNotice = Extract<Notice, { code: "request_repaired" }>;

/** What is repaired in a request. */
export type Repair =
  | "compacted"
  | "thinking_without_signature"
  | "tool_id"
  | "tool_input"
  | "empty_text"
  | "empty_error"
  | "server_tool_without_result"
  | "results_first"
  | "cache_marks"
  | "image_type"
  | "user_id_email";

type Found = (repair: Repair) => void;
type Block = ContentBlockParam & Record<string, unknown>;

/** The list with each item mapped, without those mapped to undefined. The same list if all stay. */
const keepIfSame = <T>(list: T[], map: (item: T, index: number) => T | undefined): T[] => {
  const mapped = list.map(map);
  return mapped.every((item, index) => item === list[index])
    ? list
    : mapped.filter((item) => item !== undefined);
};

const isBlock = (value: unknown): value is Block =>
  isRecord(value) && typeof value.type === "string";

/** Whether a turn has content blocks. What Extra Parameters make of it may be anything. */
const hasBlocks = ({ content }: MessageParam): boolean =>
  Array.isArray(content) && content.every(isBlock);

const blocksOf = (turn: MessageParam): Block[] =>
  hasBlocks(turn) ? (turn.content as Block[]) : [];

const withBlocks = (turn: MessageParam, blocks: Block[]): MessageParam | undefined => {
  if (blocks === turn.content) return turn;
  return blocks.length > 0 ? ({ ...turn, content: blocks } as MessageParam) : undefined;
};

/**
 * A compaction stands for all that comes before it, and must be the first block of the conversation.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/compaction
 */
const withoutCompacted = (messages: MessageParam[], found: Found): MessageParam[] => {
  // Its content is null if the compaction failed.
  const isCompaction = (block: Block) =>
    (block.type as string) === "compaction" && isText((block as Record<string, unknown>).content);
  const start = messages.findLastIndex((turn) => blocksOf(turn).some(isCompaction));
  const [first, ...later] = messages.slice(Math.max(start, 0));
  if (start < 0 || !first) return messages;
  const blocks = blocksOf(first);
  const content = blocks.slice(blocks.findLastIndex(isCompaction));
  if (start === 0 && content.length === blocks.length) return messages;
  found("compacted");
  return [{ ...first, content } as MessageParam, ...later];
};

const repairTurn = (turn: MessageParam, found: Found): MessageParam | undefined => {
  if (!hasBlocks(turn)) return turn;
  const isClaude = turn.role === "assistant";
  const blocks = keepIfSame(blocksOf(turn), (block) =>
    isClaude ? repairReplyBlock(block, found) : repairUserBlock(block, found),
  );
  return withBlocks(turn, isClaude ? blocks : resultsFirst(blocks, found));
};

const repairReplyBlock = (block: Block, found: Found): Block | undefined => {
  if (
    block.type === "thinking" &&
    !(isText(block.signature) && typeof block.thinking === "string")
  ) {
    found("thinking_without_signature");
    return undefined;
  }
  if (!/tool_use$/.test(block.type)) return block;
  const input = asToolInput(block.input ?? {});
  if (input === block.input) return block;
  found("tool_input");
  return { ...block, input } as Block;
};

const isBlankText = (block: unknown): boolean =>
  isRecord(block) && block.type === "text" && !/\S/.test(String(block.text ?? ""));

/** A block that people wrote: the API refuses empty texts in it, at any depth. */
const repairUserBlock = (block: Block, found: Found): Block | undefined => {
  if (!isBlock(block)) return block;
  if (isBlankText(block)) {
    found("empty_text");
    return undefined;
  }
  if (block.type === "image") return withImageType(block, found);
  if (block.type === "document") return repairDocument(block, found);
  if (block.type !== "tool_result") return block;
  const { content } = block as { content?: unknown };
  const parts = Array.isArray(content)
    ? keepIfSame(content as Block[], (part) => repairUserBlock(part, found))
    : content;
  const isEmpty = parts === undefined || parts === "" || (Array.isArray(parts) && !parts.length);
  if (isEmpty && block.is_error) {
    found("empty_error");
    return { ...block, content: "The tool failed without a message." } as Block;
  }
  if (parts === content) return block;
  const { content: _, ...rest } = block as Record<string, unknown>;
  return (isEmpty ? rest : { ...rest, content: parts }) as Block;
};

const repairDocument = (block: Block, found: Found): Block | undefined => {
  const { source } = block as { source?: unknown };
  if (!isRecord(source) || source.type !== "content" || !Array.isArray(source.content))
    return block;
  const content = keepIfSame(source.content as Block[], (part) => repairUserBlock(part, found));
  if (content === source.content) return block;
  return content.length > 0 ? ({ ...block, source: { ...source, content } } as Block) : undefined;
};

/** How the bytes of each type of image begin, in base64. */
const imageStarts: [string, string][] = [
  ["iVBORw0KGgo", "image/png"],
  ["/9j/", "image/jpeg"],
  ["R0lGOD", "image/gif"],
  ["UklGR", "image/webp"],
];

const withImageType = (block: Block, found: Found): Block => {
  const { source } = block as { source?: unknown };
  if (!isRecord(source) || source.type !== "base64" || !isText(source.data)) return block;
  const { data } = source;
  const [, media_type] = imageStarts.find(([start]) => data.startsWith(start)) ?? [];
  if (!media_type || media_type === source.media_type) return block;
  found("image_type");
  return { ...block, source: { ...source, media_type } } as Block;
};

const resultsFirst = (blocks: Block[], found: Found): Block[] => {
  const isResult = ({ type }: Block) => type === "tool_result";
  const last = blocks.findLastIndex(isResult);
  if (blocks.slice(0, last + 1).every(isResult)) return blocks;
  found("results_first");
  return [...blocks.filter(isResult), ...blocks.filter((block) => !isResult(block))];
};

/**
 * A call of a server tool or an MCP server needs its result, in its turn or a later one, and a result
 * its call. A call of the last reply may still be running: if the API paused it, or if it waits for
 * the results of other tools.
 */
const withPairedServerTools = (messages: MessageParam[], found: Found): MessageParam[] => {
  const isCall = ({ type }: Block) => /^(server|mcp)_tool_use$/.test(type);
  const resultOf = (block: Block) =>
    /_tool_result$/.test(block.type) ? (block.tool_use_id as unknown) : undefined;
  const replies = messages.filter(({ role }) => role === "assistant");
  const blocks = replies.flatMap(blocksOf);
  const calls = new Set(blocks.filter(isCall).map(({ id }) => id as unknown));
  const results = new Set(blocks.map(resultOf));
  const last = replies.at(-1);
  const isRunning =
    last === messages.at(-1) || (last && blocksOf(last).some(({ type }) => type === "tool_use"));
  return keepIfSame(messages, (turn) => {
    if (turn.role !== "assistant" || !hasBlocks(turn)) return turn;
    const kept = keepIfSame(blocksOf(turn), (block) => {
      const result = resultOf(block);
      const isPaired =
        result === undefined
          ? !isCall(block) || results.has(block.id) || (turn === last && isRunning)
          : calls.has(result);
      if (!isPaired) found("server_tool_without_result");
      return isPaired ? block : undefined;
    });
    return withBlocks(turn, kept);
  });
};

/** IDs of tool calls as the API accepts them: of valid characters, and each once in a conversation. */
const withValidIds = (messages: MessageParam[], found: Found): MessageParam[] => {
  const used = new Set<string>();
  let renamed = new Map<unknown, string>();
  return keepIfSame(messages, (turn) => {
    if (!hasBlocks(turn)) return turn;
    if (turn.role === "assistant") renamed = new Map();
    return withBlocks(
      turn,
      keepIfSame(blocksOf(turn), (block) => {
        if (block.type === "tool_use") {
          const id = validId(String(block.id ?? ""), used);
          used.add(id);
          if (id === block.id) return block;
          renamed.set(block.id, id);
          found("tool_id");
          return { ...block, id } as Block;
        }
        const id = block.type === "tool_result" ? renamed.get(block.tool_use_id) : undefined;
        return id === undefined ? block : ({ ...block, tool_use_id: id } as Block);
      }),
    );
  });
};

const validId = (id: string, used: ReadonlySet<string>): string => {
  const valid = id.replace(/[^a-zA-Z0-9_-]/g, "_") || "call";
  let unique = valid;
  for (let count = 2; used.has(unique); count++) unique = `${valid}_${count}`;
  return unique;
};

/** @see https://platform.claude.com/docs/en/build-with-claude/prompt-caching */
const maxCacheMarks = 4;

/** The messages without their earliest cache marks, if the request has too many. */
const withFewerMarks = (request: MessageRequest, found: Found): MessageParam[] => {
  const { messages, system, tools, cache_control } = request;
  const count = (value: unknown): number => {
    if (Array.isArray(value)) return value.reduce((sum, item) => sum + count(item), 0);
    if (!isRecord(value)) return 0;
    return (value.cache_control ? 1 : 0) + count(value.content);
  };
  let excess =
    count(messages) + count(system) + count(tools) + (cache_control ? 1 : 0) - maxCacheMarks;
  if (excess <= 0) return messages;
  const unmarked = (block: Block): Block => {
    if (excess <= 0 || !isRecord(block) || count(block) === 0) return block;
    const { cache_control: mark, ...rest } = block;
    if (mark) {
      excess -= 1;
      found("cache_marks");
    }
    const content = Array.isArray(rest.content)
      ? { content: (rest.content as Block[]).map(unmarked) }
      : {};
    return { ...(mark ? rest : block), ...content } as Block;
  };
  return keepIfSame(messages, (turn) =>
    hasBlocks(turn) ? withBlocks(turn, keepIfSame(blocksOf(turn), unmarked)) : turn,
  );
};

/** The API asks for IDs that do not identify a person. */
const withoutEmail = (
  metadata: MessageRequest["metadata"],
  found: Found,
): MessageRequest["metadata"] => {
  const id = metadata?.user_id;
  if (!isText(id) || !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(id)) return metadata;
  found("user_id_email");
  return { ...metadata, user_id: createHash("sha256").update(id).digest("hex") };
};
