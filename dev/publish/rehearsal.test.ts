/** Publishes the built component with the Prism CLI to a local stand-in for the platform. */
import { execFile, execFileSync } from "node:child_process";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Inputs } from "@prismatic-io/spectral";
import type {
  Action,
  Component,
  Connection,
  DataSource,
  Input,
  Trigger,
} from "@prismatic-io/spectral/dist/serverTypes";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { builtComponent } from "../component";
import { type Platform, startPlatform } from "./platform";

const root = path.resolve(import.meta.dirname, "../..");
const tools = path.join(import.meta.dirname, "node_modules/.bin");
const run = promisify(execFile);

/** The properties that the platform accepts. The compiler checks the lists against spectral's types. */
const known = {
  definition: {
    key: true,
    public: true,
    documentationUrl: true,
    display: true,
    // Sent as separate variables.
    actions: true,
    triggers: true,
    dataSources: true,
    connections: true,
    configuration: true,
    hasConfigurationInit: true,
    codeNativeIntegrationYAML: true,
    publishingMetadata: true,
    forCodeNativeIntegration: true,
  } satisfies Record<keyof Component | "forCodeNativeIntegration", true>,
  action: {
    key: true,
    display: true,
    inputs: true,
    terminateExecution: true,
    breakLoop: true,
    allowsBranching: true,
    staticBranchNames: true,
    dynamicBranchInput: true,
    perform: true,
    examplePayload: true,
    outputSchema: true,
    examplePerform: true,
    examplePerformSafety: true,
    performSafety: true,
  } satisfies Record<keyof Action, true>,
  trigger: {
    key: true,
    display: true,
    inputs: true,
    terminateExecution: true,
    breakLoop: true,
    allowsBranching: true,
    staticBranchNames: true,
    dynamicBranchInput: true,
    perform: true,
    onInstanceDeploy: true,
    hasOnInstanceDeploy: true,
    onInstanceDelete: true,
    hasOnInstanceDelete: true,
    webhookLifecycleHandlers: true,
    webhookCreate: true,
    hasWebhookCreateFunction: true,
    webhookDelete: true,
    hasWebhookDeleteFunction: true,
    scheduleSupport: true,
    synchronousResponseSupport: true,
    triggerResolverSupport: true,
    triggerResolverDefaultBatchSize: true,
    triggerResolverDefaultConcurrentBatchLimit: true,
    resolveTriggerItems: true,
    hasResolveTriggerItems: true,
    getNextPaginationState: true,
    hasGetNextDiscoveryState: true,
    onDeployPerform: true,
    hasOnDeployPerform: true,
    resolveOnDeployItems: true,
    hasResolveOnDeployItems: true,
    getOnDeployNextPaginationState: true,
    hasGetOnDeployNextDiscoveryState: true,
    examplePayload: true,
    isCommonTrigger: true,
    isPollingTrigger: true,
  } satisfies Record<keyof Trigger<Inputs, Inputs>, true>,
  dataSource: {
    key: true,
    display: true,
    inputs: true,
    perform: true,
    dataSourceType: true,
    examplePayload: true,
  } satisfies Record<keyof DataSource, true>,
  connection: {
    key: true,
    label: true,
    comments: true,
    oauth2Type: true,
    iconPath: true,
    avatarIconPath: true,
    inputs: true,
  } satisfies Record<keyof Connection, true>,
  input: {
    key: true,
    label: true,
    keyLabel: true,
    type: true,
    collection: true,
    placeholder: true,
    default: true,
    comments: true,
    example: true,
    required: true,
    model: true,
    language: true,
    onPremiseControlled: true,
    dataSource: true,
    shown: true,
    scope: true,
    inputs: true,
  } satisfies Record<keyof Input, true>,
};

type Part = Record<string, unknown> & { key?: string; inputs?: Part[] };

const unknownKeys = (kind: keyof typeof known, part: Part): string[] => [
  ...Object.keys(part)
    .filter((key) => !(key in known[kind]))
    .map((key) => `${kind} ${part.key}: ${key}`),
  ...(part.inputs ?? []).flatMap((input) => unknownKeys("input", input)),
];

