/** Links and headings of Markdown files. */
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { anchor } from "../../dev/docs/markdown";

/** Without code, in which brackets are not links and # is not a heading. */
const withoutCode = (text: string): string =>
  text
    .replace(/^```.*?^```/gms, "")
    .replace(/`[^`\n]*`/g, (part) => part.replace(/[[\](){}#]/g, ""));

/** The anchors of a page. A heading that occurs again has a number. */
export const anchorsOf = (text: string): string[] => {
  const counts: Record<string, number> = {};
  return [...withoutCode(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) => {
    const name = anchor(heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").trim());
    const count = counts[name] ?? 0;
    counts[name] = count + 1;
    return count === 0 ? name : `${name}-${count}`;
  });
};

/** The links of a page that do not start with a scheme, images included. */
export const relativeLinks = (text: string): string[] =>
  [...withoutCode(text).matchAll(/\]\((?![a-z]+:)([^)\s]+)\)/g)].map(([, target = ""]) => target);

/** Links of a page whose file or heading does not exist, each with what to change. */
export const brokenLinks = (root: string, page: string): string[] => {
  const text = readFileSync(path.join(root, page), "utf8");
  return relativeLinks(text).flatMap((target) => {
    const [file = "", fragment] = target.split("#");
    const linked = file === "" ? page : path.join(path.dirname(page), file);
    const full = path.join(root, linked);
    if (!existsSync(full)) return [`${page}: change the link ${target}, ${linked} does not exist`];
    if (fragment === undefined || statSync(full).isDirectory()) return [];
    return anchorsOf(readFileSync(full, "utf8")).includes(fragment)
      ? []
      : [`${page}: change the link ${target}, ${linked} has no heading #${fragment}`];
  });
};
