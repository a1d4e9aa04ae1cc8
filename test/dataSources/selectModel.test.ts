import { createHarness } from "@prismatic-io/spectral/dist/testing";
import { expect, test } from "vitest";
import { modelExample } from "../../src/claude/models/schema";
import { component, connectionTo } from "../support/component";
import { startServer } from "../support/server";

test("Select Model lists the models of all pages, newest first, without retired ones", async () => {
  const model = (id: string, created: string, rest: object = {}) => ({
    ...modelExample,
    id,
    display_name: `Claude ${id}`,
    created_at: `${created}T00:00:00Z`,
    ...rest,
  });
  const invalid = { toString: 1 };
  const server = await startServer(
    {
      body: {
        data: [model("old", "2025-01-01"), model("new", "2026-09-01")],
        has_more: true,
        last_id: "new",
      },
    },
    {
      body: {
        data: [
          model("gone", "2024-01-01", { lifecycle: "retired" }),
          model("going", "2025-06-01", {
            lifecycle: "deprecated",
            retires_at: "2026-11-30T00:00:00Z",
          }),
          model("plain", "2024-06-01", { display_name: "", lifecycle: undefined }),
          { id: "no-name", display_name: invalid, created_at: invalid, created: invalid },
          { id: invalid },
        ],
        has_more: false,
        last_id: "plain",
      },
    },
  );
  const { result } = await createHarness(component).dataSource("selectModel", {
    connection: connectionTo(server.url),
  });
  expect(result).toEqual([
    { key: "new", label: "Claude new" },
    { key: "going", label: "Claude going (deprecated, retires 2026-11-30)" },
    { key: "old", label: "Claude old" },
    { key: "plain", label: "plain" },
    { key: "no-name", label: "no-name" },
  ]);
  expect(server.requests.map(({ query }) => query)).toEqual([
    "limit=1000",
    "after_id=new&limit=1000",
  ]);
});

test("Select Model is the data source of every Model input", () => {
  const models = Object.values(component.actions).flatMap(({ inputs }) =>
    inputs.filter(({ key }) => key === "model"),
  );
  expect(models.length).toBeGreaterThan(0);
  for (const { dataSource } of models) expect(dataSource).toBe("selectModel");
});
