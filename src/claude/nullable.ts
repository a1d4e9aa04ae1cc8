/** JSON Schema of a member that may be null. */
export const nullable = (type: string, description: string) => ({
  type: [type, "null"],
  description,
});
