// npm packs the files of this folder only.
const { copyFileSync } = require("node:fs");
const path = require("node:path");

const copies = {
  "component.js": "../dist/index.js",
  "licenses.json": "../dist/licenses.json",
  LICENSE: "../LICENSE",
};
for (const [name, source] of Object.entries(copies))
  copyFileSync(path.join(__dirname, source), path.join(__dirname, name));
