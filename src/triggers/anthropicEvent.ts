import { input, type TriggerPayload, trigger } from "@prismatic-io/spectral";
import { eventExample } from "../claude/webhooks/schema";
import { readWebhook, type WebhookEvent } from "../claude/webhooks/webhooks";
import { asBytes } from "../inputs/binary";
import { InputError } from "../inputs/InputError";
import { texts } from "../inputs/read";

const signingSecrets = input({
  label: "Signing Secrets",
  type: "password",
  collection: "valuelist",
  required: true,
  comments:
    "The signing secret of the webhook endpoint, from the Claude Console. During a change of secrets, the old and the new one.",
  placeholder: "Enter a secret that begins with whsec_",
  example: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  clean: (value): string[] => {
    const secrets = texts("Signing Secrets")(value).map((secret) => secret.trim());
    for (const secret of secrets) {
      if (!/^whsec_[A-Za-z0-9+/]{8,}={0,2}$/.test(secret)) {
        throw new InputError(
          "Signing Secrets",
          "holds a text that is no signing secret: one begins with whsec_. Copy it again from the Claude Console.",
        );
      }
    }
    return secrets;
  },
});

const eventTypes = input({
  label: "Event Types",
  type: "string",
  collection: "valuelist",
  required: false,
  comments:
    "The events to start for, such as session.status_idled. session.* stands for all of a resource. Empty: every event.",
  placeholder: "Enter an event type",
  example: "session.status_idled",
  clean: (value): string[] => texts("Event Types")(value).map((type) => type.trim()),
});

const branches = { event: "Event", ignored: "Ignored", refused: "Refused" };

/** Where the ids of past events are kept, and how many: a webhook is sent three times at most. */
const stateKey = "anthropicEventIds";
const kept = 1_000;

/** @see https://platform.claude.com/docs/en/managed-agents/webhooks */
export const anthropicEvent = trigger({
  display: {
    label: "Anthropic Event",
    description: "Start a flow for each event that Anthropic sends, once its signature is verified",
  },
  inputs: { signingSecrets, eventTypes },
  scheduleSupport: "invalid",
  synchronousResponseSupport: "invalid",
  allowsBranching: true,
  staticBranchNames: Object.values(branches),
  perform: async (context, payload, params) => {
    // Somebody tries the flow out, and need not be able to sign.
    if (context.isSimulatedTestExecution) {
      return { payload, response: answer(200, "received"), branch: branches.event };
    }
    if (params.signingSecrets.length === 0) {
      throw new InputError(
        "Signing Secrets",
        "is required. Enter the one of the webhook endpoint.",
      );
    }
    const raw = rawText(payload.rawBody.data);
    const { event, refusal } = readWebhook(raw, payload.headers, params.signingSecrets);
    if (!event) {
      context.logger.warn(`A webhook was refused: ${refusal}`);
      // What nobody vouches for goes nowhere.
      const nothing = { data: null, contentType: "application/json" };
      return {
        payload: { ...payload, body: nothing, rawBody: nothing },
        response: answer(401, "refused"),
        branch: branches.refused,
      };
    }
    const past = context.instanceState[stateKey];
    const ids = Array.isArray(past) ? past : [];
    const isNew = !ids.includes(event.id);
    const isWanted = matches(event, params.eventTypes);
    return {
      payload: { ...payload, body: { data: event, contentType: "application/json" } },
      response: answer(200, isNew ? "received" : "duplicate"),
      branch: isNew && isWanted ? branches.event : branches.ignored,
      instanceState: isNew ? { [stateKey]: [...ids, event.id].slice(-kept) } : {},
    };
  },
  examplePayload: {
    payload: { body: { data: eventExample, contentType: "application/json" } } as TriggerPayload,
    response: { statusCode: 200, contentType: "application/json", body: '{"status":"received"}' },
    branch: branches.event,
  },
});

const answer = (statusCode: number, status: string) => ({
  statusCode,
  contentType: "application/json",
  body: JSON.stringify({ status }),
});

/** The platform hands on bytes as text, as bytes, or as bytes that became JSON on the way. */
const rawText = (data: unknown): string => {
  if (typeof data === "string") return data;
  return asBytes(data)?.toString() ?? "";
};

const matches = ({ data: { type } }: WebhookEvent, wanted: readonly string[]): boolean =>
  wanted.length === 0 ||
  wanted.some((pattern) =>
    pattern.endsWith("*") ? type.startsWith(pattern.slice(0, -1)) : type === pattern,
  );
