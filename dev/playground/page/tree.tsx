/* An output as a tree. By hand: no tree view gives the path of a member to copy. */
import { useState } from "preact/hooks";
import { dataUrl, isFile, sizeOf } from "./files";

/** More members are shown as a number. */
const maxMembers = 100;

/** Members of an output that start open. */
const opened: unknown[] = ["json", "results", "pending"];

const pathOf = (path: string, key: string | number): string =>
  typeof key === "number"
    ? `${path}[${key}]`
    : /^[\w-]+$/.test(key)
      ? `${path}.${key}`
      : `${path}["${key}"]`;

const short = (value: unknown): string => {
  if (Array.isArray(value)) return value.length === 1 ? "1 entry" : `${value.length} entries`;
  if (typeof value === "object" && value !== null) return `${Object.keys(value).length} fields`;
  const text = JSON.stringify(value) ?? "undefined";
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
};

/** @param path The reference of the value in a later step, such as `chat.results.text`. */
export const Tree = ({
  name,
  path,
  value,
  onCopy,
  startsOpen = false,
}: {
  name: string;
  path: string;
  value: unknown;
  onCopy(path: string): void;
  startsOpen?: boolean;
}) => {
  const [isOpen, setOpen] = useState(startsOpen);
  const copy = (
    <button type="button" class="path" title={`Copy ${path}`} onClick={() => onCopy(path)}>
      {name}
    </button>
  );
  if (isFile(value)) {
    const { contentType } = value.$file;
    return (
      <div class="leaf">
        {copy}{" "}
        <span class="value">
          {contentType}, {sizeOf(value)} bytes
        </span>{" "}
        <a href={dataUrl(value)} download={value.$file.name ?? "file"}>
          Save
        </a>
        {contentType.startsWith("image/") && (
          <img src={dataUrl(value)} alt={value.$file.name ?? "File"} />
        )}
      </div>
    );
  }
  if (typeof value !== "object" || value === null || Object.keys(value).length === 0) {
    return (
      <div class="leaf">
        {copy} <span class={`value ${value === null ? "null" : typeof value}`}>{short(value)}</span>
      </div>
    );
  }
  const members: [string | number, unknown][] = Array.isArray(value)
    ? value.map((entry, index) => [index, entry])
    : Object.entries(value);
  return (
    <div class="branch">
      <button
        type="button"
        class="toggle"
        aria-expanded={isOpen}
        aria-label={`Members of ${name}`}
        onClick={() => setOpen(!isOpen)}
      >
        {isOpen ? "▾" : "▸"}
      </button>
      {copy} <span class="value">{short(value)}</span>
      {isOpen &&
        members
          .slice(0, maxMembers)
          .map(([key, member]) => (
            <Tree
              key={key}
              name={String(key)}
              path={pathOf(path, key)}
              value={member}
              onCopy={onCopy}
              startsOpen={startsOpen && opened.includes(key)}
            />
          ))}
      {isOpen && members.length > maxMembers && (
        <p class="about">{members.length - maxMembers} more</p>
      )}
    </div>
  );
};
