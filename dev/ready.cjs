// The first part of every npm script: installs packages and builds the component, if missing or out
// of date. Arguments: folders whose own packages are installed as well; --no-build.
// In the syntax of Node.js 6, so that an old one gets as far as the message and not a SyntaxError.
"use strict";

const required = require("../package.json").engines.node.replace(">=", "");

const parts = (version) => version.replace("v", "").split(".").map(Number);

const isOlder = (version, than) => {
  const a = parts(version);
  const b = parts(than);
  return a[0] !== b[0] ? a[0] < b[0] : a[1] < b[1];
};

if (isOlder(process.version, required)) {
  const runs = `Node.js ${required} or newer is required, but ${process.version} is running.`;
  console.error(`${runs} Install it from https://nodejs.org, or choose it with nvm or similar.`);
  process.exitCode = 1;
} else {
  require("./ready/prepare.cjs").prepare(process.argv.slice(2));
}
