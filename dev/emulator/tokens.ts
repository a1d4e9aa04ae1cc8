import type { Material, Materials } from "./material";
import { type Block, blocksOf, isRecord, type MessagesBody } from "./request";

/** Estimates the number of tokens of a text: one for every four characters. */
export const estimate = (text: string): number => Math.ceil(text.length / 4);

const perTurn = 4;
const perPage = 1_500;
/** @see https://platform.claude.com/docs/en/build-with-claude/vision#calculate-image-costs */
const pixelsPerToken = 750;
/** Larger images are scaled down. */
const maxPerImage = 4_784;

/** A part of a prompt, in the order in which the API reads and caches it. */
export interface PromptPart {
  tokens: number;
  /** The part itself, for the hash of the prompt cache. */
  value: unknown;
  cache: unknown;
}

/** The parts of a prompt: tools, system, blocks of the turns. */
export const promptParts = (body: MessagesBody, materials: Materials): PromptPart[] => {
  const { tools = [], system, messages, output_config, output_format } = body;
  const format = output_config?.format ?? output_format;
  const parts = [
    ...tools.map((tool) => part(tool, estimate(JSON.stringify(tool)))),
    ...(format ? [part({ ...format }, estimate(JSON.stringify(format)))] : []),
    ...blocksOf(system).map((block) => part(block, blockTokens(block, materials))),
  ];
  for (const { role, content } of messages) {
    for (const [index, block] of blocksOf(content).entries()) {
      const tokens = blockTokens(block, materials) + (index === 0 ? perTurn : 0);
      parts.push({ ...part(block, tokens), value: [role, block] });
    }
  }
  return parts;
};

const part = (value: Record<string, unknown>, tokens: number): PromptPart => ({
  tokens,
  value,
  cache: value.cache_control,
});

/** The number of input tokens of a prompt. */
export const countTokens = (parts: readonly PromptPart[]): number =>
  parts.reduce((sum, { tokens }) => sum + tokens, 0);

const blockTokens = (block: Block, materials: Materials): number => {
  const material = materials.get(block);
  if (material) return materialTokens(material);
  const { text, thinking, content, input } = block;
  if (typeof text === "string") return estimate(text);
  if (typeof thinking === "string") return estimate(thinking);
  if (input !== undefined) return estimate(String(block.name) + JSON.stringify(input));
  if (content !== undefined) {
    return blocksOf(content).length > 0
      ? blocksOf(content).reduce((sum, inner) => sum + blockTokens(inner, materials), 0)
      : isRecord(content)
        ? estimate(JSON.stringify(content))
        : 0;
  }
  return estimate(JSON.stringify(block));
};

const materialTokens = ({ form, texts, width, height }: Material): number => {
  if (form === "image") return Math.min(Math.ceil((width * height) / pixelsPerToken), maxPerImage);
  const ofTexts = texts.reduce((sum, text) => sum + estimate(text), 0);
  return form === "pdf" ? ofTexts + perPage * texts.length : ofTexts;
};
