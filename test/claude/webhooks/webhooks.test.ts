import { createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { eventExample } from "../../../src/claude/webhooks/schema";
import { readWebhook } from "../../../src/claude/webhooks/webhooks";
import { runs } from "../../support/propertyRuns";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const key = Buffer.from(secret.slice("whsec_".length), "base64");

const signed = (body: string) => {
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const signature = createHmac("sha256", key).update(`id.${timestamp}.${body}`).digest("base64");
  return {
    "webhook-id": "id",
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${signature}`,
  };
};

test("readWebhook returns an event or a refusal for any signed body", () => {
  const value = fc.oneof(fc.constantFrom<unknown>("a", 5, null, [], {}), fc.jsonValue());
  const event = fc.oneof(
    fc.record({ id: value, data: fc.oneof(fc.record({ type: value }), value) }),
    value,
  );
  const body = fc.oneof(
    event.map((given) => JSON.stringify(given)),
    fc.string({ unit: "grapheme" }),
    fc.constant(JSON.stringify(eventExample)),
  );
  fc.assert(
    fc.property(body, (body) => {
      const webhook = readWebhook(body, signed(body), [secret]);
      const { event } = webhook;
      if (event === undefined) {
        expect(["webhook_not_json", "webhook_not_an_event"]).toContain(webhook.refusal.code);
        return;
      }
      expect(event).toEqual(JSON.parse(body));
      expect([typeof event.id, typeof event.data.type]).toEqual(["string", "string"]);
    }),
    runs(),
  );
});

test("readWebhook refuses any body and headers without a valid signature", () => {
  const body = JSON.stringify(eventExample);
  const good = signed(body);
  const text = fc.oneof(
    fc.constantFrom(...Object.values(good), "v1,", "v1", ",", " ", "v2,a v1,b", "NaN", "1e999"),
    fc.string({ unit: "grapheme" }),
  );
  const headers = fc.record(
    { "webhook-id": text, "webhook-timestamp": text, "webhook-signature": text },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(fc.constant(body), fc.string()), headers, (sent, headers) => {
      const isGood = Object.entries(good).every(
        ([name, value]) => headers[name as keyof typeof good] === value,
      );
      if (sent === body && isGood) return;
      expect(readWebhook(sent, headers, [secret])).toEqual({
        refusal: {
          code: "webhook_not_verified",
          cause: expect.stringMatching(/^(headers|age|signature)$/),
        },
      });
    }),
    runs(300),
  );
});
