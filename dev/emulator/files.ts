import type { FileMetadata } from "@anthropic-ai/sdk/resources/files";
import type { FindFile } from "./material";
import { page } from "./pages";
import { type EmulatorResponse, errorResponse, newId } from "./response";

/** Selects the API's earlier format for lists. */
const oldBeta = "files-api-2025-04-14";

interface StoredFile {
  file: FileMetadata;
  bytes: Buffer;
}

/** A file as it is kept. */
export interface SavedFile {
  file: FileMetadata;
  base64: string;
}

/** The files of the emulator. One of them was created by a tool of Claude and can be downloaded. */
export class Files {
  readonly #files: StoredFile[];

  /**
   * @param now The emulator's clock, in ms since the epoch.
   * @param saved The files of an earlier run, newest first.
   */
  constructor(
    private readonly now: () => number,
    saved: readonly SavedFile[] | undefined,
  ) {
    this.#files = (saved ?? []).map(({ file, base64 }) => ({
      file,
      bytes: Buffer.from(base64, "base64"),
    }));
    if (saved) return;
    const bytes = Buffer.from("month,total\n2026-10,97.20\n2026-11,118.50\n");
    this.#store(bytes, { filename: "totals.csv", mime_type: "text/csv", downloadable: true });
  }

  /** The files to keep, newest first. */
  saved(): SavedFile[] {
    return this.#files.map(({ file, bytes }) => ({ file, base64: bytes.toString("base64") }));
  }

  /** The content of a file that has not expired. */
  find: FindFile = (id) => {
    const stored = this.#unexpired().find(({ file }) => file.id === id);
    return (
      stored && {
        bytes: stored.bytes,
        mediaType: stored.file.mime_type,
        name: stored.file.filename,
      }
    );
  };

  /** The ID of a file that a tool created. */
  created(): string | undefined {
    return this.#unexpired().find(({ file }) => file.downloadable)?.file.id;
  }

  /** Responds to a request about files. `path` begins after `/files`. */
  async respond(
    method: string,
    path: string,
    query: URLSearchParams,
    headers: Record<string, string | string[] | undefined>,
    body: Buffer,
  ): Promise<EmulatorResponse> {
    const [, id, subresource] = path.split("/");
    if (id === undefined) {
      if (method === "POST") return this.#upload(body, String(headers["content-type"]));
      return this.#list(query, String(headers["anthropic-beta"]).includes(oldBeta));
    }
    const stored = this.#unexpired().find(({ file }) => file.id === id);
    if (!stored) return errorResponse(404, "not_found_error", `File not found: ${id}`);
    if (method === "DELETE") {
      this.#files.splice(this.#files.indexOf(stored), 1);
      return { status: 200, body: { id, type: "file_deleted" } };
    }
    if (subresource !== "content") return { status: 200, body: stored.file };
    if (!stored.file.downloadable) {
      return errorResponse(400, "invalid_request_error", `File is not downloadable: ${id}`, {
        error_code: "file_not_downloadable",
      });
    }
    return { status: 200, headers: { "content-type": stored.file.mime_type }, body: stored.bytes };
  }

  /** The files that have not expired. */
  #unexpired(): StoredFile[] {
    return this.#files.filter(
      ({ file: { expires_at: end } }) => !end || Date.parse(end) > this.now(),
    );
  }

  #store(
    bytes: Buffer,
    rest: Partial<FileMetadata> & Pick<FileMetadata, "filename" | "mime_type">,
  ) {
    const file: FileMetadata = {
      id: newId("file"),
      type: "file",
      size_bytes: bytes.length,
      created_at: new Date(this.now()).toISOString(),
      expires_at: null,
      downloadable: false,
      ...rest,
    };
    this.#files.unshift({ file, bytes });
    return file;
  }

  async #upload(body: Buffer, contentType: string): Promise<EmulatorResponse> {
    const form = await new Response(new Uint8Array(body), {
      headers: { "content-type": contentType },
    })
      .formData()
      .catch(() => undefined);
    const part = form?.get("file");
    if (!(part instanceof Blob))
      return errorResponse(400, "invalid_request_error", "file: Field required");
    const seconds = form?.get("expires_in_seconds");
    return {
      status: 200,
      body: this.#store(Buffer.from(await part.arrayBuffer()), {
        filename: (part as Blob & { name: string }).name,
        mime_type: part.type || "application/octet-stream",
        expires_at: seconds ? new Date(this.now() + Number(seconds) * 1_000).toISOString() : null,
      }),
    };
  }

  #list(query: URLSearchParams, isOldFormat: boolean): EmulatorResponse {
    const files = this.#unexpired().map(({ file }) => file);
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
      body: isOldFormat
        ? found
        : { data: found.data, next_page: found.has_more ? found.last_id : null },
    };
  }
}
