/* What a step returned, and what went over the wire. */
import { useState } from "preact/hooks";
import { asCurl } from "./copy";
import { type Exchange, type RunRecord, streamedText } from "./record";
import { Tree } from "./tree";

export const copyText = async (text: string, say: (message: string) => void): Promise<void> => {
  await navigator.clipboard.writeText(text).then(
    () => say(text.length > 80 ? "Copied." : `Copied ${text}`),
    () => say(text),
  );
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const Figures = ({ data }: { data: Record<string, unknown> }) => {
  const { usage, cost, attempts } = data as {
    usage?: { input_tokens?: number; output_tokens?: number; cache_read_input_tokens?: number };
    cost?: { total: number } | null;
    attempts?: number;
  };
  const figures = [
    usage && `${usage.input_tokens ?? 0} tokens in, ${usage.output_tokens ?? 0} out`,
    usage?.cache_read_input_tokens && `${usage.cache_read_input_tokens} from the cache`,
    cost && `$${cost.total}`,
    attempts && attempts > 1 && `${attempts} attempts`,
  ].filter(Boolean);
  return figures.length > 0 ? <p class="figures">{figures.join(" · ")}</p> : null;
};

const Wire = ({ exchange, say }: { exchange: Exchange; say(message: string): void }) => {
  const { method, url, status, ms, error, headers, body, responseHeaders, response } = exchange;
  const lines = (all: Record<string, string> = {}) =>
    Object.entries(all)
      .map(([name, value]) => `${name}: ${value}`)
      .join("\n");
  return (
    <details class="exchange">
      <summary>
        {method} {new URL(url).pathname} <b>{status ?? error ?? "…"}</b>
        {ms !== undefined && ` ${ms} ms`}
      </summary>
      <button type="button" onClick={() => void copyText(asCurl(exchange), say)}>
        Copy as curl
      </button>
      <h4>Request</h4>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by keyboard */}
      <pre tabIndex={0}>{`${lines(headers)}\n\n${pretty(body)}`}</pre>
      <h4>Response</h4>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
      <pre tabIndex={0}>{`${lines(responseHeaders)}\n\n${pretty(response)}`}</pre>
    </details>
  );
};

const isEmulated = ({ url }: Exchange): boolean =>
  /^http:\/\/127\.0\.0\.1:\d+\/v1\/messages$/.test(url);

const pretty = (text: string): string => {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
};

/** @param name The name of the step, which references to its results start with. */
export const Result = ({
  name,
  record,
  say,
}: {
  name: string;
  record: RunRecord;
  say(message: string): void;
}) => {
  const { isRunning, result, error, exchanges, logs } = record;
  const data = result?.data;
  const warnings = isRecord(data) && Array.isArray(data.warnings) ? data.warnings : [];
  // The record of a reply in JSON is in the tree.
  const isText = isRecord(data) && typeof data.text === "string" && (data.json ?? null) === null;
  const text = isText ? String(data.text) : "";
  const arriving = isRunning ? streamedText(record) : "";
  return (
    <>
      {isRunning && <p role="status">Running…</p>}
      {arriving && <blockquote class="text arriving">{arriving}</blockquote>}
      {error && (
        <p class="error" role="alert">
          <b>{error.name}</b>
          {error.code && ` (${error.code})`}: {error.message}
        </p>
      )}
      {result && (
        <>
          {result.branch && (
            <p>
              Branch <b class="badge">{result.branch}</b>
            </p>
          )}
          {text && <blockquote class="text">{text}</blockquote>}
          {exchanges.some(isEmulated) && (
            <p class="about">
              Made by the emulator of words in the input. It does not understand them, as Claude
              does.
            </p>
          )}
          {isRecord(data) && <Figures data={data} />}
          {warnings.map((warning) => (
            <p class="warning" key={String(warning)}>
              {String(warning)}
            </p>
          ))}
          <h3>Output</h3>
          <p class="about">
            A click on a name copies its reference, to paste as the value of an input of a later
            step.
          </p>
          <Tree
            name={name}
            path={`${name}.results`}
            value={data}
            startsOpen
            onCopy={(path) => void copyText(path, say)}
          />
        </>
      )}
      {exchanges.length > 0 && <h3>Requests</h3>}
      {exchanges.map((exchange) => (
        <Wire key={exchange.id} exchange={exchange} say={say} />
      ))}
      {logs.length > 0 && <h3>Log</h3>}
      {logs.map(({ level, text }, index) => (
        <p class={`log ${level}`} key={index}>
          <b>{level}</b> {text}
        </p>
      ))}
    </>
  );
};

/** Approve and Deny for the calls that an agent waits with. */
export const Approval = ({
  output,
  onDecide,
}: {
  output: unknown;
  onDecide(state: string, decisions: unknown): void;
}) => {
  const [reason, setReason] = useState("");
  if (!isRecord(output) || typeof output.state !== "string" || !Array.isArray(output.pending))
    return null;
  if (output.pending.length === 0) return null;
  const pending = output.pending as { id: string; tool: string; input: unknown }[];
  const state = output.state;
  const decide = (approved: boolean) =>
    onDecide(
      state,
      pending.map(({ id }) => ({ id, approved, ...(reason ? { reason } : {}) })),
    );
  return (
    <section class="approval" aria-label="Approval">
      <h3>Waiting for approval</h3>
      {pending.map(({ id, tool, input }) => (
        <p key={id}>
          <b>{tool}</b> {JSON.stringify(input)}
        </p>
      ))}
      <label>
        Reason, optional
        <input value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
      <button type="button" class="primary" onClick={() => decide(true)}>
        Approve
      </button>
      <button type="button" onClick={() => decide(false)}>
        Deny
      </button>
    </section>
  );
};
