/** Code-native integrations: the example project, with a manifest of the published component and with the package. */
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Component } from "@prismatic-io/spectral/dist/serverTypes";
import { createHarness } from "@prismatic-io/spectral/dist/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import type packaged from "../../npm";
import { Logs } from "../../test/support/component";
import { startServer, streamed } from "../../test/support/server";
import { builtComponent } from "../component";
import { startEmulator } from "../emulator";
import { type Platform, startPlatform } from "./platform";

const root = path.resolve(import.meta.dirname, "../..");
const tools = path.join(import.meta.dirname, "node_modules/.bin");
const execute = promisify(execFile);
const load = createRequire(import.meta.url);

let platform: Platform;
let emulator: Awaited<ReturnType<typeof startEmulator>>;
const folders: string[] = [];

/** Runs a command with the Prism CLI on the path, logged in to the platform. Its error has the output. */
const run = async (cwd: string, command: string, ...args: string[]) => {
  const { FORCE_COLOR: _, VITEST: __, ...env } = process.env;
  return execute(command, args, {
    cwd,
    env: {
      ...env,
      NO_COLOR: "1",
      PATH: `${tools}${path.delimiter}${env.PATH}`,
      PRISMATIC_URL: platform.url,
      PRISM_ACCESS_TOKEN: "rehearsal",
      CONNECTOR: root,
    },
  }).catch((error: Error & { stdout: string; stderr: string }) => {
    throw new Error(`${error.message}\n${error.stdout}\n${error.stderr}`);
  });
};

const install = ["install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"];

/** A copy of the example project without what was installed, generated or built. */
const copyOfExample = () => {
  const project = mkdtempSync(path.join(tmpdir(), "code-native-"));
  folders.push(project);
  cpSync(path.join(root, "examples/code-native"), project, {
    recursive: true,
    filter: (source) => !/[\\/](node_modules|manifests|dist)$/.test(source),
  });
  return project;
};

const invoice = { number: "7", date: "2026-11-20", total: 20, dueDate: "2026-12-20" };

/** Runs the flow of the built integration, which is what the platform loads. */
const runBuilt = async (project: string, context: object) => {
  await run(project, "npm", "run", "build");
  const { default: integration } = load(path.join(project, "dist/index.js"));
  const data = "Invoice number: 7. Date: 2026-11-20. Due date: 2026-12-20. Total: 20.00 EUR.";
  const result = await createHarness(integration as Component).action(
    "readInvoice_onExecution",
    { onTrigger: { results: { body: { data, contentType: "text/plain" } } } },
    context,
  );
  return { yaml: parse(integration.codeNativeIntegrationYAML), output: result?.data };
};

const connectionOf = (key: string) => ({
  "Claude Connection": {
    key,
    configVarKey: "Claude Connection",
    fields: { apiKey: "any", baseUrl: emulator.url },
  },
});

beforeAll(async () => {
  platform = await startPlatform();
  emulator = await startEmulator();
  await run(root, "prism", "components:publish", "--no-confirm");
});

afterAll(async () => {
  platform.stop();
  await emulator.stop();
  for (const folder of folders) rmSync(folder, { recursive: true });
});

describe("the example project, with a manifest", () => {
  let project: string;

  beforeAll(async () => {
    project = copyOfExample();
    await run(project, "npm", ...install);
    await run(project, "npm", "run", "manifest");
  });

  test("the manifest has every action of the published component", () => {
    const files = readdirSync(path.join(project, "src/manifests/anthropic/actions"));
    const actions = Object.keys(builtComponent.actions).map((key) => `${key}.ts`);
    expect(files.sort()).toEqual([...actions, "index.ts"].sort());
  });

  test("it type-checks", async () => {
    await run(project, "npm", "run", "typecheck");
  });

  test("its tests pass, with the built component and the emulator", async () => {
    const { stdout } = await run(project, "npm", "test");
    expect(stdout).toMatch(/Tests +3 passed/);
  });

  test("the built integration calls the published component", async () => {
    const invoked: object[] = [];
    const invoke = (called: { key: string; component: object }, ...args: unknown[]) => {
      invoked.push({ ...called.component, action: called.key });
      const perform = builtComponent.actions[called.key]?.perform;
      return (perform as unknown as (...args: unknown[]) => unknown)(...args);
    };
    const context = { configVars: connectionOf("anthropic"), _components: { invoke } };
    const { yaml, output } = await runBuilt(project, context);
    expect(output).toEqual({ invoice });
    const reference = { key: "anthropic", isPublic: false, signature: "signature" };
    expect(invoked).toEqual([{ ...reference, action: "extractData" }]);
    expect(yaml.flows[0].supplementalComponents).toEqual([reference]);
  });
});

