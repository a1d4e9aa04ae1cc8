/** Each error code that the SDK documents for the endpoints of the steps has an advice. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { adviceByCause, adviceByCode } from "../../src/wording/errorCodes";

const resources = "node_modules/@anthropic-ai/sdk/resources";

/** Types of the endpoints that the steps use, of skills and user profiles, and of all endpoints. */
const types = [
  "shared",
  "messages/messages",
  "messages/batches",
  "models",
  "files",
  "skills/skills",
  "user-profiles/user-profiles",
];

const codes = types.flatMap((name) =>
  [...readFileSync(`${resources}/${name}.d.ts`, "utf8").matchAll(/error_code: '(\w+)'/g)].map(
    ([, code]) => code ?? "",
  ),
);

test("src/wording/errorCodes.ts has an advice for each error code of the SDK's types", () => {
  expect(codes.length).toBeGreaterThan(40);
  expect(codes.filter((code) => !(code in adviceByCode))).toEqual([]);
});

test("no code of the connector is unknown to the SDK's types", () => {
  expect(Object.keys(adviceByCode).filter((code) => !codes.includes(code))).toEqual([]);
});

test.each([
  [
    "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
    "Buy credits in the Claude Console.",
  ],
  [
    "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.",
    "The spend limit set in the Claude Console is reached. Increase it there, or wait until it resets.",
  ],
  ["messages: at least one message is required", undefined],
  [undefined, undefined],
])("the advice for %s", (message, advice) => {
  expect(adviceByCause(null, message)).toBe(advice);
});
