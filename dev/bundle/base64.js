// What standardwebhooks uses of @stablelib/base64, by Node's own implementation.
exports.decode = (text) => Buffer.from(text, "base64");
exports.encode = (bytes) => Buffer.from(bytes).toString("base64");
