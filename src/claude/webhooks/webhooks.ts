import type { BetaWebhookEvent } from "@anthropic-ai/sdk/resources/beta/webhooks";
import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { isObject } from "../../client/values";

/** An event that Anthropic sends: what happened, and to which resource. */
export type WebhookEvent = BetaWebhookEvent;

/** Why a webhook is refused. */
export type WebhookRefusal =
  | { code: "webhook_not_verified"; cause: "headers" | "age" | "signature" }
  | { code: "webhook_not_json" }
  | { code: "webhook_not_an_event" };

/**
 * Reads a webhook after verifying its signature and that it is not older than five minutes.
 *
 * @param body As received: the signature is of these bytes.
 * @param secrets Any of them may have signed: there are two while one replaces the other.
 * @returns The event, or why it is refused.
 * @throws Error for an invalid secret.
 * @see https://platform.claude.com/docs/en/managed-agents/webhooks
 * @see https://www.standardwebhooks.com
 */
export const readWebhook = (
  body: string,
  headers: Record<string, string>,
  secrets: readonly string[],
): { event: WebhookEvent } | { event?: undefined; refusal: WebhookRefusal } => {
  let cause: "headers" | "age" | "signature" = "signature";
  for (const secret of secrets) {
    try {
      const event: unknown = new Webhook(secret).verify(body, headers);
      return isEvent(event) ? { event } : { refusal: { code: "webhook_not_an_event" } };
    } catch (error) {
      if (error instanceof SyntaxError) return { refusal: { code: "webhook_not_json" } };
      if (!(error instanceof WebhookVerificationError)) throw error;
      const { message } = error;
      cause = /header/i.test(message) ? "headers" : /timestamp/.test(message) ? "age" : "signature";
    }
  }
  return { refusal: { code: "webhook_not_verified", cause } };
};

const isEvent = (value: unknown): value is WebhookEvent =>
  isObject(value) &&
  typeof value.id === "string" &&
  isObject(value.data) &&
  typeof value.data.type === "string";
