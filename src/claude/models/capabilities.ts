import type { ModelCapabilities, ModelInfo } from "@anthropic-ai/sdk/resources/models";
import type { Client } from "../../client/client";
import { ApiError } from "../../client/errors";
import { walks } from "../../client/path";
import { asCount, asObject, withTypes } from "../types";
import { retrieveModel } from "./models";

/** A look-up that fails or drags on must not hold up what it is for. */
const limits = { timeoutMs: 5_000, maxRetries: 0 };

/** The types of what is read of a page. */
const ofPage = { max_input_tokens: asCount, max_tokens: asCount, capabilities: asObject };

/** How hosts say that they have no page for a model. */
const noPage = [404, 405, 501];

/**
 * What models can do does not change: each is asked for once in the life of the process. By
 * account, since a key may see models that another does not.
 */
const known = new Map<string, Promise<ModelInfo | null>>();

/**
 * A model's limits and what it can do, as the API says it. Null where nothing is known: hosts that
 * have no page for the model are passed over quietly, and the API itself is the judge then.
 *
 * @see https://platform.claude.com/docs/en/api/models/retrieve
 */
export const modelPage = (client: Client, model: string): Promise<ModelInfo | null> => {
  // Some hosts name models by a place in their folders: no path leads to a page of such.
  if (walks(model)) return Promise.resolve(null);
  const key = `${client.account} ${model}`;
  const asked =
    known.get(key) ??
    retrieveModel(client, model, limits).then(
      ({ data }) => {
        withTypes(data, ofPage);
        return data;
      },
      (error: unknown) => {
        // A host without such a page will not have one next time. Other faults pass.
        if (!(error instanceof ApiError) || !noPage.includes(error.status ?? 0)) known.delete(key);
        return null;
      },
    );
  known.set(key, asked);
  return asked;
};

/**
 * Whether a model takes a temperature other than 1. Models that think only as they see fit refuse
 * one; the API has no flag of its own for it.
 */
export const takesTemperature = ({ thinking }: ModelCapabilities): boolean =>
  !(thinking?.types?.adaptive?.supported && !thinking.types.enabled?.supported);
