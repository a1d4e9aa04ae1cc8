// The component as a package: actions and connections that the code of an integration calls directly.
const { requireContext } = require("@prismatic-io/spectral/dist/serverTypes");
const { default: component } = require("./component.js");

/**
 * A connection that an integration defines has a key that is made of its label, and not the key of
 * the component's connection. Only a gateway has the field Authentication.
 */
const withOwnKey = (connection) =>
  connection?.fields && {
    ...connection,
    key: connection.fields.authentication === undefined ? "anthropic" : "gateway",
  };

const valuesOf = (inputs, values) =>
  Object.fromEntries(inputs.map((input) => [input.key, values[input.key] ?? input.default]));

const callable =
  ({ inputs, perform }) =>
  async (values) => {
    const connection = withOwnKey(values.connection);
    return perform(requireContext(), { ...valuesOf(inputs, values), connection });
  };

/** A field with its initial value, and with who sees it. */
const field = ({ key, ...input }, { value, ...visibility } = {}) => [
  key,
  { ...input, ...visibility, default: value ?? input.default },
];

/** Defines a connection of the config wizard, with the fields of the component's connection. */
const configVar =
  ({ inputs }) =>
  ({ values = {}, ...about }) => ({
    ...about,
    dataType: "connection",
    inputs: Object.fromEntries(inputs.map((input) => field(input, values[input.key]))),
  });

const anthropic = {
  key: component.key,
  actions: Object.fromEntries(
    Object.entries(component.actions).map(([key, action]) => [key, callable(action)]),
  ),
  connections: Object.fromEntries(
    component.connections.map((connection) => [connection.key, configVar(connection)]),
  ),
};

module.exports = anthropic;
// For importers that read the default export of a module.
module.exports.default = anthropic;
