// node-redis 0.12 to 3: all calls share one connection; those waiting when it is lost fail. With
// --retry (retry_unfulfilled_commands: true), they are made again on the next connection.
"use strict";

const kit = require("./kit.js");
const redis = require("redis");

const flags = kit.flags("--retry");

kit.serve(class Library {
  static hello = {
    library: "node-redis",
    version: require("redis/package.json").version,
    client: "one connection" + (flags["--retry"] ? ", retry_unfulfilled_commands" : ""),
    connections: "shared",
    lacks: redis.RedisClient.prototype.batch ? [] : ["pipeline"],
  };

  constructor({ host, port }) {
    this.client = redis.createClient({ host, port, retry_unfulfilled_commands: flags["--retry"] });
    // Without a listener an error ends the process; the calls that fail report it anyway.
    this.client.on("error", () => {});
  }

  send(name, ...words) {
    return new Promise((resolve, reject) => {
      this.client[name](...words, (error, reply) => (error ? reject(error) : resolve(reply)));
    });
  }

  get({ key }) { return this.send("get", key); }
  mget({ keys }) { return this.send("mget", keys); }
  set({ key, value }) { return this.send("set", key, value); }

  pipeline({ commands }) {
    const batch = this.client.batch(commands);
    return new Promise((resolve, reject) => {
      batch.exec((error, replies) => (error ? reject(error) : resolve(replies.map(kit.shown))));
    });
  }

  isReady() { return this.client.ready; }
  close() { this.client.end(true); }
});
