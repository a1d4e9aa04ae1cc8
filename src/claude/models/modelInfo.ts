import type { ModelCapabilities, ModelInfo } from "@anthropic-ai/sdk/resources/models";
import type { Client } from "../../client/client";
import { ApiError } from "../../client/errors";
import { hasDotSegments } from "../../client/path";
import { asCount, asObject, normalizeMembers } from "../hosts/values";
import { retrieveModel } from "./models";

const ofModelInfo = { max_input_tokens: asCount, max_tokens: asCount, capabilities: asObject };

/** Statuses of hosts that have no info about a model. */
const noModelInfo = [404, 405, 501];

/**
 * Capabilities of models do not change: each is looked up once in the lifetime of the process. By
 * account, since not every key has access to every model.
 */
const cache = new Map<string, Promise<ModelInfo | null>>();

/** What a flow sends as a model may be anything: a process that runs for long must not keep it all. */
const maxCached = { models: 500, nameLength: 200 };

/**
 * Limits and capabilities of a model as the API reports them. Null if nothing is known, as for hosts
 * without model info: the API itself then decides what it accepts.
 *
 * @see https://platform.claude.com/docs/en/api/models/retrieve
 */
export const findModelInfo = (client: Client, model: string): Promise<ModelInfo | null> => {
  // Some hosts name models by a path such as ./models/llama, which no URL can contain.
  if (hasDotSegments(model)) return Promise.resolve(null);
  const key = `${client.account} ${model}`;
  const cached = cache.get(key);
  if (cached) return cached;
  const lookup = retrieveModel(client, model, { isQuickLookup: true }).then(
    ({ data }) => {
      normalizeMembers(data, ofModelInfo);
      return data;
    },
    (error: unknown) => {
      // A host without model info will not have it next time. Other errors are temporary.
      if (!(error instanceof ApiError) || !noModelInfo.includes(error.status ?? 0)) {
        cache.delete(key);
      }
      return null;
    },
  );
  if (model.length > maxCached.nameLength) return lookup;
  cache.set(key, lookup);
  const [oldest = ""] = cache.keys();
  if (cache.size > maxCached.models) cache.delete(oldest);
  return lookup;
};

/**
 * Whether a model thinks unless it is told not to, as all of generation 5 do. By its name: the API
 * reports no capability for it.
 *
 * @param model ID in the form of any host, such as us.anthropic.claude-opus-5-5.
 * @see https://platform.claude.com/docs/en/build-with-claude/thinking#configuring-thinking
 */
export const thinksByDefault = (model: string): boolean => {
  const [, generation] = /claude-[a-z]+-(\d{1,2})(?!\d)/.exec(model) ?? [];
  return Number(generation) >= 5;
};

/**
 * Whether a model supports a temperature other than 1. Models that only support adaptive thinking
 * refuse it; the API reports no capability for it.
 */
export const supportsTemperature = ({ thinking }: ModelCapabilities): boolean =>
  !(thinking?.types?.adaptive?.supported && !thinking.types.enabled?.supported);
