/**
 * The format of an integration in YAML, as far as it is public. The platform checks it at import.
 *
 * @see https://github.com/prismatic-io/examples/blob/main/utils/integration-workflow-migration/integrationSchema.ts
 */
import { Ajv, type ErrorObject } from "ajv";

type Schema = Record<string, unknown>;

const string = { type: "string" };
const boolean = { type: "boolean" };
const integer = { type: "integer" };
const anyObject = { type: "object" };
const list = (items: Schema) => ({ type: "array", items });
const oneOf = (...values: string[]) => ({ enum: values });
const ref = (name: string) => ({ $ref: `#/$defs/${name}` });

/** An object with these properties and no others. */
const object = (required: Record<string, Schema>, optional: Record<string, Schema> = {}) => ({
  type: "object",
  properties: { ...required, ...optional },
  required: Object.keys(required),
  additionalProperties: false,
});

const simpleTypes = oneOf("value", "reference", "configVar", "template", "dataSource");
const inputs = { type: "object", additionalProperties: ref("input") };
// A text or a value in what the platform exports: shopify-example.yml, recursive-flow-examples.yml.
const name = { anyOf: [string, ref("simpleInput")] };

const component = object({
  key: string,
  isPublic: boolean,
  // A number in the source above, LATEST in what the platform exports, such as gmail-with-webhooks.yml.
  version: { anyOf: [{ const: "LATEST" }, integer] },
});

const $defs = {
  simpleInput: object({ type: simpleTypes, value: string }, { name, meta: anyObject }),
  // Conditions of branches, which no example has, also nest texts and lists.
  complexInput: object(
    { type: { const: "complex" }, value: list(ref("input")) },
    { name, meta: anyObject },
  ),
  input: {
    ...anyObject,
    discriminator: { propertyName: "type" },
    required: ["type"],
    oneOf: [ref("simpleInput"), ref("complexInput")],
  },
  step: object(
    { name: string, action: object({ key: string, component }) },
    {
      description: string,
      inputs,
      steps: list(ref("step")),
      branches: list(object({ name: string, steps: list(ref("step")) })),
      isTrigger: boolean,
      schedule: object({
        type: simpleTypes,
        value: string,
        meta: object(
          { scheduleType: oneOf("none", "custom", "minute", "hour", "day", "week") },
          { timeZone: string },
        ),
      }),
      errorConfig: object(
        {},
        {
          errorHandlerType: oneOf("fail", "ignore", "retry"),
          maxAttempts: { ...integer, minimum: 0, maximum: 5 },
          delaySeconds: { ...integer, minimum: 0, maximum: 60 },
          usesExponentialBackoff: boolean,
          ignoreFinalError: boolean,
        },
      ),
      // Written by spectral for code-native integrations: serverTypes/convertIntegration.js.
      stableKey: string,
    },
  ),
  flow: object(
    { name: string, steps: list(ref("step")) },
    {
      description: string,
      isSynchronous: boolean,
      retryConfig: object(
        {
          maxAttempts: { ...integer, minimum: 1, maximum: 3 },
          delayMinutes: { ...integer, minimum: 0, maximum: 60 },
          usesExponentialBackoff: boolean,
        },
        { uniqueRequestIdField: ref("simpleInput") },
      ),
      queueConfig: object(
        { usesFifoQueue: boolean },
        { singletonExecutions: boolean, dedupeIdField: ref("simpleInput") },
      ),
      endpointSecurityType: oneOf(
        "unsecured",
        "customer_optional",
        "customer_required",
        "organization",
      ),
      organizationApiKeys: list(string),
      schemas: object({}, { invoke: anyObject, result: anyObject }),
      // As for steps.
      stableKey: string,
      // These two: migrate-salesforce-recursive-flow-to-batch-polling-trigger-export.yml.
      isAgentFlow: boolean,
      triggerResolver: object(
        { enabled: boolean, batchSize: { ...integer, minimum: 1 } },
        { concurrentBatchLimit: integer },
      ),
    },
  ),
  connection: object(
    {
      key: string,
      connection: object({ key: string, component }, { template: string }),
    },
    {
      description: string,
      header: string,
      dataType: { const: "connection" },
      inputs,
      orgOnly: boolean,
      meta: anyObject,
      // As for steps.
      stableKey: string,
    },
  ),
};

const integration = {
  ...object(
    {
      definitionVersion: { const: 7 },
      name: string,
      description: string,
      flows: list(ref("flow")),
    },
    {
      // Required in the source above, but not in what the platform exports: shopify-example.yml.
      defaultInstanceProfile: string,
      documentation: string,
      category: string,
      labels: list(string),
      // Of the four kinds of config variables, the examples have connections.
      requiredConfigVars: list(ref("connection")),
      endpointType: oneOf("flow_specific", "instance_specific", "shared_instance"),
      preprocessFlowName: string,
      externalCustomerIdField: ref("simpleInput"),
      externalCustomerUserIdField: ref("simpleInput"),
      flowNameField: ref("simpleInput"),
      configPages: list(
        object(
          {
            name: string,
            elements: list(
              object({ type: oneOf("configVar", "htmlElement", "jsonForm"), value: string }),
            ),
          },
          { tagline: string, userLevelConfigured: boolean },
        ),
      ),
    },
  ),
  $defs,
};

const validate = new Ajv({ allErrors: true, discriminator: true }).compile(integration);

const sentence = ({ instancePath, message, params }: ErrorObject): string =>
  [instancePath, message, params.additionalProperty].filter(Boolean).join(" ");

/** What is wrong with the format of an integration. */
export const formatFaults = (given: unknown): string[] =>
  validate(given) ? [] : (validate.errors ?? []).map(sentence);
