// Portkey's gateway listens on every address of the machine and has no option for it. This, loaded
// before it, keeps it to the machine itself.
const net = require("node:net");

const { listen } = net.Server.prototype;

net.Server.prototype.listen = function (port, ...rest) {
  const callbacks = rest.filter((part) => typeof part === "function");
  const options = typeof port === "object" ? port : { port };
  return listen.call(this, { ...options, host: "127.0.0.1" }, ...callbacks);
};
