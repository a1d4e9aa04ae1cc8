import type { Perform } from "./perform";

/**
 * Replies to text from a device, and returns an object for the store of the device's data. The Chat step
 * replaces a pipeline that patches the payload before and after the call.
 */
export const answerDevice = async (perform: Perform, text: string) => {
  const { model, text: answer } = await perform("chat", {
    initialMessage: text,
    maxTokens: "1024",
  });
  return { model, answer };
};
