/** JSON Schema of what a step says about the data that it hid. */
export const hiddenSchema = {
  type: "object",
  description: "How many different values Privacy hid, by kind, such as {EMAIL: 2}",
};
