// A headless Chromium, and pages in it.

import puppeteer from "puppeteer-core";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { join } from "node:path";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The directory of the pages. */
export const PAGES = process.env.PAGES ?? ".";

/** Starts the browser. */
export function start() {
  const args = ["--no-sandbox", "--disable-dev-shm-usage"];
  return puppeteer.launch({ executablePath: "/usr/bin/chromium", headless: true, args });
}

/** Opens a page from disk. What it complains about, loads or asks is in the lists. */
export async function open(browser, name, { dark = false, width = 1280, height = 900 } = {}) {
  const page = await browser.newPage();
  await page.setViewport({ width, height });
  const scheme = dark ? "dark" : "light";
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  const seen = { errors: [], requests: [], dialogs: [] };
  page.on("console", (message) => {
    if (message.type() !== "log") seen.errors.push(message.text());
  });
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  page.on("request", (request) => seen.requests.push(request.url()));
  page.on("dialog", async (dialog) => {
    seen.dialogs.push(dialog.message());
    await dialog.dismiss();
  });
  const url = pathToFileURL(join(PAGES, `${name}.html`)).href;
  await page.goto(url, { waitUntil: "load" });
  return { page, seen, url };
}

/** Returns what axe-core calls serious or critical, in a line each. */
export async function barriers(page) {
  // A page's policy allows no script but its own; the debugger's evaluation is outside of it.
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document));
  const grave = found.violations.filter((it) => ["serious", "critical"].includes(it.impact));
  return grave.map((it) => `${it.id}: ${it.help}: ${it.nodes.slice(0, 3).map((n) => n.html).join(" ")}`);
}
