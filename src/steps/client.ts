import type { Connection } from "@prismatic-io/spectral";
import { type Client, createClient, type StepContext } from "../client/client";
import { sdkRetryPolicy } from "../client/retry";
import { readHeaders } from "../parameters/httpRequest";
import { requestOptions } from "../parameters/requestOptions";
import { failureWording } from "../wording/failures";
import type { Labels } from "../wording/labels";

/** Headers that contain the credential of one connection or another. */
const credentialHeaders = ["authorization", "x-api-key"];

/**
 * The client of a step, from its Connection and its Request Options.
 *
 * @param labels Of the step, for errors.
 * @param secrets Values to redact in logs, errors and outputs, in addition to the connection's.
 */
export const stepClient = (
  context: StepContext,
  params: { connection: Connection; requestOptions?: unknown },
  labels: Labels,
  secrets: readonly string[] = [],
): Client => {
  const { timeout, maxRetries, headers } = requestOptions.read(params.requestOptions);
  const label = requestOptions.parameters.headers.input.label.value;
  const client = createClient(context, params.connection, {
    describe: failureWording(labels),
    headers: readHeaders(label, headers, credentialHeaders),
    timeoutMs: timeout === undefined ? undefined : timeout * 1_000,
    retry: sdkRetryPolicy(maxRetries),
    secrets,
  });
  // The header of the credential is known only from the connection.
  readHeaders(label, headers, client.credentialHeaderNames);
  return client;
};
