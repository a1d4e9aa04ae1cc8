/** A content block of a request, of any type. */
export type Block = { type: string } & Record<string, unknown>;

export interface Turn {
  role: string;
  content: string | Block[];
}

/** The emulator's view of a request for a message. */
export interface MessagesBody {
  model: string;
  max_tokens?: number;
  messages: Turn[];
  system?: string | Block[];
  tools?: Tool[];
  tool_choice?: { type: string; name?: string };
  thinking?: {
    type?: string;
    display?: string;
    budget_tokens?: number;
    block_binding?: Record<string, unknown>;
  };
  output_config?: { format?: Format };
  /** The earlier name of `output_config.format`. */
  output_format?: Format;
  stop_sequences?: string[];
  stream?: boolean;
  cache_control?: CacheControl;
}

export interface Format {
  type: string;
  schema: Schema;
}

export type Schema = Record<string, unknown>;

export interface Tool extends Record<string, unknown> {
  name: string;
  type?: string;
  description?: string;
  input_schema?: Schema;
}

export type CacheControl = { type: string; ttl?: "5m" | "1h" } | null;

/** Whether a value is an object with members. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A content as blocks: a string is one block of text. */
export const blocksOf = (content: unknown): Block[] =>
  typeof content === "string"
    ? [{ type: "text", text: content }]
    : Array.isArray(content)
      ? content.filter(isRecord).map((block) => block as Block)
      : [];

/** The text blocks of a content, joined. */
export const textOf = (content: unknown): string =>
  blocksOf(content)
    .flatMap(({ type, text }) => (type === "text" && typeof text === "string" ? text : []))
    .join("\n\n");

/** The last turn of the user that is more than results of tools. */
export const lastQuestion = ({ messages }: MessagesBody): number =>
  messages.findLastIndex(
    ({ role, content }) =>
      role === "user" && blocksOf(content).some(({ type }) => type !== "tool_result"),
  );

/** The text that the reply is about. */
export const questionOf = (body: MessagesBody): string =>
  textOf(body.messages[lastQuestion(body)]?.content);
