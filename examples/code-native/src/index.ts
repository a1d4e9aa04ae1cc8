import { integration } from "@prismatic-io/spectral";
import { componentRegistry } from "./componentRegistry";
import { configPages } from "./configPages";
import { readInvoice } from "./flows";

export { componentRegistry } from "./componentRegistry";
export { configPages } from "./configPages";

export default integration({
  name: "Invoices",
  description: "Reads invoices with Claude",
  flows: [readInvoice],
  configPages,
  componentRegistry,
});
