// undici's client: an Agent with keep-alive connections, one request at a time on each.
"use strict";

const kit = require("./kit.js");
const undici = require("undici");

kit.flags();

kit.serve(class Library {
  static hello = {
    library: "undici",
    version: require("undici/package.json").version,
    client: "agent",
    protocol: "http1",
    connections: "exclusive",
    cancel: "on-request",
    lacks: ["mget", "pipeline"],
  };

  constructor({ host, port }) {
    this.base = `http://${host}:${port}`;
    // The schedule decides when a connection is lost and when a reply is late.
    this.agent = new undici.Agent({
      connections: 4, keepAliveTimeout: 1e9, keepAliveMaxTimeout: 1e9, headersTimeout: 0,
      bodyTimeout: 0, connect: { timeout: 0 },
    });
  }

  async ask(signal, method, key, body) {
    const options = { method, body, signal, dispatcher: this.agent };
    const response = await undici.request(`${this.base}/${key}`, options);
    const text = await response.body.text();
    if (response.statusCode === 404) return null;
    if (response.statusCode >= 400) throw new Error(`${response.statusCode} ${text}`);
    return text;
  }

  get({ key }, signal) { return this.ask(signal, "GET", key); }

  async set({ key, value }, signal) {
    await this.ask(signal, "PUT", key, value);
    return true;
  }

  close() { this.agent.destroy(); }
});
