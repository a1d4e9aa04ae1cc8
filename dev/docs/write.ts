/** Generates docs/, the README's table of actions and npm/types.d.ts from the definitions: `npm run docs`. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { builtComponent } from "../component";
import { describeComponent } from "../description";
import { formattedTypes, typesFile } from "../types/typesFile";
import { writePictures } from "./pictures";
import { runAll } from "./runs";
import { writeDocs } from "./writeDocs";

const root = path.resolve(__dirname, "../..");

const main = async () => {
  writeDocs(root, builtComponent, await runAll(builtComponent));
  writeFileSync(path.join(root, typesFile), formattedTypes(root, builtComponent));
  const taken = await writePictures(root, describeComponent(builtComponent));
  console.log("Updated docs/, npm/types.d.ts and the table of actions in README.md.");
  if (!taken) {
    console.log("Pictures in docs/pictures are out of date, and Chromium is not installed.");
    process.exitCode = 1;
  } else if (taken.length > 0) console.log(`Took pictures: ${taken.join(", ")}.`);
};

main();
