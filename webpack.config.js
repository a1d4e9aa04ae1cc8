const path = require("node:path");
const CopyPlugin = require("copy-webpack-plugin");
const LicensePlugin = require("webpack-license-plugin");
const MinimizerPlugin = require("minimizer-webpack-plugin");

const folderOf = (name) => path.dirname(require.resolve(`${name}/package.json`));
const spectral = path.join(folderOf("@prismatic-io/spectral"), "dist");
const axios = folderOf("axios");
const mrmime = require.resolve("mrmime");

/**
 * What spectral and axios load but a connector never calls. Every execution would parse it: without
 * it the bundle is about a sixth the size and loads in less than half the time. The definition is
 * the same with and without, and test/bundle.test.ts holds that.
 */
const slim = {
  // Test helpers, with jest-mock.
  [path.join(spectral, "testing.js")]: false,
  // Value helpers, with date-fns and the conditional logic. src/inputs reads values itself.
  [path.join(spectral, "util.js")]: false,
  // Code-native integrations, with zod and yaml.
  [path.join(spectral, "serverTypes/convertIntegration.js")]: false,
  // One copy of axios for us and spectral, with the adapter for Node alone.
  axios$: path.join(axios, "index.js"),
  [path.join(axios, "lib/adapters/fetch.js")]: false,
  [path.join(axios, "lib/adapters/xhr.js")]: path.join(axios, "lib/helpers/null.js"),
  // form-data looks up types of file names: a table of 12 kB does, instead of one of 150 kB.
  "mime-types": mrmime,
  mrmime$: mrmime,
  // Only for templates of connections.
  "lodash/merge": false,
  // The few functions of lodash that spectral calls, without what lodash carries along.
  "lodash/camelCase": "just-camel-case",
  "lodash/omit": "just-omit",
  "lodash/snakeCase": "just-snake-case",
  "lodash/uniq": "just-unique",
  // What axios builds on goes without a log: a maker of functions that do nothing.
  debug: "lodash/constant",
  // What names a form to old runtimes: a form of form-data names itself.
  "es-set-tostringtag": "lodash/noop",
};

/**
 * axios looks for the browser's FormData when it loads, and Node then loads all of its fetch: a
 * quarter of the load time. The connector sends forms of the package form-data.
 */
const withoutFetch = {
  test: path.join(axios, "lib/utils.js"),
  loader: "string-replace-loader",
  options: { search: "G.FormData", replace: "undefined", flags: "g", strict: true },
};

/** `--env plain` builds without the list above, to compare; `entry` and `out` choose from where to where. */
module.exports = ({ plain = false, entry = "./src/index.ts", out = "dist" } = {}) => ({
  mode: "production",
  stats: "errors-warnings",
  target: "node20",
  context: __dirname,
  entry,
  output: {
    path: path.resolve(__dirname, out),
    filename: "index.js",
    library: { type: "commonjs2" },
    environment: plain ? {} : { arrowFunction: false },
    clean: true,
  },
  resolve: { extensions: [".ts", ".js"], alias: plain ? {} : slim },
  // axios loads Node's HTTP/2 and uses it only when asked to.
  externals: plain ? {} : { http2: "var {}" },
  module: {
    rules: [
      // Node reads the inside of an arrow function anew with each function around it, that of others
      // when they are called: a tenth of the load time for 3 % more bytes. So does output.environment.
      {
        test: /\.ts$/,
        loader: "esbuild-loader",
        options: { target: "node20", supported: plain ? {} : { arrow: false } },
      },
      ...(plain ? [] : [withoutFetch]),
    ],
  },
  optimization: {
    // Names of errors are part of what people read.
    minimizer: [new MinimizerPlugin({ terserOptions: { keep_classnames: true } })],
  },
  plugins: [
    new CopyPlugin({ patterns: ["assets/icon.png"] }),
    // What the licences of the packages inside ask for.
    ...(plain ? [] : [new LicensePlugin({ outputFilename: "licenses.json" })]),
  ],
});
