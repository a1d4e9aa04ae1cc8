/** The form of each step in a browser: every input as the designer shows it, and a run with its example. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { describeComponent, type InputDescription } from "../../dev/description";
import { component } from "../support/component";
import { inBrowser, runStep, show } from "./browser";

const { actions, triggers, dataSources, connections } = describeComponent(component);

/** What the page shows of an input. */
interface Shown {
  key: string;
  label: string;
  comments: string;
  isRequired: boolean;
  widget: string;
  inputs?: Shown[];
}

const widgetOf = ({ type, collection, choices, dataSource }: InputDescription): string => {
  if (collection) return "list";
  if (dataSource) return "pick list from a data source";
  if (choices || type === "flow") return "pick list";
  const widgets: Record<string, string> = {
    boolean: "check box",
    code: "editor",
    text: "text area",
    data: "file",
    password: "password",
  };
  return widgets[type] ?? "line";
};

/** In the form of a new step: a list has no rows yet. */
const expected = (inputs: readonly InputDescription[]): Shown[] =>
  inputs
    .filter(({ type }) => type !== "connection")
    .map((input) => {
      const { key, label, comments, isRequired, inputs: fields, collection } = input;
      const isGroup = fields && !collection;
      return {
        key,
        label,
        comments,
        isRequired,
        widget: isGroup ? "closed group" : widgetOf(input),
        ...(isGroup ? { inputs: expected(fields) } : {}),
      };
    });

const shownIn = (page: Page): Promise<Shown[]> =>
  page.evaluate(() => {
    const own = (element: Element, selector: string) => element.querySelector(selector);
    const read = (parent: Element): Shown[] =>
      [...parent.querySelectorAll(":scope > [data-key]")].map((element): Shown => {
        const isGroup = element.matches("details");
        const widget = isGroup
          ? `${(element as HTMLDetailsElement).open ? "open" : "closed"} group`
          : own(element, ".list")
            ? "list"
            : own(element, "input[list]")
              ? "pick list from a data source"
              : own(element, "select")
                ? "pick list"
                : own(element, ".editor")
                  ? "editor"
                  : own(element, "[type=file]")
                    ? "file"
                    : own(element, "textarea")
                      ? "text area"
                      : own(element, "[type=checkbox]")
                        ? "check box"
                        : own(element, "[type=password]")
                          ? "password"
                          : "line";
        const label = own(element, isGroup ? "summary" : "label, legend")?.textContent ?? "";
        return {
          key: element.getAttribute("data-key") ?? "",
          label: label.replace(/ \* required$/, ""),
          comments: own(element, ":scope > .about")?.textContent ?? "",
          isRequired: label.endsWith(" * required"),
          widget,
          ...(isGroup ? { inputs: read(element) } : {}),
        };
      });
    const form = document.querySelector(".middle form");
    return form ? read(form) : [];
  });

inBrowser("forms", (opened) => {
  test.each(
    [...actions, ...triggers, ...dataSources, ...connections].map((step) => [step.key, step]),
  )("%s has every input of its definition", async (_, step) => {
    const { page } = opened;
    await show(page, `${step.kind}/${step.key}`, step.label);
    expect(await shownIn(page)).toEqual(expected(step.inputs));
  });

  test.each([...actions, ...triggers, ...dataSources].map((step) => [step.key, step]))(
    "%s runs with its example",
    async (_, step) => {
      const { page } = opened;
      await show(page, `${step.kind}/${step.key}`, step.label);
      const filled = page.waitForResponse((response) => response.url().endsWith("/api/example"));
      await page.getByRole("button", { name: "Fill in the example" }).click();
      await filled;
      await runStep(page);
      expect(await page.locator(".right .error").allTextContents()).toEqual([]);
      expect(await page.locator(".right h3").first().textContent()).toBe("Output");
    },
  );
});
