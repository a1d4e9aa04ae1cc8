/* The judgement of a text that Check Text asks for. */
import { isRecord, type Schema } from "./request";

const propertiesOf = (schema: unknown): Record<string, Schema> =>
  isRecord(schema) && isRecord(schema.properties)
    ? (schema.properties as Record<string, Schema>)
    : {};

const injection =
  /[^.\n]*\b(?:ignore|disregard|forget)\b[^.\n]{0,60}\b(?:instructions?|rules?|prompt)\b[^.\n]*\.?/i;

/** Violations of ready rules that show in words, and the same score for all. Undefined for another schema. */
export const judgementFor = (schema: Schema, text: string): unknown => {
  const { violations, scores, ...others } = propertiesOf(schema);
  const { rule } = propertiesOf(violations?.items);
  const names = Object.keys(propertiesOf(scores));
  if (Object.keys(others).length > 0 || (!rule && names.length === 0)) return undefined;
  const [quote] = injection.exec(text) ?? [];
  const isAsked = Array.isArray(rule?.enum) && rule.enum.includes("promptInjection");
  const why = "It tells an AI system to ignore its instructions.";
  return {
    ...(rule
      ? {
          violations:
            isAsked && quote ? [{ rule: "promptInjection", quote: quote.trim(), why }] : [],
        }
      : {}),
    ...(names.length > 0 ? { scores: Object.fromEntries(names.map((name) => [name, 4])) } : {}),
  };
};
