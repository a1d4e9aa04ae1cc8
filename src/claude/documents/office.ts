import { decodeText } from "../files/text";
import { type Attributes, readMarkup } from "./markup";
import { createOutline, type Outline } from "./outline";
import type { Archive } from "./zip";

/** The text of a document, and what of it is not in the text. */
export interface DocumentText {
  text: string;
  /** Pictures and charts that are left out. */
  pictures: number;
  /** Rows of tables beyond the limit. */
  cutRows?: number;
}

/** The XML of a part of an Office document. Empty if there is none. */
export const partOf = (archive: Archive, name: string): string => {
  const bytes = archive.read(name);
  return bytes ? (decodeText(bytes) ?? bytes.toString("latin1")) : "";
};

/** The targets of the relationships of a part, by ID. */
export const relationsOf = (archive: Archive, name: string): Map<string, string> => {
  const folder = name.slice(0, name.lastIndexOf("/") + 1);
  const relations = new Map<string, string>();
  readMarkup(partOf(archive, `${folder}_rels/${name.slice(folder.length)}.rels`), {
    open: (tag, attribute) => {
      const target = attribute("Target");
      if (tag !== "Relationship" || target === undefined) return;
      const path = new URL(target, `file:///${folder}`).pathname.slice(1);
      relations.set(attribute("Id") ?? "", decodeURIComponent(path));
    },
  });
  return relations;
};

/** Parts whose content is not shown: deleted text, field codes, and the older form of a shape. */
const hidden = new Set(["del", "moveFrom", "instrText", "delText", "Fallback"]);

/** The text of WordprocessingML or DrawingML: paragraphs and tables have the same names in both. */
const readText = (
  xml: string,
  outline: Outline,
  { styles, isSkipped }: { styles?: Map<string, string>; isSkipped?(shape: string): boolean } = {},
): number => {
  let pictures = 0;
  let prefix = "";
  let isText = false;
  let hiddenDepth = 0;
  let skippedShape = 0;
  const open = (name: string, attribute: Attributes): void => {
    if (hiddenDepth > 0 || hidden.has(name)) {
      if (hidden.has(name)) hiddenDepth += 1;
      return;
    }
    if (skippedShape > 0) {
      if (name === "sp") skippedShape += 1;
      return;
    }
    switch (name) {
      case "t":
        isText = true;
        return;
      case "tab":
        // In the properties of a paragraph, it is a position.
        if (attribute("pos") === undefined) outline.add("\t");
        return;
      case "br":
      case "cr":
        outline.add("\n");
        return;
      case "noBreakHyphen":
        outline.add("-");
        return;
      case "footnoteReference":
      case "endnoteReference":
        outline.add(`[^${attribute("id") ?? ""}]`);
        return;
      case "pStyle":
        prefix = styles?.get(attribute("val") ?? "") ?? prefix;
        return;
      case "ilvl":
        prefix ||= `${"  ".repeat(Math.min(Number(attribute("val")) || 0, 8))}- `;
        return;
      case "blip":
      case "imagedata":
      case "chart":
        pictures += 1;
        return;
      case "ph":
        if (isSkipped?.(attribute("type") ?? "")) skippedShape = 1;
        return;
      case "tbl":
        outline.openTable();
        return;
      case "tr":
        outline.openRow();
        return;
      case "tc":
        outline.openCell();
        return;
    }
  };
  const close = (name: string): void => {
    if (hidden.has(name)) hiddenDepth = Math.max(hiddenDepth - 1, 0);
    else if (hiddenDepth > 0) return;
    else if (skippedShape > 0) skippedShape -= name === "sp" ? 1 : 0;
    else if (name === "t") isText = false;
    else if (name === "p") {
      outline.endParagraph(prefix);
      prefix = "";
    } else if (name === "tc") outline.closeCell();
    else if (name === "tbl") outline.closeTable();
  };
  readMarkup(xml, {
    open,
    close,
    text: (text) => {
      if (isText && hiddenDepth === 0) outline.add(text);
    },
  });
  return pictures;
};

/** The Markdown of headings, by the ID of their style. */
const headingStyles = (archive: Archive): Map<string, string> => {
  const styles = new Map<string, string>();
  let id = "";
  readMarkup(partOf(archive, "word/styles.xml"), {
    open: (name, attribute) => {
      if (name === "style") id = attribute("styleId") ?? "";
      const value = attribute("val") ?? "";
      const [, level] = /^heading ([1-6])$/i.exec(name === "name" ? value : "") ?? [];
      if (level) styles.set(id, `${"#".repeat(Number(level))} `);
      else if (name === "name" && /^title$/i.test(value)) styles.set(id, "# ");
    },
  });
  return styles;
};

/** The text of a DOCX: its body, between headers and footers, and its notes. */
export const readDocx = (archive: Archive): DocumentText => {
  const styles = headingStyles(archive);
  const outline = createOutline();
  let pictures = 0;
  const add = (name: string) => {
    pictures += readText(partOf(archive, name), outline, { styles });
  };
  const parts = (pattern: RegExp) => archive.names.filter((name) => pattern.test(name)).sort();
  const relations = [...relationsOf(archive, "word/document.xml").values()];
  const [main = "word/document.xml"] = parts(/^word\/document\d*\.xml$/);
  parts(/^word\/header\d*\.xml$/)
    .filter((name) => relations.includes(name))
    .forEach(add);
  add(main);
  for (const kind of ["footnotes", "endnotes"]) {
    const xml = partOf(archive, `word/${kind}.xml`);
    for (const note of xml.split(/(?=<w:(?:foot|end)note\s)/).slice(1)) {
      const [, id] = /^[^>]*\sw:id="(\d+)"/.exec(note) ?? [];
      if (!id || /^[^>]*\sw:type="(separator|continuation)/.test(note)) continue;
      outline.add(`[^${id}]: `);
      pictures += readText(note, outline);
    }
  }
  parts(/^word\/footer\d*\.xml$/)
    .filter((name) => relations.includes(name))
    .forEach(add);
  return { text: outline.end(), pictures };
};

/** Placeholders of a slide whose text is not its content. */
const isDecoration = (shape: string): boolean => /^(sldNum|dt|hdr|ftr|sldImg)$/.test(shape);

/** The text of a PPTX: its slides in their order, with the speaker's notes. */
export const readPptx = (archive: Archive): DocumentText => {
  const relations = relationsOf(archive, "ppt/presentation.xml");
  const slides: string[] = [];
  readMarkup(partOf(archive, "ppt/presentation.xml"), {
    open: (name, attribute) => {
      const slide = name === "sldId" ? relations.get(attribute("r:id") ?? "") : undefined;
      if (slide) slides.push(slide);
    },
  });
  let pictures = 0;
  const texts = slides.map((slide, index) => {
    const outline = createOutline();
    outline.add(`## Slide ${index + 1}`);
    outline.endParagraph();
    pictures += readText(partOf(archive, slide), outline, { isSkipped: isDecoration });
    const related = [...relationsOf(archive, slide).values()];
    const notes = related.find((name) => name.includes("/notesSlide"));
    if (notes) {
      const text = createOutline();
      readText(partOf(archive, notes), text, { isSkipped: isDecoration });
      const words = text.end();
      outline.add(words && `Notes: ${words}`);
    }
    pictures += related.filter((name) => name.startsWith("ppt/charts/")).length;
    return outline.end();
  });
  return { text: texts.join("\n\n"), pictures };
};