describe("prism components:publish", () => {
  let platform: Platform;
  let submitted: Record<"definition", Part> &
    Record<"actions" | "dataSources" | "connections" | "triggers", Part[]>;

  beforeAll(async () => {
    platform = await startPlatform();
    await run(path.join(tools, "prism"), ["components:publish", "--no-confirm"], {
      cwd: root,
      env: { ...process.env, PRISMATIC_URL: platform.url, PRISM_ACCESS_TOKEN: "rehearsal" },
    });
    const publish = platform.graphQl.find(({ query }) => query.includes("publishComponent"));
    submitted = publish?.variables as unknown as typeof submitted;
  });

  afterAll(() => platform.stop());

  test("submits the definition, and every step and connection", () => {
    expect(submitted.definition).toEqual({
      key: "anthropic",
      documentationUrl: "https://platform.claude.com/docs",
      display: {
        label: "Anthropic",
        description: "Put Claude, Anthropic's language model, to work in a flow",
        category: "Application Connectors",
        iconPath: "icon.png",
      },
    });
    for (const kind of ["actions", "triggers", "dataSources"] as const) {
      expect(submitted[kind].map(({ key }) => key)).toEqual(Object.keys(builtComponent[kind]));
    }
    const connections = builtComponent.connections.map(({ key }) => key);
    expect(submitted.connections.map(({ key }) => key)).toEqual(connections);
  });

  test("submits only properties that the platform accepts", () => {
    expect([
      ...unknownKeys("definition", submitted.definition),
      ...submitted.actions.flatMap((action) => unknownKeys("action", action)),
      ...submitted.triggers.flatMap((trigger) => unknownKeys("trigger", trigger)),
      ...submitted.dataSources.flatMap((dataSource) => unknownKeys("dataSource", dataSource)),
      ...submitted.connections.flatMap((connection) => unknownKeys("connection", connection)),
    ]).toEqual([]);
  });

  test("uploads exactly the files in dist", () => {
    const { contentType, content } = platform.uploads.package ?? {};
    expect(contentType).toBe("application/zip");
    const files = unzipSync(new Uint8Array(content ?? Buffer.alloc(0)));
    expect(Object.keys(files).sort()).toEqual(["icon.png", "index.js", "licenses.json"]);
    for (const [name, bytes] of Object.entries(files)) {
      expect(Buffer.from(bytes).equals(readFileSync(path.join(root, "dist", name)))).toBe(true);
    }
  });

  test("uploads the icon", () => {
    const { contentType, content } = platform.uploads.icon ?? {};
    expect(contentType).toBe("image/png");
    expect(content?.equals(readFileSync(path.join(root, "assets/icon.png")))).toBe(true);
    expect(Object.keys(platform.uploads).sort()).toEqual(["icon", "package"]);
  });
});

test("component-manifest generates a manifest that type-checks", () => {
  const manifest = mkdtempSync(path.join(tmpdir(), "manifest-"));
  onTestFinished(() => rmSync(manifest, { recursive: true }));
  const bin = path.join(root, "node_modules/.bin");
  execFileSync(
    path.join(bin, "component-manifest"),
    ["--skip-signature-verify", "--output-dir", manifest],
    {
      cwd: root,
      env: { ...process.env, PATH: `${tools}${path.delimiter}${process.env.PATH}` },
    },
  );
  const compilerOptions = {
    strict: true,
    module: "preserve",
    moduleResolution: "bundler",
    types: ["node"],
    skipLibCheck: true,
    noEmit: true,
  };
  writeFileSync(
    path.join(manifest, "tsconfig.check.json"),
    JSON.stringify({ compilerOptions, include: ["src"] }),
  );
  symlinkSync(path.join(root, "node_modules"), path.join(manifest, "node_modules"));
  execFileSync(path.join(bin, "tsc"), ["-p", "tsconfig.check.json"], { cwd: manifest });
  expect(readdirSync(path.join(manifest, "src/actions"))).toContain("chat.ts");
});
