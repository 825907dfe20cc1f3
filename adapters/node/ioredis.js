// ioredis, and iovalkey, which began as a copy of it: all calls share one connection, and commands
// are sent again after a reconnect, as their documentation says. A call cannot be given up.
"use strict";

const kit = require("./kit.js");
const library = process.env.LIBRARY;
const Redis = require(library);

kit.flags();

kit.serve(class Library {
  static hello = {
    library,
    version: require(`${library}/package.json`).version,
    client: "one connection",
    connections: "shared",
  };

  constructor({ host, port }) {
    this.client = new Redis({ host, port, maxRetriesPerRequest: null });
    // Without a listener it prints each error; the calls that fail report them anyway.
    this.client.on("error", () => {});
  }

  get({ key }) { return this.client.get(key); }
  mget({ keys }) { return this.client.mget(keys); }
  set({ key, value }) { return this.client.set(key, value); }

  async pipeline({ commands }) {
    const replies = await this.client.pipeline(commands).exec();
    return replies.map(([error, reply]) => (error ? { error: String(error) } : reply));
  }

  isReady() { return this.client.status === "ready"; }
  close() { this.client.disconnect(); }
});
