// The small client of adapters/blocking-socket.py, with its mistake and without.
"use strict";

const path = require("node:path");
const { test } = require("node:test");
const { certify } = require("..");

const ADAPTER = `python3 ${path.resolve(__dirname, "../../../blocking-socket.py")}`;
const kept = (name) => path.join(__dirname, "crosswire", name);

test("keeps the connection", () => certify(ADAPTER, { kept: kept("keeps"), seeds: 60 }));

test("closes the connection", () =>
  certify(`${ADAPTER} --fixed`, { kept: kept("closes"), seeds: 60 }));
