// The client of Node.js itself, http.Agent with keep-alive connections, and Bun's copy of it. The
// version is that of the runtime.
"use strict";

const kit = require("./kit.js");
const http = require("node:http");

kit.flags();

kit.serve(class Library {
  static hello = {
    library: process.versions.bun ? "bun-http" : "http-agent",
    version: process.versions.bun ?? process.versions.node,
    client: "agent, keepAlive",
    protocol: "http1",
    connections: "exclusive",
    cancel: "on-request",
    lacks: ["mget", "pipeline"],
  };

  constructor({ host, port }) {
    this.where = { host, port, agent: new http.Agent({ keepAlive: true, maxSockets: 4 }) };
  }

  ask(signal, method, key, body) {
    return new Promise((resolve, reject) => {
      const request = http.request({ ...this.where, method, path: `/${key}`, signal });
      request.on("error", reject);
      request.on("response", (response) => {
        const { statusCode } = response;
        let text = "";
        response.setEncoding("utf8");
        response.on("error", reject);
        response.on("data", (more) => { text += more; });
        response.on("end", () => {
          if (statusCode === 404) resolve(null);
          else if (statusCode >= 400) reject(new Error(`${statusCode} ${text}`));
          else resolve(text);
        });
      });
      request.end(body);
    });
  }

  get({ key }, signal) { return this.ask(signal, "GET", key); }

  async set({ key, value }, signal) {
    await this.ask(signal, "PUT", key, value);
    return true;
  }

  close() { this.where.agent.destroy(); }
});
