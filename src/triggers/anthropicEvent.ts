import { type TriggerPayload, trigger } from "@prismatic-io/spectral";
import { rawText } from "../claude/files/fileValue";
import { eventExample } from "../claude/webhooks/schema";
import { readWebhook, type WebhookEvent } from "../claude/webhooks/webhooks";
import { list } from "../parameters/define";
import { InputError } from "../parameters/InputError";
import { type Reader, texts } from "../parameters/read";
import { describeWebhookRefusal } from "../wording/notices";

const readSecrets: Reader<string[]> = (label) => (value) => {
  const secrets = texts(label)(value).map((secret) => secret.trim());
  for (const secret of secrets) {
    if (!/^whsec_[A-Za-z0-9+/]{8,}={0,2}$/.test(secret)) {
      throw new InputError(
        label,
        "contains a text that is not a signing secret: whsec_ followed by letters and digits. Copy it again from the Claude Console.",
      );
    }
  }
  return secrets;
};

const signingSecrets = {
  ...list(
    "Signing Secrets",
    {
      required: true,
      comments:
        "The signing secret of the webhook endpoint, from the Claude Console. During a rotation, the old and the new one.",
      placeholder: "Enter a secret that starts with whsec_",
      example: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    },
    readSecrets,
  ),
  type: "password" as const,
};

const eventTypes = list(
  "Event Types",
  {
    comments:
      "The events that start the flow, such as session.status_idled. session.* matches all events of a resource. Leave empty for every event.",
    placeholder: "Enter an event type",
    example: "session.status_idled",
  },
  (label) => (value) => texts(label)(value).map((type) => type.trim()),
);

const branches = { event: "Event", ignored: "Ignored", refused: "Refused" };

/** Where the IDs of past events are stored, and how many: a webhook is sent at most three times. */
const stateKey = "anthropicEventIds";
const maxStored = 1_000;

/** @see https://platform.claude.com/docs/en/managed-agents/webhooks */
export const anthropicEvent = trigger({
  display: {
    label: "Anthropic Event",
    description: "Start a flow for each event that Anthropic sends, after verifying its signature",
  },
  inputs: { signingSecrets, eventTypes },
  scheduleSupport: "invalid",
  synchronousResponseSupport: "invalid",
  allowsBranching: true,
  staticBranchNames: Object.values(branches),
  perform: async (context, payload, params) => {
    // A test run has no signature.
    if (context.isSimulatedTestExecution) {
      return { payload, response: respond(200, "received"), branch: branches.event };
    }
    if (params.signingSecrets.length === 0) {
      throw new InputError(
        signingSecrets.label,
        "is required. Enter the signing secret of the webhook endpoint.",
      );
    }
    const raw = rawText(payload.rawBody.data);
    const webhook = readWebhook(raw, payload.headers, params.signingSecrets);
    const { event } = webhook;
    if (!event) {
      const reason = describeWebhookRefusal(webhook.refusal, signingSecrets.label);
      context.logger.warn(`A webhook was refused: ${reason}`);
      // Content that is not verified is not passed on.
      const { contentType } = payload.rawBody;
      return {
        payload: {
          ...payload,
          body: { data: { reason }, contentType: "application/json" },
          rawBody: { data: null, contentType },
        },
        response: respond(401, "refused"),
        branch: branches.refused,
      };
    }
    const past = context.instanceState[stateKey];
    const ids = Array.isArray(past) ? past : [];
    const isNew = !ids.includes(event.id);
    const isWanted = matches(event, params.eventTypes);
    return {
      payload: { ...payload, body: { data: event, contentType: "application/json" } },
      response: respond(200, isNew ? "received" : "duplicate"),
      branch: isNew && isWanted ? branches.event : branches.ignored,
      instanceState: isNew ? { [stateKey]: [...ids, event.id].slice(-maxStored) } : {},
    };
  },
  examplePayload: {
    payload: { body: { data: eventExample, contentType: "application/json" } } as TriggerPayload,
    response: { statusCode: 200, contentType: "application/json", body: '{"status":"received"}' },
    branch: branches.event,
  },
});

const respond = (statusCode: number, status: string) => ({
  statusCode,
  contentType: "application/json",
  body: JSON.stringify({ status }),
});

const matches = ({ data: { type } }: WebhookEvent, wanted: readonly string[]): boolean =>
  wanted.length === 0 ||
  wanted.some((pattern) =>
    pattern.endsWith("*") ? type.startsWith(pattern.slice(0, -1)) : type === pattern,
  );
