// http.Agent of Node.js 24.21 and Bun 1.4.5, without Crosswire: a reply that no one asked for goes to
// the next request, if it has reached the idle connection and the loop has not read it yet.
//   node adapters/proofs/http-agent.js
//   bun adapters/proofs/http-agent.js
// The server answers /1 and, 30 ms later, once more. The client is busy meanwhile, and then asks
// for /2. Right: the body of /2 is: /2; wrong: the body of /2 is: unsolicited.
"use strict";

const http = require("node:http");
const net = require("node:net");
const { spawn } = require("node:child_process");

const reply = (text) => `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`;

function serve() {
  const server = net.createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (request) => {
      const path = String(request).split(" ")[1];
      socket.write(reply(path));
      if (path === "/1") setTimeout(() => socket.write(reply("unsolicited")), 30);
    });
  });
  server.listen(0, "127.0.0.1", () => console.log(server.address().port));
}

function ask(where, path) {
  return new Promise((resolve, reject) => {
    const request = http.get({ ...where, path }, (response) => {
      let text = "";
      response.on("data", (more) => { text += more; });
      response.on("end", () => resolve(text));
    });
    request.on("error", reject);
  });
}

async function main() {
  const server = spawn(process.execPath, [__filename, "server"]);
  const port = await new Promise((resolve) => server.stdout.once("data", (line) => resolve(+line)));
  const where = { host: "127.0.0.1", port, agent: new http.Agent({ keepAlive: true }) };
  await ask(where, "/1");
  // The connection goes back to the pool in this turn of the loop.
  await new Promise((resolve) => setImmediate(resolve));
  const until = Date.now() + 200;
  while (Date.now() < until);
  console.log(`the body of /2 is: ${await ask(where, "/2")}`);
  server.kill();
  process.exit();
}

if (process.argv[2] === "server") serve();
else main();
