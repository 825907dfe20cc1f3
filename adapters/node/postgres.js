// postgres.js: queries are written one behind the other to each of a few connections. A call that
// is given up is cancelled with `query.cancel()`, which asks the server on another connection.
"use strict";

const kit = require("./kit.js");
const postgres = require("postgres");

kit.flags();

kit.serve(class Library {
  static hello = {
    library: "postgres",
    version: kit.versionOf("postgres"),
    client: "pool of 2, pipelining",
    protocol: "postgres",
    connections: "shared",
    cancel: "on-request",
    lacks: ["pipeline"],
    can: ["land"],
  };

  constructor({ host, port }) {
    this.sql = postgres({
      host, port, user: "u", password: "p", database: "d", max: 2, ssl: false, fetch_types: false,
      idle_timeout: 0, connect_timeout: 1e6, max_lifetime: null, onnotice() {},
    });
  }

  run(query, signal) {
    signal.addEventListener("abort", () => query.cancel());
    return query;
  }

  async get({ key }, signal) {
    const rows = await this.run(this.sql`SELECT value FROM items WHERE key = ${key}`, signal);
    return rows.length > 0 ? rows[0].value : null;
  }

  async mget({ keys }, signal) {
    const query = this.sql`SELECT key, value FROM items WHERE key IN ${this.sql(keys)}`;
    const rows = await this.run(query, signal);
    const found = new Map(rows.map((row) => [row.key, row.value]));
    return keys.map((key) => found.get(key) ?? null);
  }

  async set({ key, value }, signal) {
    await this.run(this.sql`INSERT INTO items (key, value) VALUES (${key}, ${value})
      ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value`, signal);
    return true;
  }

  close() { this.sql.end({ timeout: 0 }).catch(() => {}); }
});
