// Batches and files of the benchmark server. The ID of a batch describes it: `msgbatch_ROWS_LENGTH`,
// with `_chunked` if its results are sent without content-length.
import { Readable } from "node:stream";

/** Text with quotes, line breaks and, in every other line, non-ASCII characters, as in real replies. */
const prose =
  'The reviewer calls the kettle "quick and quiet" --- but misses a lid that locks.\n\n- Heats a litre in two minutes.\n';
const idDigits = 6;

const batchOf = (id, origin) => {
  const [, rows] = id.split("_");
  return {
    id,
    type: "message_batch",
    processing_status: "ended",
    request_counts: { processing: 0, succeeded: Number(rows), errored: 0, canceled: 0, expired: 0 },
    created_at: new Date().toISOString(),
    results_url: `${origin}/v1/messages/batches/${id}/results`,
  };
};

const result = (row, text) => {
  const id = `row-${String(row).padStart(idDigits, "0")}`;
  const message = {
    id: `msg_01FqfsLoHwgeFbgu9sPz${id.slice(4)}`,
    type: "message",
    role: "assistant",
    model: "claude-sonnet-5-5",
    content: [{ type: "text", text }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: {
      input_tokens: 100 + (row % 900),
      output_tokens: 100 + (row % 800),
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      service_tier: "batch",
    },
  };
  return `${JSON.stringify({ custom_id: id, result: { type: "succeeded", message } })}\n`;
};

/** Results in an arbitrary order, whose lines all have the same length in bytes. */
const results = (id) => {
  const [rows, length] = id.split("_").slice(1, 3).map(Number);
  let text = prose.repeat(Math.ceil(length / prose.length));
  while (Buffer.byteLength(result(1, text)) > length) text = text.slice(0, -1);
  const texts = [text, text.replaceAll("---", "—")];
  const lines = function* () {
    let chunk = "";
    for (let index = 0; index < rows; index++) {
      const row = ((index * 7_919) % rows) + 1;
      chunk += result(row, texts[row % 2]);
      if (chunk.length < 65_536 && index + 1 < rows) continue;
      yield Buffer.from(chunk);
      chunk = "";
    }
  };
  return { bytes: rows * Buffer.byteLength(result(1, text)), lines };
};

/** Responds to a request for a batch or a file. Returns false for all other requests. */
export const respond = (request, response) => {
  const [, resource, id, part] =
    /^\/v1\/(messages\/batches|messages\/count_tokens|files)(?:\/(\w+)(?:\/(\w+))?)?$/.exec(
      request.url,
    ) ?? [];
  if (!resource) return false;
  if (part === "results") {
    const { bytes, lines } = results(id);
    const length = id.endsWith("_chunked") ? {} : { "content-length": bytes };
    response.writeHead(200, { "content-type": "application/x-jsonl", ...length });
    Readable.from(lines()).pipe(response);
    return true;
  }
  const bodies = {
    "messages/batches": () => batchOf(id ?? "msgbatch_1", `http://${request.headers.host}`),
    "messages/count_tokens": () => ({ input_tokens: 17 }),
    files: () => ({ id: "file_1", type: "file", filename: "a.bin" }),
  };
  request.resume().on("end", () => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(bodies[resource]()));
  });
  return true;
};
