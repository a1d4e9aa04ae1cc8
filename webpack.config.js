const path = require("node:path");
const CopyPlugin = require("copy-webpack-plugin");
const LicensePlugin = require("webpack-license-plugin");
const MinimizerPlugin = require("minimizer-webpack-plugin");

const folderOf = (name) => path.dirname(require.resolve(`${name}/package.json`));
const spectral = path.join(folderOf("@prismatic-io/spectral"), "dist");
const axios = folderOf("axios");

/**
 * Modules that spectral and axios load, but a connector never calls. Every execution would parse them.
 * Without them, the bundle is about a quarter of the size and loads in less than half the time. The
 * component's definition is the same with and without them; test/bundle.test.ts checks this.
 */
const slim = {
  // Test helpers, with jest-mock.
  [path.join(spectral, "testing.js")]: false,
  // Value helpers, with date-fns and conditional logic. The connector has its own readers of values.
  [path.join(spectral, "util.js")]: false,
  // Code-native integrations, with zod and yaml.
  [path.join(spectral, "serverTypes/convertIntegration.js")]: false,
  // One copy of axios for the connector and spectral, with the Node adapter only.
  axios$: path.join(axios, "index.js"),
  [path.join(axios, "lib/adapters/fetch.js")]: false,
  [path.join(axios, "lib/adapters/xhr.js")]: path.join(axios, "lib/helpers/null.js"),
  // Forms, queries, progress events, data URLs and HTTP/2 sessions of axios. The connector writes its own
  // forms and queries, and calls HTTP URLs.
  "form-data": "lodash/noop",
  ...Object.fromEntries(
    [
      "cancel/CancelToken",
      "core/assertParamsAcyclic",
      "core/setFormDataHeaders",
      "helpers/formDataToJSON",
      "helpers/formDataToStream",
      "helpers/fromDataURI",
      "helpers/estimateDataURLDecodedBytes",
      "helpers/Http2Sessions",
      "helpers/AxiosTransformStream",
      "helpers/AxiosURLSearchParams",
      "helpers/HttpStatusCode",
      "helpers/progressEventReducer",
      "helpers/toFormData",
      "helpers/toURLEncodedForm",
    ].map((name) => [path.join(axios, `lib/${name}.js`), "lodash/noop"]),
  ),
  // Used for connection templates only.
  "lodash/merge": false,
  // Small replacements for the few lodash functions that spectral calls.
  "lodash/camelCase": "just-camel-case",
  "lodash/omit": "just-omit",
  "lodash/snakeCase": "just-snake-case",
  "lodash/uniq": "just-unique",
  // Packages below axios create a logger with it. The replacement returns a function that does nothing.
  debug: "lodash/constant",
  // Operators of conditional inputs, which the connector does not have.
  [path.join(spectral, "types/conditional-logic.js")]: false,
  // Cryptography in JavaScript, for webhooks. Node has both.
  "fast-sha256": path.join(__dirname, "dev/bundle/fast-sha256.js"),
  "@stablelib/base64": path.join(__dirname, "dev/bundle/base64.js"),
};

/** A rule that replaces text in one module. */
const edit = (test, search, replace) => ({
  test,
  loader: "string-replace-loader",
  options: { search, replace, flags: "gm", strict: true },
});

/** Types of files that workflows have. The others are recognized by their first bytes. */
const applicationTypes =
  "atom|ecmascript|epub|geo|gpx|gzip|java-archive|json|ld|mbox|mp4|node|octet|ogg|pdf|postscript|rdf|rss|sql|toml|wasm|xhtml|xliff|xml|zip";

const edits = [
  // Types of integrations, which are empty modules or guards.
  edit(
    path.join(spectral, "types/index.js"),
    '^__exportStar\\(require\\("\\./(?!ActionDefinition|Inputs).*$',
    "",
  ),
  // When axios loads, it reads the global FormData, and Node then loads its complete fetch
  // implementation: a quarter of the load time. The connector writes its own forms.
  edit(path.join(axios, "lib/utils.js"), "G\\.FormData", "undefined"),
  // Rare media types are half of the table.
  edit(
    path.join(folderOf("mrmime"), "index.mjs"),
    `^.*"(application/(?!(${applicationTypes})\\b)|model/).*$`,
    "",
  ),
  // Formats that a schema for the API cannot have. Replies are not checked for them.
  edit(
    path.join(folderOf("@cfworker/json-schema"), "dist/esm/format.js"),
    "^ +('(uri-|json-|relative-).*|url): bind.*$",
    "",
  ),
];

/** `--env plain` builds without these optimizations, for comparison. `entry` and `out` set the source and the destination. */
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
  // axios loads Node's HTTP/2 module, but only uses it on request.
  externals: plain ? {} : { http2: "var {}" },
  module: {
    rules: [
      // V8 parses the body of an arrow function again for each enclosing function. Without arrow
      // functions around others (see output.environment too), loading is 10% faster.
      {
        test: /\.ts$/,
        use: [
          ...(plain ? [] : [path.join(__dirname, "dev/bundle/arrows.js")]),
          {
            loader: "esbuild-loader",
            options: { target: "node20", supported: plain ? {} : { arrow: false } },
          },
        ],
      },
      ...(plain ? [] : edits),
    ],
  },
  optimization: {
    // Class names of errors are shown to people. Each further pass makes the bundle smaller.
    minimizer: [
      new MinimizerPlugin({
        terserOptions: {
          keep_classnames: /Error$/,
          // Functions of objects become methods, which nothing calls with new.
          compress: { passes: 3, ecma: 2020, unsafe_methods: true },
          toplevel: true,
        },
      }),
    ],
  },
  plugins: [
    new CopyPlugin({ patterns: ["assets/icon.png"] }),
    // The licenses of the bundled packages require their texts.
    ...(plain ? [] : [new LicensePlugin({ outputFilename: "licenses.json" })]),
  ],
});
