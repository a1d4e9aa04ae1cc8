/* Inputs with which a step runs here by one click. */
import { createHash } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { eventExample } from "../../src/claude/webhooks/schema";
import { recipes } from "./recipes";
import type { RunRequest, Session } from "./session";

/** What the form of a step is filled with. */
export type Example = Pick<RunRequest, "inputs" | "payload">;

const recipeOf = (step: string, title?: string): Record<string, unknown> =>
  recipes.find((recipe) => recipe.step === step && (!title || recipe.title === title))?.inputs ??
  {};

/** Prepares an example with other steps: a batch, a file or an agent's run that the step can work on. */
const prepared: Record<string, (session: Session) => Promise<Example>> = {
  getBatch: async (session) => ({ inputs: { batchId: await newBatch(session) } }),
  cancelBatch: async (session) => ({ inputs: { batchId: await newBatch(session) } }),
  getBatchResults: async (session) => ({ inputs: { batchId: await endedBatch(session) } }),
  deleteBatch: async (session) => ({ inputs: { batchId: await endedBatch(session) } }),
  getFile: async (session) => ({ inputs: { fileId: await newFile(session) } }),
  deleteFile: async (session) => ({ inputs: { fileId: await newFile(session) } }),
  downloadFile: async (session) => {
    const { data } = await outputOf(session, "listFiles", { fetchAll: "true" });
    const file = data.find(({ downloadable }: { downloadable: boolean }) => downloadable);
    return { inputs: { fileId: file?.id ?? "" } };
  },
  resumeAgent: async (session) => {
    const inputs = recipeOf("runAgent", "Agent with an approval");
    const { state, pending } = await outputOf(session, "runAgent", inputs);
    const decisions = pending.map(({ id }: { id: string }) => ({ id, approved: true }));
    return { inputs: { state, decisions: JSON.stringify(decisions, null, 2) } };
  },
};

/** A webhook, signed now: older signatures are refused. */
const signedEvent = (): Example => {
  const secret = `whsec_${createHash("sha256").update("example").digest("base64")}`;
  const body = JSON.stringify(eventExample);
  const now = new Date();
  const headers = {
    "webhook-id": eventExample.id,
    "webhook-timestamp": String(Math.floor(now.getTime() / 1_000)),
    "webhook-signature": new Webhook(secret).sign(eventExample.id, now, body),
  };
  return { inputs: { signingSecrets: [secret] }, payload: { headers, body } };
};

const order = "Paper clips: 200\nTotal: 118.50 EUR\n";

const fixed: Record<string, () => Example> = {
  uploadFile: () => ({ inputs: { file: order, fileName: "order.txt" } }),
  listModels: () => ({ inputs: { fetchAll: "true" } }),
  rawRequest: () => ({ inputs: { url: "/models", method: "GET" } }),
  anthropicEvent: signedEvent,
};

/**
 * The example of a step: the inputs of its first recipe, or what other steps prepare. Nothing is
 * prepared on the real API, because it costs money.
 */
export const exampleOf = async (session: Session, key: string): Promise<Example> => {
  const prepare = session.status().host ? undefined : prepared[key];
  return (await prepare?.(session)) ?? fixed[key]?.() ?? { inputs: recipeOf(key) };
};

// biome-ignore lint/suspicious/noExplicitAny: the output of any action
const outputOf = async (session: Session, key: string, inputs: object): Promise<any> => {
  let problem = "";
  const { data, failed } = await session.run(
    { kind: "action", key, inputs: inputs as Record<string, unknown> },
    (event) => {
      if (event.type === "error") problem = event.message;
    },
  );
  if (failed) throw new Error(problem);
  return data;
};

const newBatch = async (session: Session): Promise<string> =>
  (await outputOf(session, "createBatch", recipeOf("createBatch"))).id;

/** The emulator processes a share of a batch with each read. */
const reads = 10;

const endedBatch = async (session: Session): Promise<string> => {
  const batchId = await newBatch(session);
  for (let read = 0; read < reads; read++) {
    const { processing_status } = await outputOf(session, "getBatch", { batchId });
    if (processing_status === "ended") break;
  }
  return batchId;
};

const newFile = async (session: Session): Promise<string> =>
  (await outputOf(session, "uploadFile", { file: order, fileName: "order.txt" })).id;
