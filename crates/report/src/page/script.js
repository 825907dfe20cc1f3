"use strict";

/** Returns the elements that match, those of an SVG too.
 * @param {string} selector @param {ParentNode} [root] */
const all = (selector, root = document) =>
  /** @type {HTMLElement[]} */ ([...root.querySelectorAll(selector)]);

/** Returns the first element that matches.
 * @param {string} selector @param {ParentNode} [root] */
const one = (selector, root = document) => {
  const found = root.querySelector(selector);
  if (!found) throw new Error(`the page has no ${selector}`);
  return /** @type {HTMLElement} */ (found);
};

// Steps through the diagram of each violation: what comes after the step is faint. A click on a row
// shows the history entries behind it.
for (const section of all("section.violation")) {
  const steps = all("ol.story > li", section);
  const parts = all("svg [data-row]", section);
  const entries = all("details.behind tbody > tr", section);
  const details = /** @type {HTMLDetailsElement} */ (one("details.behind", section));
  const last = steps.length - 1;
  let current = last;

  /** @param {number} step */
  const show = (step) => {
    current = Math.max(0, Math.min(last, step));
    const row = current === last ? Infinity : Number(steps[current].dataset.at);
    steps.forEach((item, nth) => {
      item.classList.toggle("later", nth > current);
      if (nth === current) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    });
    for (const part of parts) {
      part.classList.toggle("later", Number(part.dataset.row) > row);
      part.classList.toggle("now", Number(part.dataset.row) === row);
    }
    one(".said", section).textContent =
      `${current + 1} of ${steps.length}: ${steps[current].textContent}`;
  };

  /** @param {string | undefined} row the row whose entries are shown; undefined for all */
  const behind = (row) => {
    let count = 0;
    for (const entry of entries) {
      entry.hidden = row !== undefined && !(entry.dataset.rows ?? "").split(" ").includes(row);
      count += entry.hidden ? 0 : 1;
    }
    details.open = true;
    one("p.count", details).hidden = row === undefined;
    one(".said", details).textContent = `${count} of ${entries.length} entries`;
    details.scrollIntoView({ block: "nearest" });
  };

  /** @type {Record<string, () => number>} */
  const moves = { first: () => 0, back: () => current - 1, forward: () => current + 1, last: () => last };
  for (const button of all("button[data-move]", section)) {
    button.addEventListener("click", () => show(moves[button.dataset.move ?? "last"]()));
  }
  const keys = new Map(Object.entries({ ArrowLeft: "back", ArrowRight: "forward", Home: "first", End: "last" }));
  section.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Enter" && event.target === section) behind(steps[current]?.dataset.at);
    const move = keys.get(event.key);
    if (!move) return;
    event.preventDefault();
    show(moves[move]());
  });
  for (const part of parts) part.addEventListener("click", () => behind(part.dataset.row));
  one("button", details).addEventListener("click", () => behind(undefined));
  section.classList.add("live");
  if (steps.length > 0) one(".steps", section).hidden = false;
}
