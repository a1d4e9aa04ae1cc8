// Portkey's gateway listens on all network interfaces and has no option to change that. This script is
// loaded before it and makes it listen on 127.0.0.1 only.
const net = require("node:net");

const { listen } = net.Server.prototype;

net.Server.prototype.listen = function (port, ...rest) {
  const callbacks = rest.filter((part) => typeof part === "function");
  const options = typeof port === "object" ? port : { port };
  return listen.call(this, { ...options, host: "127.0.0.1" }, ...callbacks);
};
