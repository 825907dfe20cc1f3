// postgres.js 3.4.9, without Crosswire: a query that is cancelled while it waits behind another on
// its connection counts as answered when the one before it is, so the query behind it gets its rows.
//   NODE_PATH=target/adapters/postgres-newest/node_modules node adapters/proofs/postgres.js
// Right: 'select third' returns select third; wrong: it returns select second.
"use strict";
const net = require("node:net");
const postgres = require("postgres");

function message(kind, ...parts) {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const head = Buffer.alloc(5);
  head.write(kind);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const ready = message("Z", "I");
const column = Buffer.from("value\0" + "\0".repeat(9) + "\x19\0\0\0\0\0\0\0\0", "latin1");

// A row with the text of the query.
const rows = (text) => Buffer.concat([
  message("T", [0, 1], column),
  message("D", [0, 1, 0, 0, 0, text.length], text),
  message("C", "SELECT 1\0"),
  ready,
]);

const server = net.createServer((socket) => {
  socket.on("error", () => {});
  socket.once("data", (startup) => {
    if (startup.readInt32BE(4) === 80877102) return socket.end(); // A request to cancel, too late.
    const key = message("K", [0, 0, 0, 1, 0, 0, 0, 2]);
    socket.write(Buffer.concat([message("R", [0, 0, 0, 0]), key, ready]));
    const waiting = [];
    socket.on("data", (data) => {
      for (const text of String(data).match(/select \w+/g) || []) waiting.push(text);
      if (waiting.length === 1) socket.write(rows(waiting[0]));
      // The second of these is cancelled before the first is answered.
      if (waiting.length < 4) return;
      setTimeout(() => socket.write(Buffer.concat(waiting.slice(1).map(rows))), 300);
    });
  });
});

server.listen(0, "127.0.0.1", async () => {
  const { port } = server.address();
  const where = { host: "127.0.0.1", port, user: "u", password: "p" };
  const sql = postgres({ ...where, max: 1, fetch_types: false });
  await sql.unsafe("select nothing");
  const queries = ["select first", "select second", "select third"].map((text) => sql.unsafe(text));
  for (const query of queries) {
    const text = query.strings[0];
    query.then(([row]) => console.log(`'${text}' returns ${row.value}`), console.log);
  }
  setTimeout(() => queries[1].cancel(), 100);
  setTimeout(() => process.exit(), 1000);
});
