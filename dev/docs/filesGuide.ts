import { fileForms } from "../../src/claude/files/fileValue";

const code = (path = ""): string => path && `\`${path}\``;

/** The guide on files, with the table of forms that the reader itself uses. */
export const filesGuide = (
  table: (header: string[], rows: string[][]) => string,
  generated: string,
): string[] => [
  "# Files of other steps",
  generated,
  "**Attachments** of Chat and other steps, **Tool Results**, **File** of Upload File and **File Data** of Raw Request accept a file in the form in which the earlier step returns it. Reference the whole file, not its content: the record also has the type and the name.",
  "## Which step returns which form",
  "A record is a file if it has a content and, unless the content is binary, a type or a name with an ending.",
  table(
    ["Step", "Content", "Type", "Name"],
    fileForms.map(({ steps, content, isBase64, type, name }) => [
      steps,
      `${code(content)}${isBase64 ? " (base64)" : ""}`,
      code(type),
      code(name),
    ]),
  ),
  "The content can be binary, a list of byte values, base64 in either alphabet, or a data URL. Base64 may be in lines, in quotes, escaped, or have spaces for its plus signs. All forms are also accepted as JSON text. The type is detected from the bytes; the stated type only matters for text.",
  "Without a record, these are accepted: binary, base64, a data URL, a URL that Claude's API can fetch, and the ID of a file uploaded to Claude (Upload File returns it).",
  "## Documents",
  "Claude reads images and PDFs itself. Text files are sent as they are. Other documents are converted to text, and `warnings` says what is left out:",
  table(
    ["Document", "Text"],
    [
      [
        "Word (.docx), OpenDocument (.odt), RTF",
        "Headings, lists, tables and notes as Markdown; headers and footers of .docx",
      ],
      [
        "Excel (.xlsx), OpenDocument (.ods)",
        "Each sheet as CSV below its name; dates as 2026-11-20; at most 20,000 rows a sheet",
      ],
      [
        "PowerPoint (.pptx), OpenDocument (.odp)",
        "Each slide with its tables and the speaker's notes",
      ],
      ["HTML", "Text, headings, lists, tables and links, without layout and scripts"],
      ["E-mail (.eml)", "Headers and text. Its attachments are attached too."],
    ],
  ),
  "Pictures and charts in documents are left out; save the document as PDF to send them. With Code Execution, Office documents are uploaded instead, and Claude's code opens them. Old formats (.doc, .xls, .ppt), .msg, and documents with a password are errors.",
  "## Several files",
  'If the number of files is only known at run time, such as the attachments of an e-mail, reference the list in one row of Attachments, or in place of all rows. Each file keeps its own name. An e-mail as a record, with its files in `attachments`, can be referenced whole. [email-to-record.yaml](../../examples/email-to-record.yaml) is an integration to import that reads an e-mail with its attachments. Every other list of keys and values, such as Headers or Variables, also accepts an object or JSON text: `{"x-trace": "1"}`.',
  "## Errors",
  table(
    ["Value", "Do this"],
    [
      [
        "A file without content, such as a file of Slack or Google Drive",
        "Download it in an earlier step and reference the result.",
      ],
      [
        "A path, an `s3://` URL, the name of a file, or a reference that was not resolved",
        "Download the file in an earlier step and reference the result.",
      ],
      [
        "A text under a name such as a.pdf",
        "Reference the file itself. For text, end the name with .txt.",
      ],
      [
        "A binary file that was read as text",
        "Set the response type of the earlier step to binary.",
      ],
      [
        "The URL of a text file, or of a page that requires a login",
        "Fetch it in an earlier step. Claude's API only fetches public images and PDFs.",
      ],
    ],
  ),
  'A text that is a URL or a file ID is read as one, with a warning unless the name of the row ends like a file. To send it as text, write `{"type": "text", "text": "…"}`. Other data, such as a record of a database, is attached as JSON.',
];
