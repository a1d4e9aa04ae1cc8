import type { Connection } from "@prismatic-io/spectral";
import type { MessageClient } from "../claude/messages/send";
import type { Masker } from "../claude/privacy/masker";
import { createClient, type StepContext } from "../client/client";
import type { Pace } from "../client/pace";
import { sdkRetryPolicy } from "../client/retry";
import { readHeaders } from "../parameters/httpRequest";
import { requestOptions } from "../parameters/requestOptions";
import { failureWording } from "../wording/failures";
import type { Labels } from "../wording/labels";
import { type BudgetContext, readBudget } from "./budget";
import { type RecordedUsage, recordUsage, type UsageContext } from "./usage";

/** Headers that contain the credential of one connection or another. */
const credentialHeaders = ["authorization", "x-api-key"];

/**
 * The client of a step, from its Connection and its Advanced inputs.
 *
 * @param labels Of the step, for errors.
 * @param secrets Values to redact in logs, errors and outputs, in addition to the connection's.
 */
export const stepClient = (
  context: StepContext & UsageContext & BudgetContext & { masker?: Masker },
  params: { connection: Connection; requestOptions?: unknown },
  labels: Labels,
  secrets: readonly string[] = [],
  pace?: Pace,
): MessageClient => {
  const { parameters } = requestOptions;
  const options = requestOptions.read(params.requestOptions);
  // Code may pass these to steps whose group does not show them, and which then have not read them.
  const timeout = parameters.timeout.input.clean(options.timeout);
  const maxRetries = parameters.maxRetries.input.clean(options.maxRetries);
  const headers = parameters.headers.input.clean(options.headers);
  const label = parameters.headers.input.label.value;
  const client = createClient(context, params.connection, {
    describe: failureWording(labels),
    headers: readHeaders(label, headers, credentialHeaders),
    timeoutMs: timeout === undefined ? undefined : timeout * 1_000,
    retry: maxRetries === undefined ? undefined : sdkRetryPolicy(maxRetries),
    secrets,
    pace,
  });
  // The header of the credential is known only from the connection.
  readHeaders(label, headers, client.credentialHeaderNames);
  const budget = readBudget(context, params.connection);
  return Object.assign(client, {
    masker: context.masker,
    checkBudget: budget?.check,
    record: (usage: RecordedUsage) => {
      recordUsage(context, { ...usage, model: client.redact(usage.model) });
      budget?.add(usage.cost);
    },
  });
};
