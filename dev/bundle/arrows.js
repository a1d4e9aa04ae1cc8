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
      const isConstructor =
        around.at(-1)?.type === "NewExpression" && around.at(-1).callee === node;
      const mustStay = node.id || node.generator || isMethod || isConstructor;
      if (node.type === "FunctionExpression" && !mustStay) {
        functions.push(node);
      }
      if (/Function|Class|^(This|MetaProperty)/.test(node.type) || node.name === "arguments") {
        for (const outer of around) kept.add(outer);
      }
    },
  );
  const edited = functions
    .filter((one) => !kept.has(one))
    // The walk need not follow the order of the source.
    .sort((a, b) => a.start - b.start)
    .reduceRight((text, { start, end, body }) => {
      const head = text.slice(start, body.start).replace("function", "");
      return `${text.slice(0, start)}(${head}=>${text.slice(body.start, end)})${text.slice(end)}`;
    }, code);
  // Lines stay where they are, so the map still fits.
  this.callback(null, edited, map);
};
