// What adapters in JavaScript have in common: lines, barriers, gates, cancellation, errors
// (docs/adapter-protocol.md). An adapter is a class with the operations of the protocol as methods:
//
//     kit.serve(class Library {
//       static hello = { library, version, client, connections };
//       constructor({ host, port }) { … }
//       get({ key }) { … }    // also mget({ keys }), set({ key, value }), pipeline({ commands })
//       isReady() { … }       // whether its connection is open, if calls share one
//       close() { … }
//     });
//
// Require it before the library. A new operation of the protocol is a new method: it is called with
// the request, and with an AbortSignal if the hello says `cancel: "on-request"`.
"use strict";

const fs = require("node:fs");
const net = require("node:net");
const readline = require("node:readline");
const promises = require("node:timers/promises");

// The library's clock advances only in barriers, timer by timer. A sleep that is longer than this,
// in milliseconds, is not waited for: the schedule decides when a reply is late.
const LONGEST_SLEEP = 10_000;
// The real time in which a connection that opens must be ready, and one that closes must be closed. A
// library that broke never is, and a barrier that waited for it would hide what the trace already
// shows.
const OPENING = 300;
// Bun does not list its sockets; there, the loop goes round some more times.
const bun = Boolean(process.versions.bun);
const TURNS = bun ? 40 : 8;

const later = globalThis.setTimeout;
const round = () => new Promise((resolve) => setImmediate(resolve));
let now = 0;
let timers = [];

class Timer {
  constructor(call, delay, words, every) {
    Object.assign(this, { call, words, delay: Math.max(1, +delay || 1), every });
    this.refresh();
  }
  refresh() {
    timers = timers.filter((timer) => timer !== this);
    this.due = now + this.delay;
    timers.push(this);
    return this;
  }
  fire() {
    timers = timers.filter((timer) => timer !== this);
    now = Math.max(now, this.due);
    if (this.every) this.refresh();
    this.call(...this.words);
  }
  ref() { return this; }
  unref() { return this; }
  hasRef() { return true; }
  close() { timers = timers.filter((timer) => timer !== this); }
}

globalThis.setTimeout = (call, delay, ...words) => new Timer(call, delay, words, false);
globalThis.setInterval = (call, delay, ...words) => new Timer(call, delay, words, true);
globalThis.clearTimeout = globalThis.clearInterval = (timer) => timer?.close?.();
promises.setTimeout = (delay, value) => new Promise((go) => new Timer(go, delay, [value], false));

let drawn = 0;
// The jitter of a library's sleeps, the same in each run.
Math.random = () => (drawn = (drawn * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;

const say = (line) => fs.writeSync(1, JSON.stringify(line) + "\n");
exports.shown = (reply) => (reply instanceof Error ? { error: String(reply) } : reply);

function sockets() {
  return process._getActiveHandles().filter((it) => it instanceof net.Socket && it.remotePort);
}

// Returns whether a connection is being opened, or closed and not closed yet by the server.
function isChanging(socket) {
  const isClosing = socket !== process.stdin && socket.writableEnded && !socket.destroyed;
  return socket.connecting || isClosing;
}

// Waits until no callback is ready, no connection is being opened or closed, and no sleep is left.
async function quiet(client) {
  const until = now + LONGEST_SLEEP;
  let since = performance.now();
  for (;;) {
    for (let turn = 0; turn < TURNS; turn += 1) await round();
    const opening = process._getActiveHandles().some(isChanging) ||
      (client?.isReady && !client.isReady() && (bun || sockets().length > 0));
    if (opening && performance.now() < since + OPENING) {
      await new Promise((resolve) => later(resolve, 0));
      continue;
    }
    const due = timers.filter((timer) => timer.due <= until);
    if (due.length === 0) return;
    due.reduce((first, timer) => (timer.due < first.due ? timer : first)).fire();
    since = performance.now();
  }
}

// Blocks the whole process until the gate opens.
function holdStill(gate) {
  const pipe = fs.openSync(gate);
  fs.readSync(pipe, Buffer.alloc(1));
  fs.closeSync(pipe);
}

// Makes a call, and says how it ended, unless its caller has given up.
async function call(client, request, calls) {
  const { id, op } = request;
  const control = new AbortController();
  calls.set(id, control);
  let end;
  try {
    if (!client[op]) throw new Error(`the adapter has no \`${op}\``);
    const value = await client[op](request, control.signal);
    end = { id, value: value === undefined ? null : value };
  } catch (error) {
    end = { id, error: String(error) };
  }
  if (calls.delete(id)) say(end);
}

exports.serve = (Library) => {
  const { bun: itsVersion, node } = process.versions;
  const runtime = itsVersion ? `Bun ${itsVersion}` : `Node.js ${node}`;
  say({ crosswire: 1, calls: "many", cancel: "never", runtime, ...Library.hello });
  let client = null;
  const calls = new Map();

  async function answer(request) {
    const { id, op, of, gate } = request;
    if (op === "connect") {
      calls.clear();
      [drawn, timers] = [0, []];
      client = new Library(request);
    } else if (op === "barrier" || op === "hold") await quiet(client);
    else if (op === "close") await client.close();
    else if (op !== "cancel") return call(client, request, calls);
    say({ id, value: true });
    if (op === "hold") holdStill(gate);
    if (op === "cancel" && calls.has(of)) {
      const control = calls.get(of);
      calls.delete(of);
      say({ id: of, cancelled: true });
      control.abort();
    }
  }

  const lines = readline.createInterface({ input: process.stdin });
  lines.on("line", (line) => answer(JSON.parse(line)));
  lines.on("close", () => process.exit(0));
};

// The version in package.json, which some libraries do not export.
exports.versionOf = (library) => {
  const file = `${process.env.NODE_PATH}/${library}/package.json`;
  return JSON.parse(fs.readFileSync(file)).version;
};

// The words behind the adapter's name; one that it does not know ends it.
exports.flags = (...known) => {
  const words = process.argv.slice(2);
  const unknown = words.find((word) => !known.includes(word));
  if (unknown !== undefined) {
    console.error(`unknown argument \`${unknown}\`; known: ${known.join(", ") || "none"}`);
    process.exit(2);
  }
  return Object.fromEntries(known.map((word) => [word, words.includes(word)]));
};
