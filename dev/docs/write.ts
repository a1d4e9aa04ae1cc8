/** Generates docs/ and the README's table of actions from the definitions: `npm run docs`. */
import path from "node:path";
import { builtComponent } from "../component";
import { writeDocs } from "./writeDocs";

writeDocs(path.resolve(__dirname, "../.."), builtComponent);
console.log("Updated docs/ and the table of actions in README.md.");
