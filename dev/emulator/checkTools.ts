import { checkSchema } from "./checkSchema";
import { isRecord, type MessagesBody } from "./request";

/** Why the API refuses the tools of a request, undefined if it accepts them. */
export const checkTools = ({ tools, tool_choice: choice }: MessagesBody): string | undefined => {
  if (tools !== undefined && !Array.isArray(tools)) return "tools: Input should be a valid list";
  const names = new Set<string>();
  for (const [index, tool] of (tools ?? []).entries()) {
    const at = `tools.${index}`;
    if (!isRecord(tool)) return `${at}: Input should be a valid dictionary`;
    // A toolset has the name of its server.
    if (tool.type === "mcp_toolset") continue;
    if (typeof tool.name !== "string") return `${at}.custom.name: Field required`;
    if (names.has(tool.name)) return "tools: Tool names must be unique.";
    names.add(tool.name);
    const fault = checkTool(tool, at);
    if (fault) return fault;
  }
  if (!choice) return undefined;
  if (!tools?.length && choice.type !== "none") {
    return "tool_choice: tool_choice may only be specified while providing tools.";
  }
  return choice.type === "tool" && !names.has(String(choice.name))
    ? `tool_choice.name: Tool '${choice.name}' not found in provided tools`
    : undefined;
};

const checkTool = (tool: Record<string, unknown>, at: string): string | undefined => {
  if (tool.type !== undefined && tool.type !== "custom") return undefined;
  const path = `${at}.custom`;
  if (!/^[a-zA-Z0-9_-]{1,128}$/.test(String(tool.name))) {
    return `${path}.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`;
  }
  const { input_schema: schema } = tool;
  if (!isRecord(schema)) return `${path}.input_schema: Field required`;
  if (schema.type !== "object") return `${path}.input_schema.type: Input should be 'object'`;
  const keys = isRecord(schema.properties) ? Object.keys(schema.properties) : [];
  if (keys.some((key) => !/^[a-zA-Z0-9_.-]{1,64}$/.test(key))) {
    return `${path}.input_schema.properties: Property keys should match pattern '^[a-zA-Z0-9_.-]{1,64}$'`;
  }
  return tool.strict === true ? checkSchema(schema, `${path}.input_schema`) : undefined;
};
