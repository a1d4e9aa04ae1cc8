import { randomBytes } from "node:crypto";
import type { FileMetadata } from "@anthropic-ai/sdk/resources/files";
import { type Answer, refusal } from "./answer";
import { page } from "./pages";

/** Chooses the shape of lists that the API had before. */
const oldBeta = "files-api-2025-04-14";

interface Kept {
  file: FileMetadata;
  bytes: Buffer;
}

/** The files of the emulator. One was made by a tool of Claude's, and can be downloaded. */
export class Files {
  readonly #kept: Kept[] = [];

  /** @param now The emulator's clock, in ms since the epoch. */
  constructor(private readonly now: () => number) {
    const bytes = Buffer.from("month,total\n2026-10,97.20\n2026-11,118.50\n");
    this.#keep(bytes, { filename: "totals.csv", mime_type: "text/csv", downloadable: true });
  }

  /** Answers what concerns files. `path` begins after `/files`. */
  async answer(
    method: string,
    path: string,
    query: URLSearchParams,
    headers: Record<string, string | string[] | undefined>,
    body: Buffer,
  ): Promise<Answer> {
    const [, id, what] = path.split("/");
    if (id === undefined) {
      if (method === "POST") return this.#upload(body, String(headers["content-type"]));
      return this.#list(query, String(headers["anthropic-beta"]).includes(oldBeta));
    }
    const kept = this.#there().find(({ file }) => file.id === id);
    if (!kept) return refusal(404, "not_found_error", `File not found: ${id}`);
    if (method === "DELETE") {
      this.#kept.splice(this.#kept.indexOf(kept), 1);
      return { status: 200, body: { id, type: "file_deleted" } };
    }
    if (what !== "content") return { status: 200, body: kept.file };
    if (!kept.file.downloadable) {
      return refusal(400, "invalid_request_error", `File is not downloadable: ${id}`, {
        error_code: "file_not_downloadable",
      });
    }
    return { status: 200, headers: { "content-type": kept.file.mime_type }, body: kept.bytes };
  }

  /** Those that have not expired. */
  #there(): Kept[] {
    return this.#kept.filter(
      ({ file: { expires_at: end } }) => !end || Date.parse(end) > this.now(),
    );
  }

  #keep(bytes: Buffer, rest: Partial<FileMetadata> & Pick<FileMetadata, "filename" | "mime_type">) {
    const file: FileMetadata = {
      id: `file_${randomBytes(12).toString("hex")}`,
      type: "file",
      size_bytes: bytes.length,
      created_at: new Date(this.now()).toISOString(),
      expires_at: null,
      downloadable: false,
      ...rest,
    };
    this.#kept.unshift({ file, bytes });
    return file;
  }

  async #upload(body: Buffer, contentType: string): Promise<Answer> {
    const form = await new Response(new Uint8Array(body), {
      headers: { "content-type": contentType },
    })
      .formData()
      .catch(() => undefined);
    const part = form?.get("file");
    if (!(part instanceof Blob))
      return refusal(400, "invalid_request_error", "file: Field required");
    const seconds = form?.get("expires_in_seconds");
    return {
      status: 200,
      body: this.#keep(Buffer.from(await part.arrayBuffer()), {
        filename: (part as Blob & { name: string }).name,
        mime_type: part.type || "application/octet-stream",
        expires_at: seconds ? new Date(this.now() + Number(seconds) * 1_000).toISOString() : null,
      }),
    };
  }

  #list(query: URLSearchParams, isOld: boolean): Answer {
    const files = this.#there().map(({ file }) => file);
    const ids = query.getAll("ids[]");
    if (ids.length > 0) {
      return {
        status: 200,
        body: { data: files.filter(({ id }) => ids.includes(id)), next_page: null },
      };
    }
    const after = query.get("page");
    if (after) query.set("after_id", after);
    const found = page(files, query);
    return {
      status: 200,
      body: isOld ? found : { data: found.data, next_page: found.has_more ? found.last_id : null },
    };
  }
}
