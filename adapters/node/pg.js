// node-postgres' pool for PostgreSQL: a query at a time on a connection. With --client, one Client,
// which queues its queries.
"use strict";

const kit = require("./kit.js");
const pg = require("pg");

const alone = kit.flags("--client")["--client"];
const READ = "SELECT value FROM items WHERE key = $1";
const READ_ALL = "SELECT key, value FROM items WHERE key = ANY($1)";
const STORE = `INSERT INTO items (key, value) VALUES ($1, $2)
               ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value`;

kit.serve(class Library {
  static hello = {
    library: "pg",
    version: require("pg/package.json").version,
    client: alone ? "one connection" : "pool",
    protocol: "postgres",
    connections: "exclusive",
    lacks: ["pipeline"],
  };

  constructor({ host, port }) {
    const where = { host, port, user: "u", password: "p", database: "d", ssl: false };
    this.client = alone
      ? new pg.Client(where)
      : new pg.Pool({ ...where, max: 4, idleTimeoutMillis: 0, connectionTimeoutMillis: 0 });
    // Without a listener an error on an idle connection ends the process.
    this.client.on("error", () => {});
    if (alone) this.client.connect().catch(() => {});
  }

  async get({ key }) {
    const { rows } = await this.client.query(READ, [key]);
    return rows.length > 0 ? rows[0].value : null;
  }

  async mget({ keys }) {
    const { rows } = await this.client.query(READ_ALL, [keys]);
    const found = new Map(rows.map((row) => [row.key, row.value]));
    return keys.map((key) => found.get(key) ?? null);
  }

  async set({ key, value }) {
    await this.client.query(STORE, [key, value]);
    return true;
  }

  close() { this.client.end().catch(() => {}); }
});
