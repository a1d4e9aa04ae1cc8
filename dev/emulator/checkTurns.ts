import { type Block, isRecord } from "./request";

/** Why the API refuses the turns of a request, undefined if it accepts them. */
export const checkTurns = (messages: unknown, acceptsSystem: boolean): string | undefined => {
  if (!Array.isArray(messages)) return "messages: Input should be a valid list";
  if (messages.length === 0) return "messages: at least one message is required";
  for (const [turn, message] of messages.entries()) {
    const at = `messages.${turn}`;
    if (!isRecord(message)) return `${at}: Input should be a valid dictionary`;
    const fault =
      checkRole(message.role, at, acceptsSystem) ?? checkContent(message, messages, turn);
    if (fault) return fault;
  }
  return messages[0].role === "user"
    ? checkPairs(messages)
    : 'messages: first message must use the "user" role';
};

const checkRole = (role: unknown, at: string, acceptsSystem: boolean): string | undefined => {
  if (role === undefined) return `${at}.role: Field required`;
  if (role === "user" || role === "assistant") return undefined;
  if (role !== "system") return `${at}.role: Input should be 'user', 'assistant' or 'system'`;
  return acceptsSystem
    ? undefined
    : `${at}.role: Input should be "user" or "assistant", not "system"`;
};

const checkContent = (
  { content, role }: Record<string, unknown>,
  messages: readonly unknown[],
  turn: number,
): string | undefined => {
  const at = `messages.${turn}`;
  if (content === undefined) return `${at}.content: Field required`;
  const isLastReply = turn === messages.length - 1 && role === "assistant";
  if (content === "" || (Array.isArray(content) && content.length === 0)) {
    return isLastReply
      ? undefined
      : `${at}: all messages must have non-empty content except for the optional final assistant message`;
  }
  if (typeof content === "string") return undefined;
  if (!Array.isArray(content)) return `${at}.content: Input should be a valid list`;
  for (const [index, block] of content.entries()) {
    const path = `${at}.content.${index}`;
    if (!isRecord(block)) return `${path}: Input should be a valid dictionary`;
    if (typeof block.type !== "string") return `${path}.type: Field required`;
    if (block.type !== "text") continue;
    if (typeof block.text !== "string") return `${path}.text.text: Field required`;
    if (block.text === "") return "messages: text content blocks must be non-empty";
    if (role === "user" && !/\S/.test(block.text)) {
      return "messages: text content blocks must contain non-whitespace text";
    }
  }
  return undefined;
};

const blocks = (message: unknown): Block[] =>
  isRecord(message) && Array.isArray(message.content) ? message.content : [];

/** Each tool call needs its result in the next turn of the user, and each result its call before it. */
const checkPairs = (messages: readonly Record<string, unknown>[]): string | undefined => {
  // Turns of one role in a row are one turn for the API.
  const merged: { role: unknown; turn: number; blocks: Block[] }[] = [];
  for (const [turn, message] of messages.entries()) {
    if (message.role === "system") continue;
    const last = merged.at(-1);
    if (last?.role === message.role) last?.blocks.push(...blocks(message));
    else merged.push({ role: message.role, turn, blocks: [...blocks(message)] });
  }
  for (const [index, { role, turn, blocks: own }] of merged.entries()) {
    const near = role === "assistant" ? merged[index + 1] : merged[index - 1];
    const idsOf = (type: string, list: readonly Block[] = []) =>
      new Set(
        list.filter((block) => block.type === type).map(({ id, tool_use_id }) => id ?? tool_use_id),
      );
    if (role === "assistant" && near) {
      const results = idsOf("tool_result", near.blocks);
      const open = [...idsOf("tool_use", own)].filter((id) => !results.has(id));
      if (open.length > 0) {
        return `messages.${turn}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.join(", ")}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`;
      }
    }
    if (role === "user") {
      const calls = idsOf("tool_use", near?.blocks);
      const at = own.findIndex(
        ({ type, tool_use_id }) => type === "tool_result" && !calls.has(tool_use_id),
      );
      if (at >= 0) {
        return `messages.${turn}.content.${at}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${own[at]?.tool_use_id}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`;
      }
    }
  }
  const last = merged.at(-1);
  const open = last?.role === "assistant" && last.blocks.find(({ type }) => type === "tool_use");
  return open
    ? `messages.${last.turn}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.id}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`
    : undefined;
};
