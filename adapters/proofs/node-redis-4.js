// node-redis 4, without Crosswire: half a reply stays in the decoder when its connection is closed,
// and what the next connection sends is read as the rest of it.
//   NODE_PATH=target/adapters/node-redis-4.7.1/node_modules node adapters/proofs/node-redis-4.js
"use strict";
const net = require("node:net");
const redis = require("redis");

let connections = 0;
const server = net.createServer((socket) => {
  const connection = (connections += 1);
  socket.on("error", () => {});
  socket.on("data", (data) => {
    for (const word of String(data).split(/(?=\*\d+\r\n\$)/)) {
      const key = /GET\r\n\$\d+\r\n(\w+)/.exec(word)?.[1];
      if (!key) socket.write("+OK\r\n");
      else if (connection === 1) socket.end("$9\r\nvalue"); // The first half of a reply.
      else socket.write(`$7\r\nvalue-${key}\r\n`);
    }
  });
});

server.listen(0, "127.0.0.1", async () => {
  const client = redis.createClient({ socket: { host: "127.0.0.1", port: server.address().port } });
  client.on("error", (error) => console.log("client:", error.message));
  await client.connect();
  await client.get("a").catch((error) => console.log("GET a fails:", error.message));
  for (const key of ["b", "c"]) {
    client.get(key).then((reply) => console.log(`GET ${key} returns`, JSON.stringify(reply)));
  }
  setTimeout(() => process.exit(), 1000);
});
