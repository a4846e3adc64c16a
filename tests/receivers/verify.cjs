// Verifies deliveries with the stock library of Standard Webhooks for Node.js.
//
// One JSON object a line on standard input, `{"secret", "headers", "body"}` with the body in
// base64; one line of standard output each: `verified`, or why not. Not a module of the new kind,
// so that NODE_PATH says where the library is.

const { createInterface } = require("node:readline");
const { Webhook, WebhookVerificationError } = require("standardwebhooks");

createInterface({ input: process.stdin }).on("line", (line) => {
  const { secret, headers, body } = JSON.parse(line);
  try {
    new Webhook(secret).verify(Buffer.from(body, "base64"), headers);
    console.log("verified");
  } catch (refusal) {
    if (!(refusal instanceof WebhookVerificationError)) throw refusal;
    console.log(refusal.message);
  }
});
