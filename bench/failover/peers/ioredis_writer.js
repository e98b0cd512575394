// Writes numbered keys by ioredis, set up as its documentation shows it for Sentinel, with what it offers for
// failovers turned on.
//
// Its one argument is a JSON object; a line for each write goes to its "file": number, when it was sent and when
// it ended (CLOCK_MONOTONIC, nanoseconds), what became of it. Ends on SIGTERM, or after two minutes.
"use strict";

const fs = require("node:fs");
const { setTimeout: pause } = require("node:timers/promises");
const Redis = require("ioredis");

const kLongest = 120_000_000_000n;

const settings = JSON.parse(process.argv[2]);
const now = () => process.hrtime.bigint();

const redis = new Redis({
  sentinels: settings.sentinels.map(([host, port]) => ({ host, port })),
  name: settings.master,
  failoverDetector: true, // hears +switch-master; off by default
  socketTimeout: settings.timeout_s * 1000, // else a hanging master is waited for; off by default
  reconnectOnError: (error) => (error.message.startsWith("READONLY") ? 2 : false), // 2: and send it again
});
redis.on("error", () => {}); // of connections; those of commands are counted

const file = fs.openSync(settings.file, "w");
let pending = null;
let stopping = false;

function note(number, sent, outcome) {
  fs.writeSync(file, `${number} ${sent} ${now()} ${outcome}\n`);
}

process.on("SIGTERM", () => {
  stopping = true;
  if (pending) note(pending.number, pending.sent, "in_doubt");
  process.exit(0);
});

async function main() {
  const interval = 1_000_000_000n / BigInt(settings.rate);
  const start = now();
  for (let number = 0; !stopping && now() - start < kLongest; ++number) {
    const early = Number(start + BigInt(number) * interval - now()) / 1e6;
    if (early > 0) await pause(early);
    const sent = now();
    pending = { number, sent };
    let outcome = "acknowledged";
    try {
      await redis.set(`${settings.client}:${number}`, "1");
    } catch (error) {
      outcome = error.message.startsWith("READONLY") ? "failed" : "in_doubt";
    }
    pending = null;
    note(number, sent, outcome);
  }
  process.exit(0);
}

main();
