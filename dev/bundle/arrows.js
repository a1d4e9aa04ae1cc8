/**
 * A webpack loader: writes each function expression that contains no other function as an arrow
 * function, which is shorter. Arrow functions around other functions would load more slowly, because
 * V8 parses their bodies again for each function around them.
 */
const { parse } = require("acorn");
const { fullAncestor } = require("acorn-walk");

module.exports = function arrows(code, map) {
  const functions = [];
  /** Functions that contain others, or whose `this` or `arguments` are their own. */
  const kept = new Set();
  fullAncestor(
    parse(code, { ecmaVersion: "latest", sourceType: "module" }),
    (node, _, ancestors) => {
      const around = ancestors.slice(0, -1);
      const isMember = ["Property", "MethodDefinition"].includes(around.at(-1)?.type);
      const isMethod = isMember && (around.at(-1).method || around.at(-1).kind !== "init");
      if (node.type === "FunctionExpression" && !node.id && !node.generator && !isMethod) {
        functions.push(node);
      }
      if (/Function|Class|^(This|MetaProperty)/.test(node.type) || node.name === "arguments") {
        for (const outer of around) kept.add(outer);
      }
    },
  );
  const edited = functions
    .filter((one) => !kept.has(one))
    .reduceRight((text, { start, end, body }) => {
      const head = text.slice(start, body.start).replace("function", "");
      return `${text.slice(0, start)}(${head}=>${text.slice(body.start, end)})${text.slice(end)}`;
    }, code);
  // Lines stay where they are, so the map still fits.
  this.callback(null, edited, map);
};
