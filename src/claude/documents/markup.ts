/*
 * XML and HTML as events. By hand: of XML, Office documents only use elements, attributes, texts and
 * five entities, and declarations of entities must never be expanded. HTML has errors that no XML
 * parser accepts.
 */

/** What a document consists of, in its order. Names have no prefix, and are in lower case in HTML. */
export interface MarkupHandler {
  open?(name: string, attributes: Attributes): void;
  close?(name: string): void;
  text?(text: string): void;
}

/** The value of an attribute. Without a prefix, the first of that name with any prefix. */
export type Attributes = (name: string) => string | undefined;

/** Reads markup once from start to end. Damaged markup gives the events up to the damage. */
export const readMarkup = (
  markup: string,
  { open, close, text }: MarkupHandler,
  { isHtml = false } = {},
): void => {
  let at = 0;
  while (at < markup.length) {
    const start = markup.indexOf("<", at);
    const end = start < 0 ? markup.length : start;
    if (end > at) text?.(decodeEntities(markup.slice(at, end)));
    if (start < 0) return;
    if (markup.startsWith("<!--", start)) {
      at = after(markup, "-->", start + 4);
    } else if (markup.startsWith("<![CDATA[", start)) {
      at = after(markup, "]]>", start + 9);
      text?.(markup.slice(start + 9, at - 3));
    } else if (!/[a-z/!?]/i.test(markup[start + 1] ?? "")) {
      // A less-than sign in a text.
      text?.("<");
      at = start + 1;
    } else {
      at = endOfTag(markup, start + 1);
      const tag = markup.slice(start + 1, at - 1);
      const [, isClosing, qualified] = /^(\/?)([^\s/>!?]+)/.exec(tag) ?? [];
      if (!qualified) continue;
      const local = qualified.slice(qualified.indexOf(":") + 1);
      const name = isHtml ? local.toLowerCase() : local;
      if (!isClosing) open?.(name, attributesOf(tag.slice(qualified.length)));
      if (isClosing || (tag.endsWith("/") && !isHtml)) close?.(name);
      if (isHtml && !isClosing && /^(script|style|noscript|template)$/.test(name)) {
        at = skipTo(markup, `</${name}`, at);
      }
    }
  }
};

const after = (markup: string, mark: string, from: number): number => {
  const at = markup.indexOf(mark, from);
  return at < 0 ? markup.length + mark.length : at + mark.length;
};

const skipTo = (markup: string, mark: string, from: number): number => {
  const found = new RegExp(mark, "gi");
  found.lastIndex = from;
  return found.exec(markup)?.index ?? markup.length;
};

/** The position after the end of a tag. Values of attributes may contain ">". */
const endOfTag = (markup: string, from: number): number => {
  for (let at = from; at < markup.length; at += 1) {
    const character = markup[at];
    if (character === ">") return at + 1;
    if (character === '"' || character === "'") {
      const closing = markup.indexOf(character, at + 1);
      // A quote that is never closed is a damaged attribute.
      if (closing < 0) return after(markup, ">", at);
      at = closing;
    }
  }
  return markup.length + 1;
};

const attributesOf =
  (tag: string): Attributes =>
  (name) => {
    const pattern = new RegExp(
      `(?:^|[\\s:])${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`,
      "i",
    );
    const [, double, single, bare] = pattern.exec(tag) ?? [];
    const value = double ?? single ?? bare;
    return value === undefined ? undefined : decodeEntities(value);
  };

const entities: Record<string, string> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: "\u00a0",
  euro: "€",
  pound: "£",
  yen: "¥",
  cent: "¢",
  copy: "©",
  reg: "®",
  trade: "™",
  deg: "°",
  sect: "§",
  para: "¶",
  middot: "·",
  bull: "•",
  hellip: "…",
  ndash: "–",
  mdash: "—",
  lsquo: "‘",
  rsquo: "’",
  sbquo: "‚",
  ldquo: "“",
  rdquo: "”",
  bdquo: "„",
  laquo: "«",
  raquo: "»",
  times: "×",
  frac12: "½",
  szlig: "ß",
  rarr: "→",
  larr: "←",
  zwnj: "",
  zwj: "",
  shy: "",
  thinsp: " ",
  ensp: " ",
  emsp: " ",
};

/** Letters with a diacritic, such as &uuml;, are a letter and the combining mark of the rest. */
const marks: Record<string, string> = {
  grave: "\u0300",
  acute: "\u0301",
  circ: "\u0302",
  tilde: "\u0303",
  uml: "\u0308",
  ring: "\u030a",
  cedil: "\u0327",
  caron: "\u030c",
};

export const decodeEntities = (text: string): string =>
  text.includes("&")
    ? text.replace(
        /&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{1,8}\d{0,2}));/gi,
        (all, decimal, hex, name) => {
          if (name) return entities[name] ?? withMark(name) ?? all;
          const code = decimal ? Number(decimal) : Number.parseInt(hex, 16);
          return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "";
        },
      )
    : text;

const withMark = (name: string): string | undefined => {
  const mark = marks[name.slice(1)];
  return mark && `${name[0]}${mark}`.normalize();
};
