// Certifies a client library with Crosswire in a suite of node:test, Jest, Mocha or Vitest:
//
//   const { certify } = require("crosswire-certify");
//   test("the client does not cross its wires", () =>
//     certify("node test/adapter.js", { kept: "test/crosswire", seeds: 300 }));
//
// A violation rejects with its story as the error's message, and is saved under `kept`, from where
// the next run replays it first. The program is `crosswire`, or what the variable CROSSWIRE names.
"use strict";

const { execFile } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

/** Fails if a kept schedule or one of `seeds` drawn ones violates an invariant, or if too little
 *  was tried, unless `inconclusive` allows that. Resolves to the certificate. */
async function certify(adapter, { seeds = 300, kept = "crosswire", inconclusive = false } = {}) {
  const files = fs.existsSync(kept) ? fs.readdirSync(kept) : [];
  if (files.some((file) => file.endsWith(".toml"))) {
    const replay = await run(adapter, "--schedule", kept);
    for (const one of replay.schedules) {
      if (one.verdict === "violated") {
        throw failure(`${one.schedule}: ${one.told}`, one.story.map(indented));
      }
    }
  }
  fs.mkdirSync(kept, { recursive: true });
  const file = path.join(kept, `found-${firstFree(files)}.toml`);
  try {
    const found = await run(adapter, "--seeds", String(seeds), "--save", file);
    if (found.verdict === "violated") {
      const where = `kept as ${file}, and replayed first from now on`;
      throw failure(sentence(found), [...found.findings.flatMap(told), "", where]);
    }
    if (found.verdict === "inconclusive" && !inconclusive) throw failure(sentence(found), []);
    return found;
  } finally {
    if (fs.readdirSync(kept).length === 0) fs.rmdirSync(kept);
  }
}

function firstFree(files) {
  let number = 1;
  while (files.includes(`found-${number}.toml`)) number += 1;
  return number;
}

function run(adapter, ...options) {
  const program = process.env.CROSSWIRE || "crosswire";
  const words = ["certify", "--adapter", adapter, "--json", ...options];
  return new Promise((resolve, reject) => {
    const limits = { maxBuffer: 1 << 28 };
    execFile(program, words, limits, (error, stdout, stderr) => {
      let answer;
      try {
        answer = JSON.parse(stdout);
      } catch {
        reject(failure(`${program} ${words.join(" ")}: ${error ? error.message : "no JSON"}`, [stderr]));
        return;
      }
      if (answer.type === "error") reject(failure(answer.message, []));
      else resolve(answer);
    });
  });
}

const indented = (line) => `  ${line}`;

function sentence({ adapter, sentence }) {
  return `${adapter.library} ${adapter.version} (${adapter.client}): ${sentence}`;
}

function told(finding) {
  const ids = finding.invariants.join(", ");
  const schedule = finding.schedule.join("; ");
  const title = `${ids}, first with seed ${finding.first_seed}: ${schedule}`;
  return ["", title, ...finding.story.map(indented)];
}

function failure(what, lines) {
  const error = new Error([what, ...lines].join("\n"));
  error.stack = error.message; // The place in this file says nothing.
  return error;
}

module.exports = { certify };
