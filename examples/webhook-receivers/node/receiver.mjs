// Receives PodArmor webhooks. Standard library alone, Node.js 18 or newer.
//
//   PODARMOR_WEBHOOK_SECRET=whsec_… PORT=8787 node receiver.mjs

import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const LONGEST_BODY = 1024 * 1024;
const LONGEST_AGE_MS = 5 * 60 * 1000;
const REMEMBERED = 10_000;

function verified(secret, header, body) {
  const hex = createHmac("sha256", secret).update(body).digest("hex");
  const expected = Buffer.from(`sha256=${hex}`);
  return header.split(",").some((one) => {
    const signature = Buffer.from(one.trim());
    return signature.length === expected.length && timingSafeEqual(signature, expected);
  });
}

// The deliveries that were accepted, oldest first. In production this is a table with a unique key,
// written in the transaction that acts on the event: memory is gone with the process.
const seen = new Set();

function isNew(delivery) {
  if (seen.has(delivery)) return false;
  seen.add(delivery);
  if (seen.size > REMEMBERED) seen.delete(seen.values().next().value);
  return true;
}

// The raw bytes, or undefined when there are too many.
async function readBody(request) {
  if (Number(request.headers["content-length"] ?? 0) > LONGEST_BODY) return undefined;
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > LONGEST_BODY) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

// The message, unless it is none or was not sent just now.
function readMessage(body) {
  try {
    const { event, deliveryId, attemptNumber, deliveredAt } = JSON.parse(body.toString("utf8"));
    const age = Math.abs(Date.now() - Date.parse(deliveredAt));
    const whole = typeof event === "string" && typeof deliveryId === "string";
    return whole && age <= LONGEST_AGE_MS ? { event, deliveryId, attemptNumber } : undefined;
  } catch {
    return undefined;
  }
}

const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

async function receive(request) {
  if (request.url !== "/hook") return 404;
  if (request.method !== "POST") return 405;
  const body = await readBody(request);
  if (body === undefined) return 413;
  if (!verified(secret, request.headers["x-podarmor-signature"] ?? "", body)) return 401;
  const message = readMessage(body);
  if (message === undefined) return 400;
  // Whatever takes long belongs into a queue: the portal waits 15 seconds for the answer.
  say(isNew(message.deliveryId) ? message : { duplicate: message.deliveryId });
  return 204;
}

const secret = process.env.PODARMOR_WEBHOOK_SECRET;
if (!secret) {
  console.error("PODARMOR_WEBHOOK_SECRET is not set");
  process.exit(1);
}
const server = createServer({ requestTimeout: 10_000 }, async (request, response) => {
  // A body that breaks off is nobody's to answer.
  const status = await receive(request).catch(() => 400);
  response.writeHead(status, status === 204 ? {} : { connection: "close" }).end();
});
server.listen(Number(process.env.PORT ?? 8787), "127.0.0.1", () => {
  process.stdout.write(`listening on http://127.0.0.1:${server.address().port}/hook\n`);
});
