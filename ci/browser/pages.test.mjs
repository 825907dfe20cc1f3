// What every page must do, and what a page about a leak shows.

import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { PAGES, barriers, open, start } from "./browser.mjs";

const files = readdirSync(PAGES).filter((name) => name.endsWith(".html"));
const names = files.map((name) => name.slice(0, -".html".length));
const hostile = names.filter((name) => name.startsWith("hostile-"));
const hunt = readdirSync(join(PAGES, "hunt")).filter((name) => name.endsWith(".html"));
const ours = names.filter((name) => !name.startsWith("hostile-"))
  .concat(hunt.map((name) => `hunt/${name.slice(0, -".html".length)}`));

let browser;
before(async () => { browser = await start(); });
after(() => browser.close());

for (const name of ours) {
  for (const dark of [false, true]) {
    test(`${name}, ${dark ? "dark" : "light"}: no error, no request, no barrier`, async () => {
      const { page, seen, url } = await open(browser, name, { dark });
      assert.deepEqual(await barriers(page), []);
      assert.deepEqual(seen, { errors: [], requests: [url], dialogs: [] });
      await page.close();
    });
  }
}

test("a page about a minimized run has at most 1 MB, about a whole storm at most 4 MB", () => {
  const size = (name) => statSync(join(PAGES, `${name}.html`)).size;
  console.log(`small ${size("small")} bytes, storm ${size("storm")} bytes`);
  assert.ok(size("small") <= 1 << 20 && size("storm") <= 4 << 20);
});

test("the crossed arrow is there and ends at the wrong phone", async () => {
  const { page } = await open(browser, "leak");
  const ends = await page.evaluate(() => {
    const section = document.querySelector("section.violation");
    const head = section.querySelector(".head.wrong");
    const box = head.getBBox();
    const arrows = [...section.querySelectorAll("path.message.wrong")];
    return {
      lane: box.x + box.width / 2,
      ends: arrows.map((arrow) => arrow.getPointAtLength(arrow.getTotalLength()).x),
      name: section.querySelector("h2").textContent,
    };
  });
  assert.match(ends.name, /user-\d+ is shown user-\d+'s camera-\d+\/\d+/);
  assert.ok(ends.ends.length >= 2, "the reply crosses, and its answer does");
  const last = ends.ends.at(-1);
  assert.ok(Math.abs(last - ends.lane) < 20, `ends at ${last}, the phone is at ${ends.lane}`);
  await page.close();
});

test("steps go forward and back, by buttons and by keys, and say their sentence", async () => {
  const { page } = await open(browser, "leak");
  const state = () => page.evaluate(() => {
    const section = document.querySelector("section.violation");
    const steps = [...section.querySelectorAll("ol.story > li")];
    return {
      at: steps.findIndex((step) => step.getAttribute("aria-current") === "step"),
      of: steps.length,
      said: section.querySelector(".said").textContent,
      faint: section.querySelectorAll("svg .later").length,
    };
  });
  const press = async (key) => { await page.keyboard.press(key); return state(); };
  await page.focus("section.violation");
  const first = await press("Home");
  assert.equal(first.at, 0);
  assert.ok(first.faint > 0, "what comes later is faint");
  assert.ok(first.said.startsWith(`1 of ${first.of}:`), first.said);
  assert.equal((await press("ArrowRight")).at, 1);
  assert.equal((await press("ArrowLeft")).at, 0);
  assert.equal((await press("ArrowLeft")).at, 0, "there is nothing before the first step");
  const last = await press("End");
  assert.deepEqual([last.at, last.faint], [last.of - 1, 0]);
  await page.click("section.violation button[data-move=back]");
  assert.equal((await state()).at, last.of - 2);
  await page.close();
});

test("the correct twin is beside the leak, with the first difference marked", async () => {
  const { page } = await open(browser, "small");
  const twin = await page.evaluate(() => ({
    heading: document.querySelector("section.twin h2").textContent,
    marked: document.querySelectorAll("section.twin tr.parts").length,
  }));
  assert.match(twin.heading, /: pooled$/);
  assert.equal(twin.marked, 1);
  await page.close();
});

test("hostile names and texts are text, and nothing else", async () => {
  assert.ok(hostile.length > 15);
  for (const name of hostile) {
    const { page, seen, url } = await open(browser, name);
    assert.deepEqual(seen, { errors: [], requests: [url], dialogs: [] }, name);
    const strange = await page.evaluate(() => {
      const handlers = [...document.querySelectorAll("*")].filter((element) =>
        [...element.attributes].some((it) => it.name.startsWith("on") || /^javascript:/i.test(it.value)));
      const elements = document.querySelectorAll("img, iframe, object, embed, base, [action], svg script");
      return handlers.length + elements.length;
    });
    assert.equal(strange, 0, name);
    await page.close();
  }
});
