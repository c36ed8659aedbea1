// What the crate signs is verified by the official package for JavaScript, and nothing else is.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { Webhook, WebhookVerificationError } from "standardwebhooks";

const ROOT = new URL("../../../", import.meta.url);
const STRANGER = `whsec_${"A".repeat(32)}`;

const command = ["run", "--quiet", "--locked", "--package", "referral-webhook", "--example", "sign"];
const printed = execFileSync("cargo", command, { cwd: ROOT, encoding: "utf8", maxBuffer: 2 ** 26 });
const messages = printed.trim().split("\n").map((line) => JSON.parse(line));
const pairs = messages.flatMap((message) => message.secrets.map((secret) => ({ ...message, secret })));

const refused = (secret, body, headers) =>
  assert.throws(() => new Webhook(secret).verify(body, headers), WebhookVerificationError);

/** The same with the first character of its base64 changed. */
const tampered = (signature) => `v1,${signature[3] === "A" ? "B" : "A"}${signature.slice(4)}`;

test("every secret verifies the message that it signed", () => {
  assert.equal(messages.length, 9);
  for (const { secret, body, headers } of pairs) {
    assert.deepEqual(new Webhook(secret).verify(body, headers), JSON.parse(body));
  }
});

test("a secret that did not sign verifies nothing", () => {
  const every = new Set([STRANGER, ...pairs.map(({ secret }) => secret)]);
  for (const { secrets, body, headers } of messages) {
    for (const secret of every) {
      if (!secrets.includes(secret)) refused(secret, body, headers);
    }
  }
});

test("what was tampered with is refused", () => {
  for (const { secret, body, headers } of pairs) {
    refused(secret, body.replace("{", "{ "), headers);
    refused(secret, body, { ...headers, "webhook-id": `${headers["webhook-id"].slice(0, -1)}f` });
    refused(secret, body, { ...headers, "webhook-timestamp": String(Number(headers["webhook-timestamp"]) + 1) });
    const signature = headers["webhook-signature"].split(" ").map(tampered).join(" ");
    refused(secret, body, { ...headers, "webhook-signature": signature });
  }
});
