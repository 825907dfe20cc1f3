// node-redis 4 to 6: all calls share one connection, and commands that were not sent yet wait for
// the next one. A command can be taken back only before it is sent, so a call is given up only with
// --signal, by an AbortSignal. --no-client-info connects without CLIENT SETINFO (from 5 on), and
// --cache keeps values in memory until the server says that they changed (RESP3, from 5.1 on).
"use strict";

const kit = require("./kit.js");
const redis = require("redis");

const { version } = require("redis/package.json");
const major = Number(version.split(".")[0]);
const flags = kit.flags("--signal", "--no-client-info", "--cache");
const cache = flags["--cache"] ? { ttl: 0, maxEntries: 0, evictPolicy: "LRU" } : undefined;

kit.serve(class Library {
  static hello = {
    library: "node-redis",
    version,
    client: "one connection" + (cache ? ", cache" : "") + (flags["--signal"] ? ", AbortSignal" : ""),
    protocol: cache ? "resp3" : "resp2",
    can: cache ? ["invalidate"] : [],
    connections: "shared",
    cancel: flags["--signal"] ? "on-request" : "never",
  };

  constructor({ host, port }) {
    this.client = redis.createClient({
      socket: { host, port }, RESP: cache ? 3 : 2, clientSideCache: cache,
      disableClientInfo: flags["--no-client-info"],
    });
    // Without a listener an error ends the process; the calls that fail report it anyway.
    this.client.on("error", () => {});
    this.client.connect().catch(() => {});
  }

  get({ key }, signal) { return this.send(signal, "get", key); }
  mget({ keys }, signal) { return this.send(signal, "mGet", keys); }
  set({ key, value }, signal) { return this.send(signal, "set", key, value); }

  send(signal, name, ...words) {
    if (!flags["--signal"]) return this.client[name](...words);
    if (major < 5) return this.client[name](redis.commandOptions({ signal }), ...words);
    return this.client.withAbortSignal(signal)[name](...words);
  }

  async pipeline({ commands }) {
    const batch = this.client.multi();
    for (const [name, ...words] of commands) batch[name](...words);
    return (await batch.execAsPipeline()).map(kit.shown);
  }

  // A connection that another call uses is never waited for by a call itself: that would hide what
  // happens to a command which is on its way when the connection is lost.
  isReady() { return this.client.isReady || !this.client.isOpen; }
  close() { return major < 5 ? this.client.disconnect() : this.client.destroy(); }
});
