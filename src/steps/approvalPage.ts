/* Pages for the person who decides. They work without script, and load nothing. */
import type { HttpResponse } from "@prismatic-io/spectral";
import type { ApprovalCall } from "./approvals";

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** A page is not cached, framed, or named to other hosts: its URL is a secret. */
const headers = {
  "Cache-Control": "no-store",
  "Content-Security-Policy":
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "Referrer-Policy": "no-referrer",
};

const page = (statusCode: number, body: string): HttpResponse => ({
  statusCode,
  contentType: "text/html; charset=utf-8",
  headers,
  body: `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>Approval</title><style>body{font:16px sans-serif;max-width:40em;margin:2em auto}label,textarea{display:block;width:100%}</style>${body}</html>`,
});

/** A page with one sentence. */
export const messagePage = (statusCode: number, sentence: string): HttpResponse =>
  page(statusCode, `<p>${escaped(sentence)}</p>`);

/**
 * The page that asks for a decision. Its form is sent to the URL of the page, with the token of the
 * link; the ID is a field too, so that the platform can recognize equal decisions.
 */
export const decisionPage = (
  id: string,
  calls: readonly ApprovalCall[],
  deniesFirst: boolean,
): HttpResponse => {
  const buttons = ["Approve", "Deny"].map(
    (label) => `<button name="decision" value="${label.toLowerCase()}">${label}</button> `,
  );
  const area = (label: string, name: string, rows: number, text = "") =>
    `<label>${label}<textarea name="${name}" rows="${rows}">\n${escaped(text)}</textarea></label>`;
  const fields = calls.map(
    ({ flow, input }, index) =>
      `<h2>${escaped(flow)}</h2>${area("Input", `input${index}`, 8, JSON.stringify(input, null, 2))}${area("Reason", `reason${index}`, 2)}${calls.length > 1 ? `<label><input type="checkbox" name="deny" value="${index}"> Deny this call in any case</label>` : ""}`,
  );
  return page(
    200,
    `<h1>Approval</h1><form method="post"><input type="hidden" name="id" value="${escaped(id)}">${fields.join("")}<p>${(deniesFirst ? buttons.reverse() : buttons).join("")}</form>`,
  );
};
