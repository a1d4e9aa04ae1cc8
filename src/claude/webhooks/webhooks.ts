import type { BetaWebhookEvent } from "@anthropic-ai/sdk/resources/beta/webhooks";
import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { isObject } from "../../client/values";

/** An event that Anthropic tells of: what happened, and to which resource. */
export type WebhookEvent = BetaWebhookEvent;

/**
 * Reads a webhook of Anthropic's once its signature is verified, not older than five minutes.
 *
 * @param body As it came over the wire: the signature is of these bytes.
 * @param secrets Any of them may have signed: there are two while one takes the place of another.
 * @returns The event, or why it is none of Anthropic's.
 * @throws Error for a secret that is none.
 * @see https://platform.claude.com/docs/en/managed-agents/webhooks
 * @see https://www.standardwebhooks.com
 */
export const readWebhook = (
  body: string,
  headers: Record<string, string>,
  secrets: readonly string[],
): { event?: WebhookEvent; refusal?: string } => {
  let refusal = "";
  for (const secret of secrets) {
    try {
      const event: unknown = new Webhook(secret).verify(body, headers);
      return isEvent(event) ? { event } : { refusal: "The body is no event." };
    } catch (error) {
      if (error instanceof SyntaxError) return { refusal: "The body is no JSON." };
      if (!(error instanceof WebhookVerificationError)) throw error;
      refusal = `${error.message}.`;
    }
  }
  return { refusal };
};

const isEvent = (value: unknown): value is WebhookEvent =>
  isObject(value) &&
  typeof value.id === "string" &&
  isObject(value.data) &&
  typeof value.data.type === "string";
