// Bun's client for Redis, Bun.RedisClient: all calls share one connection, which is opened again
// when it is lost. Commands are sent together in the next turn of the loop (auto-pipelining).
"use strict";

const kit = require("./kit.js");

kit.flags();

kit.serve(class Library {
  static hello = {
    library: "bun-redis",
    version: Bun.version,
    client: "one connection",
    protocol: "resp3",
    connections: "shared",
    lacks: ["pipeline"],
    can: ["incr"],
  };

  constructor({ host, port }) {
    this.client = new Bun.RedisClient(`redis://${host}:${port}`, { connectionTimeout: 0 });
    this.client.connect().catch(() => {});
  }

  get({ key }) { return this.client.get(key); }
  mget({ keys }) { return this.client.send("MGET", keys); }
  set({ key, value }) { return this.client.set(key, value); }
  incr({ key }) { return this.client.incr(key); }

  isReady() { return this.client.connected; }
  close() { this.client.close(); }
});
