import { type Attributes, readMarkup } from "./markup";
import { createOutline } from "./outline";

const blocks = new Set(
  "address article aside blockquote body center dd div dl dt fieldset figcaption figure footer form header hr html legend main nav ol p pre section ul".split(
    " ",
  ),
);

/** Elements without a closing tag: they do not count as open. */
const empty = new Set("area base br col embed hr img input link meta source track wbr".split(" "));

/** Characters that fill the preview of a newsletter. */
const invisible = /[\u200b-\u200f\ufeff]|\u034f/g;

/** The text and the structure of HTML, as light Markdown: a newsletter is mostly layout. */
export const readHtml = (html: string): { text: string; pictures: number } => {
  const outline = createOutline({ mayBeLayout: true });
  let pictures = 0;
  let prefix = "";
  let lists = 0;
  let preformatted = 0;
  let isHead = false;
  /** Elements within one that is not shown, that one included. */
  let hiddenDepth = 0;
  let hiddenName = "";
  let link: { address: string; text: string } | undefined;
  const endParagraph = () => {
    endLink();
    outline.endParagraph(prefix);
    prefix = "";
  };
  const add = (text: string) => {
    if (link) link.text += text;
    else outline.add(text);
  };
  const endLink = () => {
    if (!link) return;
    const { address, text } = link;
    link = undefined;
    outline.add(text);
    // An address as long as a page is for tracking.
    const isUseful = /^(https?|mailto):/i.test(address) && address.length <= 120;
    if (isUseful && text.trim() !== "" && !text.includes(address)) outline.add(` (${address})`);
  };
  readMarkup(
    html,
    {
      open: (name, attribute) => {
        if (hiddenDepth > 0) {
          if (name === hiddenName) hiddenDepth += 1;
          return;
        }
        if (isHidden(attribute) && !empty.has(name) && name !== "body" && name !== "html") {
          hiddenDepth = 1;
          hiddenName = name;
          return;
        }
        const [, level] = /^h([1-6])$/.exec(name) ?? [];
        if (level) {
          endParagraph();
          prefix = `${"#".repeat(Number(level))} `;
        } else if (blocks.has(name)) {
          endParagraph();
          if (name === "ul" || name === "ol") lists += 1;
          if (name === "pre") preformatted += 1;
        } else {
          openInline(name, attribute);
        }
      },
      close: (name) => {
        if (hiddenDepth > 0) {
          if (name === hiddenName) hiddenDepth -= 1;
          return;
        }
        if (name === "head" || name === "title") isHead = false;
        else if (name === "a") endLink();
        else if (name === "td" || name === "th") {
          endLink();
          outline.closeCell();
        } else if (name === "table") {
          endLink();
          outline.closeTable();
        } else if (blocks.has(name) || name === "li" || /^h[1-6]$/.test(name)) {
          endParagraph();
          if (name === "ul" || name === "ol") lists = Math.max(lists - 1, 0);
          if (name === "pre") preformatted = Math.max(preformatted - 1, 0);
        }
      },
      text: (text) => {
        if (hiddenDepth > 0 || isHead) return;
        add(preformatted > 0 ? text : text.replace(invisible, "").replace(/\s+/g, " "));
      },
    },
    { isHtml: true },
  );
  endParagraph();
  return {
    text: outline.end().replace(/[^\S\n]{2,}/g, (spaces) => (spaces.includes("\t") ? "\t" : " ")),
    pictures,
  };

  function openInline(name: string, attribute: Attributes): void {
    switch (name) {
      case "head":
      case "title":
        isHead = true;
        return;
      case "br":
        add("\n");
        return;
      case "li":
        endParagraph();
        prefix = `${"  ".repeat(Math.min(Math.max(lists, 1), 8) - 1)}- `;
        return;
      case "a":
        endLink();
        link = { address: attribute("href") ?? "", text: "" };
        return;
      case "img": {
        // Pictures of one pixel report that a mail was read.
        if (
          /^[01](px)?$/.test(attribute("width") ?? "") ||
          /^[01](px)?$/.test(attribute("height") ?? "")
        )
          return;
        pictures += 1;
        add(` ${attribute("alt") ?? ""} `);
        return;
      }
      case "table":
        endParagraph();
        outline.openTable();
        return;
      case "tr":
        outline.openRow();
        return;
      case "td":
      case "th":
        endLink();
        outline.openCell();
        return;
    }
  }
};

const isHidden = (attribute: Attributes): boolean =>
  attribute("hidden") !== undefined ||
  /display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|font-size\s*:\s*0(px)?\s*(;|$)/i.test(
    attribute("style") ?? "",
  );
