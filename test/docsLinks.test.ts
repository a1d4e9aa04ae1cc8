/** Every relative link in the documentation leads to an existing file and heading. */
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { expectNone } from "./support/checks";
import { anchorsOf, brokenLinks } from "./support/markdown";

const root = path.resolve(import.meta.dirname, "..");

const markdownIn = async (folder: string): Promise<string[]> =>
  (await readdir(path.join(root, folder), { recursive: true }))
    .filter((name) => name.endsWith(".md"))
    .map((name) => path.join(folder, name));

const pages = [
  ...["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "llms.txt"],
  ...["bench/README.md", "bench/RESULTS.md", "dev/mutation/RESULTS.md"],
  ...["npm/README.md", "examples/code-native/README.md"],
  ...(await markdownIn("docs")),
  ...(await markdownIn("skills")),
];

describe("links are valid", () => {
  test("all pages are read", () => {
    expect(pages.length).toBeGreaterThan(60);
  });

  test.each(pages)("%s", (page) => {
    expectNone(brokenLinks(root, page));
  });
});

test("a link to a missing file or heading is found, one in code is not a link", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "links-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const text = "# A title\n\n[a](#a-title) [b](b.md) [c](a.md#c) [d](a.md) `[e](e.md)` ![f](f.png)";
  await writeFile(path.join(folder, "a.md"), text);
  expect(brokenLinks(folder, "a.md")).toEqual([
    "a.md: change the link b.md, b.md does not exist",
    "a.md: change the link a.md#c, a.md has no heading #c",
    "a.md: change the link f.png, f.png does not exist",
  ]);
});

test("anchors are those of GitHub", () => {
  const text = [
    "# Which step do I need?",
    "## [Connections](connections.md)",
    "### `rate_limited`",
    "### Output",
    "```sh\n# not a heading\n```",
    "### Output",
    "### Cost (US dollars)",
  ].join("\n");
  expect(anchorsOf(text)).toEqual([
    "which-step-do-i-need",
    "connections",
    "rate_limited",
    "output",
    "output-1",
    "cost-us-dollars",
  ]);
});
