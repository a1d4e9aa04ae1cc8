// What standardwebhooks uses of fast-sha256, by Node's own implementation.
const { createHmac } = require("node:crypto");

exports.hmac = (key, data) => createHmac("sha256", key).update(data).digest();
