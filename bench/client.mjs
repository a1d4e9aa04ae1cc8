// One client making calls: `node bench/client.mjs connector|sdk|sdk-streaming URL CALLS CONCURRENCY [MAX_TOKENS]`.
// Prints the CPU time of the process for one call, in microseconds.
// With CALLS `file`, sends a 25 MB document once and prints how far memory rose above the start, in MB.
import { connector, sdk } from "./clients.mjs";

const [who, url, calls, concurrency, maxTokens = "4096"] = process.argv.slice(2);
const request = {
  model: "claude-sonnet-5-5",
  max_tokens: Number(maxTokens),
  messages: [{ role: "user", content: "Write a haiku about a paper clip." }],
};

const withFile = (file) => {
  if (!file) return request;
  const source = { type: "base64", media_type: "application/pdf", data: file.toString("base64") };
  const [{ content }] = request.messages;
  const blocks = [
    { type: "document", source },
    { type: "text", text: content },
  ];
  return { ...request, messages: [{ role: "user", content: blocks }] };
};

const clients = {
  connector() {
    const perform = connector(url);
    return (file) =>
      perform("chat", {
        model: request.model,
        initialMessage: request.messages[0].content,
        maxTokens: String(request.max_tokens),
        attachments: file && [{ key: "a.pdf", value: { data: file } }],
      });
  },
  sdk() {
    const { client } = sdk(url);
    return (file) => client.messages.create(withFile(file));
  },
  "sdk-streaming"() {
    const { client } = sdk(url);
    return (file) => client.messages.stream(withFile(file)).finalMessage();
  },
};

const call = clients[who]();
const make = async (count) => {
  const worker = async () => {
    for (let done = 0; done < count / concurrency; done++) await call();
  };
  await Promise.all(Array.from({ length: Number(concurrency) }, worker));
};

if (calls === "file") {
  const file = Buffer.alloc(25_000_000, "x");
  file.write("%PDF-1.7");
  // What a first call loads is no cost of the file.
  await call();
  global.gc?.();
  const start = process.memoryUsage().rss;
  let peak = start;
  const look = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 1);
  await call(file);
  clearInterval(look);
  console.log((Math.max(peak, process.memoryUsage().rss) - start) / 1e6);
  process.exit();
}

await make(Number(calls) / 2);
const before = process.cpuUsage();
await make(Number(calls));
const { user, system } = process.cpuUsage(before);
console.log((user + system) / Number(calls));
process.exit();
