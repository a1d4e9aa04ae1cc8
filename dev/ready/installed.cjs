// Whether the packages of a folder are installed as its package-lock.json says.
const { createHash } = require("node:crypto");
const { readFileSync, writeFileSync } = require("node:fs");
const path = require("node:path");

/** Undefined if the file does not exist or is not whole. */
const read = (file) => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
};

const hash = (text = "") => createHash("sha256").update(text).digest("hex");

const lockFile = (folder) => path.join(folder, "package-lock.json");

/** What npm has installed. npm writes it at the end, and `npm ci` deletes it at the start. */
const recordFile = (folder) => path.join(folder, "node_modules/.package-lock.json");

/** Written after a whole installation only, and deleted by `npm ci` with the rest of the folder. */
const stampFile = (folder) => path.join(folder, "node_modules/.ready.json");

/** Of both files: `npm install --omit=dev` only changes npm's record. */
const stampOf = (folder) =>
  JSON.stringify({
    packageLock: hash(read(lockFile(folder))),
    installed: hash(read(recordFile(folder))),
  });

/** Whether npm's record has every package. A person may have run npm, which writes no stamp. */
const isWhole = (folder) => {
  try {
    const { packages: wanted } = JSON.parse(read(lockFile(folder)));
    const { packages: installed } = JSON.parse(read(recordFile(folder)));
    return Object.entries(wanted).every(
      // Optional packages are those of other platforms.
      ([name, { version, optional, devOptional, peer }]) =>
        name === "" ||
        optional ||
        devOptional ||
        peer ||
        (installed[name] !== undefined && installed[name].version === version),
    );
  } catch {
    return false;
  }
};

exports.markInstalled = (folder) => writeFileSync(stampFile(folder), stampOf(folder));

exports.isInstalled = (folder) => {
  if (read(stampFile(folder)) === stampOf(folder)) return true;
  if (!isWhole(folder)) return false;
  exports.markInstalled(folder);
  return true;
};
