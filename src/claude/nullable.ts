/** JSON Schema of a field that may be null. */
export const nullable = (type: string, description: string) => ({
  type: [type, "null"],
  description,
});
