/** A step that is copied as YAML has the format of the integrations in examples/. */
import { expect, test } from "vitest";
import { parse } from "yaml";
import { describeComponent } from "../../dev/description";
import { asYaml } from "../../dev/playground/page/copy";
import { recipes } from "../../dev/playground/recipes";
import { component } from "../support/component";
import { faultsOf, read, type Step } from "../support/integration";

const { actions } = describeComponent(component);

const copied = (title: string): Step => {
  const recipe = recipes.find((candidate) => candidate.title === title);
  const action = actions.find(({ key }) => key === recipe?.step);
  const defaults = Object.fromEntries(
    (action?.inputs ?? []).map(({ key, default: value }) => [key, value]),
  );
  return action && parse(asYaml(action, { ...defaults, ...recipe?.inputs }))[0];
};

test.each(recipes.map(({ title }) => title))("%s", (title) => {
  const integration = read("receipt-to-record.yaml");
  integration.flows[0]?.steps.push(copied(title));
  expect(faultsOf(integration)).toEqual([]);
});

test("groups and their rows are JSON text", () => {
  expect(copied("Chat with a memory").inputs?.memory).toEqual({
    type: "value",
    value: '{"key":"user-1042"}',
  });
  expect(copied("Agent with two flows").inputs?.flows).toEqual({
    type: "complex",
    value: [
      {
        type: "value",
        value: '{"flow":"Find Order","description":"Looks up an order by its number."}',
      },
      { type: "value", value: '{"flow":"Refund Order","description":"Refunds an order."}' },
    ],
  });
});
