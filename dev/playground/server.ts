/** The playground: a page on this machine that shows the built component and runs its steps. */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { build } from "esbuild";
import { builtComponent } from "../component";
import { describeComponent } from "../description";
import { outcomes } from "../emulator/marks";
import { exampleOf } from "./examples";
import { integrations, startFlowRunner } from "./integration";
import { recipes } from "./recipes";
import { openSession } from "./session";
import { toPage } from "./values";

export interface Playground {
  /** The address of the page, with the token that it needs. */
  url: string;
  stop(): Promise<void>;
}

/** Script and style of the page. */
const bundlePage = async (): Promise<{ script: string; style: string }> => {
  const { outputFiles } = await build({
    entryPoints: ["main.tsx", "style.css"].map((name) => path.join(__dirname, "page", name)),
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    jsxImportSource: "preact",
    write: false,
    outdir: "page",
  });
  const textOf = (ending: string) =>
    outputFiles.find(({ path: name }) => name.endsWith(ending))?.text ?? "";
  return { script: textOf(".js"), style: textOf(".css") };
};

const icon = readFileSync(path.resolve(__dirname, "../../assets/icon.png"));

const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Anthropic connector: playground</title>
<link rel="icon" href="/icon.png">
<link rel="stylesheet" href="/style.css">
</head>
<body>
<div id="app"></div>
<script type="module" src="/script.js"></script>
</body>
</html>
`;

/** The page may load its own script and style, and nothing from elsewhere. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const maxBodyBytes = 100_000_000;

class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Serves the playground on 127.0.0.1. Other pages in the browser cannot use it: each request needs the
 * token of the address, a Host of this machine, and no Origin but the page's own.
 *
 * @param port 0 for any free port.
 */
export const startPlayground = async ({
  port = 0,
  env = process.env,
}: {
  port?: number;
  env?: NodeJS.ProcessEnv;
} = {}): Promise<Playground> => {
  const token = randomBytes(24).toString("base64url");
  const [session, page] = await Promise.all([openSession(env), bundlePage()]);
  const flows = await startFlowRunner(session);
  const component = describeComponent(builtComponent);

  const isToken = (given: string | undefined): boolean => {
    const [a, b] = [Buffer.from(given ?? ""), Buffer.from(token)];
    return a.length === b.length && timingSafeEqual(a, b);
  };

  const guard = (request: IncomingMessage, url: URL): void => {
    const { port } = server.address() as AddressInfo;
    const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
    const { host = "", origin } = request.headers;
    if (!hosts.includes(host)) throw new HttpError(403, "This page is for this machine only.");
    if (origin !== undefined && !hosts.some((own) => origin === `http://${own}`)) {
      throw new HttpError(403, "Another page cannot use the playground.");
    }
    if (["/script.js", "/style.css", "/icon.png"].includes(url.pathname)) return;
    const given = url.pathname === "/" ? url.searchParams.get("token") : request.headers["x-token"];
    if (!isToken(given?.toString())) {
      throw new HttpError(403, "The token is missing. Open the address that the terminal shows.");
    }
  };

  const send = (response: ServerResponse, type: string, body: string | Buffer) =>
    response
      .writeHead(200, {
        "content-type": type,
        "cache-control": "no-store",
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
      })
      .end(body);

  const sendJson = (response: ServerResponse, value: unknown) =>
    send(response, "application/json; charset=utf-8", JSON.stringify(value));

  /** Sends events as they happen, one JSON text per line. */
  const stream = async (
    response: ServerResponse,
    perform: (emit: (event: unknown) => void) => Promise<unknown>,
  ) => {
    response.writeHead(200, {
      "content-type": "application/x-ndjson",
      "cache-control": "no-store",
    });
    const emit = (event: unknown) => void response.write(`${JSON.stringify(event)}\n`);
    await perform(emit).catch((error: Error) =>
      emit({ type: "error", name: error.name, message: error.message }),
    );
    emit({ type: "status", status: session.status() });
    response.end();
  };

  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? "", "http://127.0.0.1");
    guard(request, url);
    const body = async () => {
      if (Number(request.headers["content-length"]) > maxBodyBytes) {
        throw new HttpError(413, "The inputs are larger than 100 MB.");
      }
      return JSON.parse((await buffer(request)).toString() || "{}");
    };
    switch (`${request.method} ${url.pathname}`) {
      case "GET /":
        return send(response, "text/html; charset=utf-8", html);
      case "GET /script.js":
        return send(response, "text/javascript; charset=utf-8", page.script);
      case "GET /style.css":
        return send(response, "text/css; charset=utf-8", page.style);
      case "GET /icon.png":
        return send(response, "image/png", icon);
      case "GET /api/component":
        return sendJson(response, {
          component: toPage(component),
          recipes: toPage(recipes),
          integrations: integrations(),
          flowNames: session.flowNames,
          outcomes,
          status: session.status(),
        });
      case "POST /api/example":
        return sendJson(response, toPage(await exampleOf(session, (await body()).key)));
      case "POST /api/run": {
        const run = await body();
        return stream(response, (emit) => session.run(run, emit));
      }
      case "POST /api/flow": {
        const run = await body();
        return stream(response, (emit) => flows.run(run, emit));
      }
      case "POST /api/connect":
        await session.connect(await body());
        return sendJson(response, session.status());
      case "POST /api/emulator": {
        const { outcome, advance } = await body();
        if (outcome in outcomes) session.emulator.respondNext(outcome);
        if (advance) session.emulator.advance(advance);
        return sendJson(response, {});
      }
      default:
        throw new HttpError(404, "Not found.");
    }
  };

  const server = http.createServer((request, response) => {
    respond(request, response).catch((error: Error) => {
      const status = error instanceof HttpError ? error.status : 400;
      if (!response.headersSent) response.writeHead(status, { "content-type": "text/plain" });
      response.end(error.message);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.on("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const { port: used } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${used}/?token=${token}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await flows.stop();
      await session.stop();
    },
  };
};
