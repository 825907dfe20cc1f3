// The index of a hunt: sorting, filtering, and `crosswire view`, which follows it.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PAGES, open, start } from "./browser.mjs";

let browser;
before(async () => { browser = await start(); });
after(() => browser.close());

const rows = (page) => page.$$eval("#signatures-table > tbody > tr", (all) =>
  all.filter((row) => !row.hidden).map((row) => [...row.cells].map((cell) => cell.textContent.trim())));

test("the signatures of a hunt are sorted by a column and filtered by words", async () => {
  const { page } = await open(browser, "hunt/index");
  const all = await rows(page);
  assert.ok(all.length >= 2, "the hunt finds more than one signature");
  const head = await page.$("#signatures-table thead th button");
  await head.click();
  const up = (await rows(page)).map((cells) => cells[0]);
  await head.click();
  const down = (await rows(page)).map((cells) => cells[0]);
  assert.notDeepEqual(up, down);
  assert.deepEqual([...up].sort(), [...down].sort());
  await page.type("form.filters[data-of=signatures-table] input", "multiplexed");
  const left = await rows(page);
  assert.ok(left.length > 0 && left.length < all.length);
  assert.ok(left.every((cells) => cells.join(" ").includes("multiplexed")));
  const said = await page.$eval("form.filters[data-of=signatures-table] output", (output) => output.textContent);
  assert.equal(said, `${left.length} of ${all.length} rows`);
  await page.close();
});

/** Serves a directory; returns the address, and the process. */
async function view(directory) {
  const server = spawn(process.env.CROSSWIRE, ["view", directory], { stdio: ["ignore", "pipe", "pipe"] });
  for await (const chunk of server.stdout) {
    const address = /http:\/\/127\.0\.0\.1:\d+\//.exec(String(chunk));
    if (address) return { server, address: address[0] };
  }
  throw new Error("crosswire view printed no address");
}

test("crosswire view shows a hunt, follows its journal, and ends with Ctrl-C", async () => {
  const directory = mkdtempSync(join(tmpdir(), "crosswire-view-"));
  cpSync(join(PAGES, "hunt"), directory, { recursive: true });
  // The hunt as it was before its last runs.
  const journal = join(directory, "hunt.jsonl");
  const lines = readFileSync(journal, "utf8").trimEnd().split("\n");
  const last = lines.pop();
  assert.equal(JSON.parse(last).line, "done");
  writeFileSync(journal, `${lines.join("\n")}\n`);
  const { server, address } = await view(directory);
  const page = await browser.newPage();
  const errors = [];
  page.on("console", (message) => { if (message.type() !== "log") errors.push(message.text()); });
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(address, { waitUntil: "load" });
  const runs = () => page.$eval("[data-progress]", (line) => Number.parseInt(line.textContent, 10));
  await page.waitForFunction(() => /runs/.test(document.querySelector("[data-progress]").textContent));
  const before = await runs();
  appendFileSync(journal, `${last}\n`);
  await page.waitForFunction((old) =>
    Number.parseInt(document.querySelector("[data-progress]").textContent, 10) > old, {}, before);
  assert.deepEqual(errors, []);
  server.kill("SIGINT");
  const [status] = await once(server, "exit");
  assert.equal(status, 0);
  await page.close();
});
