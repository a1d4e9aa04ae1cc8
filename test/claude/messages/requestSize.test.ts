import { describe, expect, test } from "vitest";
import { failure, gatewayTo, run } from "../../support/component";
import { startServer, streamed } from "../../support/server";

const large = "x".repeat(34_000_000);
const turn = (role: string, content: string) => ({ role, content });

describe("a request that is too large is refused before it is sent, with its largest input", () => {
  test.each<[string, object]>([
    ["Message", { initialMessage: large }],
    ["System Prompt", { systemPrompt: large }],
    ["Message", { initialMessage: "{{a}}", variables: [{ key: "a", value: large }] }],
    ["Conversation", { conversation: [turn("user", large), turn("assistant", "Hi")] }],
    [
      "Tool Definitions",
      {
        tools: {
          definitions: [{ name: "a", description: large, input_schema: { type: "object" } }],
        },
      },
    ],
  ])("%s", async (label, inputs) => {
    const server = await startServer(streamed("Hi."));
    const error = await failure("chat", server, { initialMessage: "Hi", ...inputs });
    expect(error.name).toBe("InputError");
    expect(error.message).toMatch(
      `${label} makes a request of 32.5 MB, but a request can have at most`,
    );
    expect(server.requests).toEqual([]);
  });
});

test("a gateway decides itself", async () => {
  const server = await startServer(streamed("Hi."));
  const connection = gatewayTo(server.url);
  const { text } = await run("chat", server, { connection, initialMessage: large });
  expect(text).toBe("Hi.");
});
