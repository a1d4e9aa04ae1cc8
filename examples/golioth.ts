import type { Perform } from "./perform";

/**
 * A device posts text, Claude answers, and an object goes on to where the device's data is kept.
 * One step, Chat, takes the place of a pipeline that patches a payload before and after the call.
 */
export const answerDevice = async (perform: Perform, text: string) => {
  const { model, text: answer } = await perform("chat", {
    initialMessage: text,
    maxTokens: "1024",
  });
  return { model, answer };
};
