/* What a run has told the page so far. */
import type { RunEvent } from "./api";

export interface Exchange {
  id: string;
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
  status?: number;
  responseHeaders?: Record<string, string>;
  response: string;
  ms?: number;
  error?: string;
}

export interface RunRecord {
  isRunning: boolean;
  exchanges: Exchange[];
  logs: { level: string; text: string }[];
  result?: { data: unknown; branch?: string };
  error?: { name: string; message: string; input?: string; code?: string };
}

export const emptyRecord: RunRecord = { isRunning: false, exchanges: [], logs: [] };

/** The record with one more event. */
export const withEvent = (record: RunRecord, event: RunEvent): RunRecord => {
  const change = (id: string, part: (exchange: Exchange) => Partial<Exchange>): RunRecord => ({
    ...record,
    exchanges: record.exchanges.map((exchange) =>
      exchange.id === id ? { ...exchange, ...part(exchange) } : exchange,
    ),
  });
  switch (event.type) {
    case "request": {
      const { type: _, ...exchange } = event;
      return { ...record, exchanges: [...record.exchanges, { ...exchange, response: "" }] };
    }
    case "response":
      return change(event.id, () => ({ status: event.status, responseHeaders: event.headers }));
    case "chunk":
      return change(event.id, ({ response }) => ({ response: response + event.text }));
    case "end":
      return change(event.id, () => ({ ms: event.ms, error: event.error }));
    case "log":
      return { ...record, logs: [...record.logs, { level: event.level, text: event.text }] };
    case "result":
      return { ...record, result: { data: event.data, branch: event.branch } };
    case "error":
      return { ...record, error: event };
    default:
      return record;
  }
};

/** The text of a reply that is arriving, from the events of its stream. */
export const streamedText = ({ exchanges }: RunRecord): string => {
  const { response = "", url = "" } = exchanges.at(-1) ?? {};
  if (!url.endsWith("/v1/messages")) return "";
  return [...response.matchAll(/^data: (.*)$/gm)]
    .map(([, data = ""]) => {
      try {
        return JSON.parse(data).delta?.text ?? "";
      } catch {
        return "";
      }
    })
    .join("");
};
