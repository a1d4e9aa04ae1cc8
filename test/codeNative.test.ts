/** The guide, the package and the example for code-native integrations fit together. `npm run test:publish` runs them. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { component } from "./support/component";

const root = path.resolve(import.meta.dirname, "..");
const read = (name: string) => readFileSync(path.join(root, name), "utf8");
const json = (name: string) => JSON.parse(read(name));

const example = "examples/code-native";
const code = ["src", "test", "withPackage"].flatMap((folder) =>
  readdirSync(path.join(root, example, folder))
    .filter((name) => name.endsWith(".ts"))
    .map((name) => read(`${example}/${folder}/${name}`)),
);

const blocks = (language: string) => {
  const guide = read("docs/guides/code-native.md");
  const found = guide.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, "g"));
  return [...found].map(([, block = ""]) => block);
};

describe("docs/guides/code-native.md", () => {
  test("its code is that of the example, which is compiled and run", () => {
    expect(blocks("ts")).toHaveLength(9);
    expect(blocks("ts").filter((block) => !code.some((file) => file.includes(block)))).toEqual([]);
  });

  test("its commands are those of the example and of the rehearsal", () => {
    const [manifest = "", pack, ...others] = blocks("sh");
    const { scripts } = json(`${example}/package.json`);
    expect(scripts.manifest).toContain(manifest.replace("npx ", "").trim());
    expect(pack).toBe("npm pack\n");
    expect(others).toEqual([]);
  });
});

test("the package has the version of the connector, and its range of spectral", () => {
  const { version, dependencies } = json("package.json");
  const packed = json("npm/package.json");
  const spectral = "@prismatic-io/spectral";
  expect(packed).toMatchObject({
    version,
    peerDependencies: { [spectral]: dependencies[spectral] },
  });
});

test("the example has the versions of the connector", () => {
  const { dependencies, devDependencies } = json("package.json");
  const project = json(`${example}/package.json`);
  expect({ ...dependencies, ...devDependencies }).toMatchObject({
    ...project.dependencies,
    ...project.devDependencies,
  });
});

test("only the connection to a gateway has the field Authentication, which the package relies on", () => {
  const keys = component.connections
    .filter(({ inputs }) => inputs.some(({ key }) => key === "authentication"))
    .map(({ key }) => key);
  expect(keys).toEqual(["gateway"]);
});
