// Bun's client for PostgreSQL, Bun.SQL, with one connection: queries are written one behind the
// other. With --simple, a store has its values in its text and no parameters, and is sent as a
// simple query.
"use strict";

const kit = require("./kit.js");

const simple = kit.flags("--simple")["--simple"];
const quoted = (text) => `'${text.replaceAll("'", "''")}'`;

kit.serve(class Library {
  static hello = {
    library: "bun-sql",
    version: Bun.version,
    client: "one connection" + (simple ? ", simple stores" : ""),
    protocol: "postgres",
    connections: "shared",
    lacks: ["pipeline"],
  };

  constructor({ host, port }) {
    this.sql = new Bun.SQL({
      adapter: "postgres", hostname: host, port, username: "u", password: "p", database: "d",
      max: 1, tls: false, idleTimeout: 0, connectionTimeout: 0, maxLifetime: 0,
    });
  }

  async get({ key }) {
    const rows = await this.sql`SELECT value FROM items WHERE key = ${key}`;
    return rows.length > 0 ? rows[0].value : null;
  }

  async mget({ keys }) {
    const places = keys.map((_, at) => `$${at + 1}`).join(", ");
    const text = `SELECT key, value FROM items WHERE key IN (${places})`;
    const rows = await this.sql.unsafe(text, keys);
    const found = new Map(rows.map((row) => [row.key, row.value]));
    return keys.map((key) => found.get(key) ?? null);
  }

  async set({ key, value }) {
    const [first, second] = simple ? [quoted(key), quoted(value)] : ["$1", "$2"];
    const text = `INSERT INTO items (key, value) VALUES (${first}, ${second})
      ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value`;
    await this.sql.unsafe(text, simple ? [] : [key, value]);
    return true;
  }

  close() { this.sql.close({ timeout: 0 }).catch(() => {}); }
});
