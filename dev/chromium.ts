import { accessSync, constants } from "node:fs";
import path from "node:path";
import { type Browser, chromium } from "playwright-core";

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Chromium of this machine: CHROMIUM_PATH, or the first one in PATH. Undefined if there is none. */
export const chromiumPath: string | undefined = [
  process.env.CHROMIUM_PATH ?? "",
  ...["chromium", "chromium-browser", "google-chrome"].flatMap((name) =>
    (process.env.PATH ?? "").split(path.delimiter).map((folder) => path.join(folder, name)),
  ),
].find((file) => file && isExecutable(file));

export const launchChromium = (): Promise<Browser> =>
  // Chromium cannot use its sandbox as root, and opens no page but the playground.
  chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox"] });
