/** The check of the integrations in examples/ finds what the platform would refuse at import. */
import { expect, test } from "vitest";
import { faultsOf, type Integration, read } from "./support/integration";

/** An integration with a part replaced, or left out if the value is undefined. */
const broken = (path: string, value: unknown): Integration => {
  const integration = structuredClone(read("email-to-record.yaml"));
  const names = path.split(".");
  const last = names.pop() ?? "";
  const parent = names.reduce<unknown>(
    (part, name) => (part as Record<string, unknown>)[name],
    integration,
  ) as Record<string, unknown>;
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return integration;
};

const retryConfig = { maxAttempts: 9, delayMinutes: 1, usesExponentialBackoff: false };
const log = { key: "log", component: { key: "log", isPublic: true, version: "LATEST" } };
const text = { type: "value", value: "text" };

const flow = "flows.0";
const mail = `${flow}.steps.0`;
const readOrder = `${flow}.steps.1`;
const sendRecord = `${readOrder}.branches.0.steps.0`;

test.each<[what: string, path: string, value: unknown, fault: string]>([
  ["another version", "definitionVersion", 6, "/definitionVersion must be equal to constant"],
  ["no flows", "flows", undefined, "must have required property 'flows'"],
  ["an unknown property", "version", 1, "must NOT have additional properties version"],
  [
    "an unknown property of a step",
    `${mail}.inputz`,
    {},
    "/flows/0/steps/0 must NOT have additional properties inputz",
  ],
  [
    "a number as a value",
    `${readOrder}.inputs.model.value`,
    5,
    "/flows/0/steps/1/inputs/model/value must be string",
  ],
  [
    "a number in a row",
    `${readOrder}.inputs.fields.value.0.value`,
    5,
    "/flows/0/steps/1/inputs/fields/value/0/value must be string",
  ],
  [
    "an unknown type of a value",
    `${readOrder}.inputs.model.type`,
    "text",
    '/flows/0/steps/1/inputs/model value of tag "type" must be in oneOf',
  ],
  [
    "a step in a branch without an action",
    `${sendRecord}.action`,
    undefined,
    "/flows/0/steps/1/branches/0/steps/0 must have required property 'action'",
  ],
  [
    "an unknown endpoint security",
    `${flow}.endpointSecurityType`,
    "open",
    "/flows/0/endpointSecurityType must be equal to one of the allowed values",
  ],
  [
    "too many retries",
    `${flow}.retryConfig`,
    retryConfig,
    "/flows/0/retryConfig/maxAttempts must be <= 3",
  ],
  [
    "a schedule without its type",
    `${mail}.schedule`,
    { ...text, meta: {} },
    "/flows/0/steps/0/schedule/meta must have required property 'scheduleType'",
  ],
  [
    "an unknown action",
    `${readOrder}.action.key`,
    "readOrder",
    "Read Order: anthropic has no step readOrder",
  ],
  [
    "an unknown input",
    `${readOrder}.inputs.prompt`,
    text,
    "Read Order: extractData has no input prompt",
  ],
  [
    "no required input",
    `${readOrder}.inputs.connection`,
    undefined,
    "Read Order: connection is required",
  ],
  [
    "a connection that is not a config variable",
    `${readOrder}.inputs.connection`,
    text,
    "Read Order: connection must be a configVar",
  ],
  [
    "a single value for a list",
    `${readOrder}.inputs.attachments`,
    text,
    "Read Order: attachments must be a list",
  ],
  [
    "a list for a single value",
    `${readOrder}.inputs.text`,
    { type: "complex", value: [] },
    "Read Order: text must be a single value",
  ],
  [
    "a row without a name in a list of keys and values",
    `${readOrder}.inputs.attachments.value.0.name`,
    undefined,
    "Read Order: attachments must have rows with names",
  ],
  [
    "a row with a name in a list of values",
    `${readOrder}.inputs.fields.value.0.name`,
    "customer",
    "Read Order: fields must have rows without names",
  ],
  [
    "an unknown input of a row",
    `${readOrder}.inputs.fields.value.0.value`,
    '{"name": "customer", "kind": "text"}',
    "Read Order: fields has no input kind",
  ],
  [
    "a group that is not JSON",
    `${readOrder}.inputs.requestOptions`,
    text,
    "Read Order: requestOptions must be JSON text",
  ],
  ["log instead of writeLog", `${sendRecord}.action`, log, "Send Record: log has no step log"],
  [
    "an unknown input of a step of the platform",
    `${sendRecord}.inputs.body`,
    text,
    "Send Record: httpPost has no input body",
  ],
  [
    "the component as a public one",
    `${readOrder}.action.component.isPublic`,
    true,
    "Read Order: wrong isPublic",
  ],
])("refuses %s", (_, path, value, fault) => {
  expect(faultsOf(broken(path, value))).toEqual([fault]);
});
