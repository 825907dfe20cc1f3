// ioredis behind Crosswire's adapter protocol (docs/adapter-protocol.md).
//
// As its documentation says: all calls share one connection, and commands are sent again after a
// reconnect. A call cannot be given up. It reconnects after a millisecond, because schedules have
// no notion of time.
"use strict";

const fs = require("node:fs");
const readline = require("node:readline");
const Redis = require("ioredis");

const [unknown] = process.argv.slice(2);
if (unknown !== undefined) {
  console.error(`unknown argument \`${unknown}\`; this adapter takes none`);
  process.exit(2);
}

const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");
const round = () => new Promise((resolve) => setImmediate(resolve));

say({
  crosswire: 1,
  library: "ioredis",
  version: require("ioredis/package.json").version,
  client: "one connection",
  connections: "shared",
  calls: "many",
  cancel: "never",
  runtime: `Node.js ${process.versions.node}`,
});

let client = null;

function connect({ host, port }) {
  client = new Redis({ host, port, retryStrategy: () => 1, maxRetriesPerRequest: null });
  // Without a listener it prints each error; the calls that fail report them anyway.
  client.on("error", () => {});
}

// Returns what the library returns, unchanged.
async function perform({ op, key, keys, value, commands }) {
  if (op === "get") return client.get(key);
  if (op === "mget") return client.mget(keys);
  if (op === "set") return client.set(key, value);
  const replies = await client.pipeline(commands).exec();
  return replies.map(([error, reply]) => (error ? { error: String(error) } : reply));
}

// Waits until no callback is ready and no connection is being opened.
async function quiet() {
  do {
    for (let turn = 0; turn < 4; turn += 1) await round();
    if (client.status !== "ready") await new Promise((resolve) => setTimeout(resolve, 1));
  } while (client.status !== "ready");
}

// Blocks the whole process until the gate opens.
function holdStill(gate) {
  const pipe = fs.openSync(gate);
  fs.readSync(pipe, Buffer.alloc(1));
  fs.closeSync(pipe);
}

async function answer(request) {
  const { id, op, gate } = request;
  try {
    let value = true;
    if (op === "connect") connect(request);
    else if (op === "barrier" || op === "hold") await quiet();
    else if (op === "close") client.disconnect();
    else value = await perform(request);
    say({ id, value: value === undefined ? null : value });
    if (op === "hold") holdStill(gate);
  } catch (error) {
    say({ id, error: String(error) });
  }
}

const lines = readline.createInterface({ input: process.stdin });
lines.on("line", (line) => answer(JSON.parse(line)));
lines.on("close", () => process.exit(0));
