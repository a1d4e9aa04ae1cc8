// Loads a bundle in a fresh process and prints how long that took, in milliseconds.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const start = process.hrtime.bigint();
require(process.argv[2]);
console.log(Number(process.hrtime.bigint() - start) / 1e6);