describe("the example project, with the package", () => {
  let project: string;

  beforeAll(async () => {
    project = copyOfExample();
    cpSync(path.join(project, "withPackage"), path.join(project, "src"), { recursive: true });
    await run(path.join(root, "npm"), "npm", "pack", "--pack-destination", project);
    const { version } = JSON.parse(readFileSync(path.join(root, "npm/package.json"), "utf8"));
    await run(project, "npm", ...install, `./prismatic-anthropic-${version}.tgz`);
  });

  test("it type-checks", async () => {
    await run(project, "npm", "run", "typecheck");
  });

  test("its tests pass, with the package and the emulator", async () => {
    const { stdout } = await run(project, "npm", "test");
    expect(stdout).toMatch(/Tests +3 passed/);
  });

  test("the built integration contains the component and defines its connection", async () => {
    const { yaml, output } = await runBuilt(project, {
      configVars: connectionOf("claudeConnection"),
    });
    expect(output).toEqual({ invoice });
    expect(yaml.flows[0].supplementalComponents).toEqual([]);
    const [connection] = builtComponent.connections;
    const fields = connection?.inputs.map(({ key }) => key);
    expect(Object.keys(yaml.requiredConfigVars[0].inputs)).toEqual(fields);
  });

  describe("the installed package", () => {
    const installed = () => {
      const loadFrom = createRequire(path.join(project, "package.json"));
      const { runWithContext } = loadFrom("@prismatic-io/spectral/dist/serverTypes");
      const anthropic: typeof packaged = loadFrom("prismatic-anthropic");
      const runInFlow = <Output>(call: () => Promise<Output>): Promise<Output> =>
        runWithContext({ logger: new Logs().logger }, call);
      return { anthropic, runInFlow };
    };

    test("sends the credential of a gateway, and the defaults of the designer", async () => {
      const { anthropic, runInFlow } = installed();
      const server = await startServer(streamed("Hi."));
      const fields = { baseUrl: server.url, authentication: "bearer", credential: "secret" };
      const connection = { key: "claudeGateway", configVarKey: "Claude Gateway", fields };
      const { data } = await runInFlow(() =>
        anthropic.actions.chat({ connection, initialMessage: "Hello", model: undefined }),
      );
      expect(data).toMatchObject({ ok: true, text: "Hi." });
      const { headers, json } = server.request();
      expect(headers.authorization).toBe("Bearer secret");
      expect(headers).not.toHaveProperty("x-api-key");
      expect(json).toMatchObject({ model: "claude-sonnet-5-5" });
    });

    test("rejects a call outside of a flow", async () => {
      const connection = { key: "", configVarKey: "", fields: {} };
      await expect(installed().anthropic.actions.listModels({ connection })).rejects.toThrow(
        "ActionContext not found",
      );
    });

    test("a connection has initial values, and who sees its fields", () => {
      const { connections } = installed().anthropic;
      const { inputs, ...about } = connections.gateway({
        stableKey: "gateway",
        values: {
          baseUrl: { value: "https://gateway.example.com" },
          headers: { permissionAndVisibilityType: "organization" },
        },
      });
      expect(about).toEqual({ stableKey: "gateway", dataType: "connection" });
      expect(inputs).toMatchObject({
        baseUrl: { label: "Base URL", default: "https://gateway.example.com", required: true },
        authentication: { default: "bearer" },
        headers: { type: "text", permissionAndVisibilityType: "organization" },
      });
      expect(Object.keys(connections)).toEqual(builtComponent.connections.map(({ key }) => key));
    });
  });
});
