// What a printed page and a screen reader have of a page.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { open, start } from "./browser.mjs";

let browser;
before(async () => { browser = await start(); });
after(() => browser.close());

/** A4 in landscape without its margins, at 96 pixels an inch. */
const PAPER = { width: 1032, height: 703 };

for (const name of ["small", "leak", "certificate", "matrix", "hunt/index"]) {
  test(`${name}: nothing is cut off on paper`, async () => {
    const { page } = await open(browser, name, PAPER);
    await page.emulateMediaType("print");
    const wide = await page.evaluate(() => {
      // What is meant for screen readers alone has no size.
      const parts = [...document.querySelectorAll("main *:not(.unseen, .unseen *)")];
      const shown = parts.filter((it) => it.checkVisibility() && !it.closest("svg svg"));
      const over = shown.filter((it) => it.getBoundingClientRect().right > innerWidth + 1);
      return over.slice(0, 5).map((it) => it.outerHTML.slice(0, 120));
    });
    assert.deepEqual(wide, []);
    await page.close();
  });
}

test("a screen reader has headings, names, the steps as a list, and the step that is shown", async () => {
  const { page } = await open(browser, "small");
  const headings = await page.$$eval("h1, h2, h3", (all) => all.map((it) => Number(it.tagName[1])));
  assert.ok(headings[0] === 1 && headings.every((level, nth) => nth === 0 || level <= headings[nth - 1] + 1));
  const tree = await page.accessibility.snapshot({ interestingOnly: false });
  const nodes = [];
  const collect = (node) => { nodes.push(node); (node.children ?? []).forEach(collect); };
  collect(tree);
  const named = ["button", "link", "image", "figure", "region", "combobox", "spinbutton", "navigation", "form"];
  const nameless = nodes.filter((node) => named.includes(node.role) && !node.name);
  assert.deepEqual(nameless.map((node) => node.role), []);
  const steps = nodes.find((node) => node.role === "list" && node.name === "steps of the story");
  const count = await page.$$eval("#violation-1 ol.story > li", (items) => items.length);
  assert.equal(steps?.children?.filter((item) => item.role === "listitem").length, count);
  await page.focus("#violation-1");
  await page.keyboard.press("Home");
  const status = await page.$eval("#violation-1 p.said[role=status]", (line) => line.textContent);
  assert.match(status, new RegExp(`^1 of ${count}: \\d`));
  await page.close();
});
