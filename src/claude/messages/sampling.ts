import type { ModelInfo } from "@anthropic-ai/sdk/resources/models";
import { supportsTemperature } from "../models/modelInfo";
import type { Notice } from "../notice";

/** First API version without sampling parameters. */
const firstVersionWithout = "2026-10-21";

/** How the next token is sampled. */
export interface Sampling {
  /** 0 to 1. */
  temperature?: number;
  /** 0 to 1. */
  topP?: number;
}

/** 1 is the API's own default for both and is not sent. */
const isSet = (value: number | undefined): value is number => value !== undefined && value !== 1;

/** Whether the model decides if the values are supported. */
export const dependsOnModel = ({ temperature, topP }: Sampling, apiVersion: string): boolean =>
  (isSet(temperature) || isSet(topP)) && apiVersion < firstVersionWithout;

/**
 * The sampling parameters to send. Values that the API version, the model or its thinking do not
 * support are left out, with a notice.
 *
 * @param modelInfo Null if it is not known: everything is sent as it was asked for.
 * @param thinks Whether thinking is enabled.
 * @see https://platform.claude.com/docs/en/api/versioning
 */
export const adaptSampling = (
  { temperature, topP }: Sampling,
  {
    model,
    modelInfo,
    apiVersion,
    thinks,
  }: { model: string; modelInfo: ModelInfo | null; apiVersion: string; thinks: boolean },
): { temperature?: number; top_p?: number; notices: Notice[] } => {
  const notices: Notice[] = [];
  const adapt = (
    setting: "temperature" | "top_p",
    value: number | undefined,
  ): number | undefined => {
    if (!isSet(value)) return undefined;
    if (apiVersion >= firstVersionWithout) {
      notices.push({
        code: "sampling_not_supported",
        setting,
        value,
        by: `API version ${apiVersion}`,
      });
      return undefined;
    }
    if (modelInfo?.capabilities && !supportsTemperature(modelInfo.capabilities)) {
      notices.push({ code: "sampling_not_supported", setting, value, by: model });
      return undefined;
    }
    if (thinks) {
      notices.push({ code: "sampling_not_supported_with_thinking", setting, value });
      return undefined;
    }
    return value;
  };
  const sent = { temperature: adapt("temperature", temperature), top_p: adapt("top_p", topP) };
  if (sent.temperature !== undefined && sent.top_p !== undefined) {
    // Several models refuse both together.
    notices.push({ code: "top_p_with_temperature", value: sent.top_p });
    sent.top_p = undefined;
  }
  return { ...sent, notices };
};
