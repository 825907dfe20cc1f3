// mysql2's pool for MySQL: a query at a time on a connection. With --prepared, statements are
// prepared and executed (`execute`), not written with their values (`query`).
"use strict";

const kit = require("./kit.js");
const mysql = require("mysql2");

const prepared = kit.flags("--prepared")["--prepared"];
const READ = "SELECT value FROM items WHERE `key` = ?";
const READ_ALL = "SELECT `key`, value FROM items WHERE `key` IN (";
const STORE = `INSERT INTO items (\`key\`, value) VALUES (?, ?)
               ON DUPLICATE KEY UPDATE value = VALUES(value)`;

kit.serve(class Library {
  static hello = {
    library: "mysql2",
    version: require("mysql2/package.json").version,
    client: "pool" + (prepared ? ", prepared statements" : ""),
    protocol: "mysql",
    connections: "exclusive",
    lacks: ["pipeline"],
  };

  constructor({ host, port }) {
    this.pool = mysql.createPool({
      host, port, user: "u", password: "p", database: "d", connectionLimit: 4, connectTimeout: 1e6,
      idleTimeout: 1e9,
    });
  }

  run(statement, values) {
    return new Promise((resolve, reject) => {
      const done = (error, rows) => (error ? reject(error) : resolve(rows));
      this.pool[prepared ? "execute" : "query"](statement, values, done);
    });
  }

  async get({ key }) {
    const rows = await this.run(READ, [key]);
    return rows.length > 0 ? rows[0].value : null;
  }

  async mget({ keys }) {
    const rows = await this.run(READ_ALL + keys.map(() => "?").join(", ") + ")", keys);
    const found = new Map(rows.map((row) => [row.key, row.value]));
    return keys.map((key) => found.get(key) ?? null);
  }

  async set({ key, value }) {
    await this.run(STORE, [key, value]);
    return true;
  }

  close() { this.pool.end(() => {}); }
});
