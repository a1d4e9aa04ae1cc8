import { expect, test } from "vitest";
import { run } from "./support/component";
import { startServer, streamed } from "./support/server";

test("Chat sends the message and returns the text", async () => {
  const server = await startServer(streamed("Hi."));
  const { text } = await run("chat", server, { initialMessage: "Hello" });
  expect(text).toBe("Hi.");
  expect(server.request().json).toMatchObject({ messages: [{ role: "user", content: "Hello" }] });
});
