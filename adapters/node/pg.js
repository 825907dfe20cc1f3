// node-postgres' pool for PostgreSQL: a query at a time on a connection. With --pipeline, one Client
// in pipeline mode (from 8.23 on): queries are written one behind the other, and a new Client follows
// a lost one, since a Client does not connect again.
"use strict";

const kit = require("./kit.js");
const pg = require("pg");

const pipeline = kit.flags("--pipeline")["--pipeline"];
const READ = "SELECT value FROM items WHERE key = $1";
const READ_ALL = "SELECT key, value FROM items WHERE key = ANY($1)";
const STORE = `INSERT INTO items (key, value) VALUES ($1, $2)
               ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value`;

kit.serve(class Library {
  static hello = {
    library: "pg",
    version: kit.versionOf("pg"),
    client: pipeline ? "one connection, pipeline" : "pool",
    protocol: "postgres",
    connections: pipeline ? "shared" : "exclusive",
    lacks: ["pipeline"],
  };

  constructor({ host, port }) {
    this.where = { host, port, user: "u", password: "p", database: "d", ssl: false };
    if (pipeline) return;
    this.client = new pg.Pool({
      ...this.where, max: 4, idleTimeoutMillis: 0, connectionTimeoutMillis: 0,
    });
    // Without a listener an error on an idle connection ends the process.
    this.client.on("error", () => {});
  }

  query(text, values) {
    if (!this.client) {
      const client = new pg.Client({ ...this.where, pipeline: true });
      const lost = () => { if (this.client === client) this.client = null; };
      client.on("error", lost);
      client.on("end", lost);
      client.connect().catch(lost);
      this.client = client;
    }
    return this.client.query(text, values);
  }

  async get({ key }) {
    const { rows } = await this.query(READ, [key]);
    return rows.length > 0 ? rows[0].value : null;
  }

  async mget({ keys }) {
    const { rows } = await this.query(READ_ALL, [keys]);
    const found = new Map(rows.map((row) => [row.key, row.value]));
    return keys.map((key) => found.get(key) ?? null);
  }

  async set({ key, value }) {
    await this.query(STORE, [key, value]);
    return true;
  }

  close() { this.client?.end().catch(() => {}); }
});
