/**
 * The steps of the platform's own components that the examples use, with their inputs. Checked against
 * the integrations in https://github.com/prismatic-io/examples/tree/main/integrations.
 */

/** The collection of each input, null for a single value. */
type Inputs = Record<string, "valuelist" | "keyvaluelist" | null>;

// gmail-with-webhooks.yml
const httpGet: Inputs = {
  connection: null,
  debugRequest: null,
  headers: "keyvaluelist",
  ignoreSslErrors: null,
  includeFullResponse: null,
  maxRetries: null,
  queryParams: "keyvaluelist",
  responseType: null,
  retryDelayMS: null,
  retryOnAllErrors: null,
  timeout: null,
  url: null,
  useExponentialBackoff: null,
};

/** By component and action or trigger. */
export const platformSteps: Record<string, Inputs> = {
  // google-drive-webhooks.yml
  "webhook-triggers.webhook": {
    body: null,
    contentType: null,
    headers: "keyvaluelist",
    statusCode: null,
  },
  // gmail-with-webhooks.yml
  "schedule-triggers.schedule": {},
  "http.httpGet": httpGet,
  // shopify-example.yml
  "http.httpPost": { ...httpGet, data: null },
  // gmail-with-webhooks.yml
  "log.writeLog": { level: null, message: null },
  // shopify-example.yml
  "collection-tools.createObject": { keyValueInput: "keyvaluelist" },
  // google-drive-webhooks.yml
  "code.runCode": { code: null },
  // google-drive-webhooks.yml
  "persist-data.getCrossFlowValue": { keyInput: null, defaultValueInput: null },
  "persist-data.saveCrossFlowValue": { keyInput: null, valueInput: null },
};
