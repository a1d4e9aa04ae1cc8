/*
 * RTF. By hand: the kept libraries convert to HTML with styles, and are larger than all formats here.
 */

/** Groups whose text is not that of the document. */
const skipped =
  /^(fonttbl|colortbl|stylesheet|info|pict|object|themedata|colorschememapping|latentstyles|datastore|generator|xmlnstbl|listtable|listoverridetable|rsidtbl|fldinst|header[lrf]?|footer[lrf]?)$/;

/** Words that stand for a text. */
const words: Record<string, string> = {
  par: "\n\n",
  sect: "\n\n",
  page: "\n\n",
  line: "\n",
  tab: "\t",
  cell: " | ",
  row: "\n",
  emdash: "—",
  endash: "–",
  bullet: "•",
  lquote: "‘",
  rquote: "’",
  ldblquote: "“",
  rdblquote: "”",
  emspace: " ",
  enspace: " ",
  "~": "\u00a0",
  _: "-",
  "{": "{",
  "}": "}",
  "\\": "\\",
};

interface Group {
  isSkipped: boolean;
  /** How many characters follow a \\u for programs that do not know it. */
  fallback: number;
  /** What follows the group. */
  suffix: string;
}

/** The text of an RTF document. */
export const readRtf = (rtf: string): { text: string; pictures: number } => {
  const token = /\\(?:'([\da-f]{2})|([a-z]+)(-?\d+)? ?|([^a-z]))|([{}])|([^\\{}\r\n]+)/gi;
  const groups: Group[] = [];
  let group: Group = { isSkipped: false, fallback: 1, suffix: "" };
  let decoder = new TextDecoder("windows-1252");
  let bytes: number[] = [];
  let text = "";
  let pictures = 0;
  /** Characters to leave out after a \\u. */
  let ignored = 0;
  const flush = () => {
    if (bytes.length > 0) text += decoder.decode(Uint8Array.from(bytes));
    bytes = [];
  };
  for (const [, hex, word, parameter, symbol, brace, plain] of rtf.matchAll(token)) {
    if (hex) {
      if (ignored > 0) ignored -= 1;
      else if (!group.isSkipped) bytes.push(Number.parseInt(hex, 16));
      continue;
    }
    flush();
    if (brace === "{") {
      groups.push(group);
      group = { ...group, suffix: "" };
    } else if (brace === "}") {
      text += group.suffix;
      group = groups.pop() ?? group;
      ignored = 0;
    } else if (symbol === "*") {
      group.isSkipped = true;
    } else if (word === "footnote") {
      text += " (";
      group = { ...group, isSkipped: false, suffix: ")" };
    } else if (word === "ansicpg") {
      decoder = decoderFor(parameter) ?? decoder;
    } else if (word === "uc") {
      group.fallback = Number(parameter ?? 1);
    } else if (word && skipped.test(word)) {
      if (word === "pict" && !group.isSkipped) pictures += 1;
      group.isSkipped = true;
    } else if (group.isSkipped) {
    } else if (word === "u" && parameter) {
      const code = Number(parameter);
      text += String.fromCharCode(code < 0 ? code + 0x10000 : code);
      ignored = group.fallback;
    } else if (word ?? symbol) {
      text += words[(word ?? symbol) as string] ?? "";
    } else if (plain) {
      text += plain.slice(Math.min(ignored, plain.length));
      ignored = Math.max(ignored - plain.length, 0);
    }
  }
  flush();
  return {
    text: text
      .replace(/\n{3,}/g, "\n\n")
      .toWellFormed()
      .trim(),
    pictures,
  };
};

const decoderFor = (codePage = ""): InstanceType<typeof TextDecoder> | undefined => {
  try {
    return new TextDecoder(
      { "932": "shift_jis", "936": "gbk", "949": "euc-kr", "950": "big5" }[codePage] ??
        `windows-${codePage}`,
    );
  } catch {
    return undefined;
  }
};
