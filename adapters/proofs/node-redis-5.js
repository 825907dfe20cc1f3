// node-redis 5, without Crosswire: a call that is made just before the loop sees a reset is written
// to the dead socket, and settled with a reply of the next connection's handshake.
//   NODE_PATH=target/adapters/node-redis-5.12.1/node_modules node adapters/proofs/node-redis-5.js
"use strict";
const net = require("node:net");
const redis = require("redis");

let last;
const server = net.createServer((socket) => {
  last = socket;
  socket.on("error", () => {});
  socket.on("data", (data) => {
    for (const word of String(data).split(/(?=\*\d+\r\n\$)/)) {
      console.log("server receives", JSON.stringify(word));
      if (/HELLO|CLIENT/.test(word)) socket.write("+OK\r\n");
    }
  });
});

server.listen(0, "127.0.0.1", async () => {
  const client = redis.createClient({ socket: { host: "127.0.0.1", port: server.address().port } });
  client.on("error", (error) => console.log("client:", error.message));
  await client.connect();
  // In a timer: the loop looks at the sockets next, and runs immediates after that.
  setTimeout(() => {
    last.resetAndDestroy();
    client.set("b", "1").then((reply) => console.log("SET b returns", JSON.stringify(reply)));
  }, 50);
  setTimeout(() => process.exit(), 1000);
});
