"use strict";

// Steps through the diagram of each violation: what comes after the step is faint.

/** The keys that move, beside the buttons. @type {Record<string, string>} */
const KEYS = { ArrowLeft: "back", ArrowRight: "forward", Home: "first", End: "last" };

/** @param {HTMLElement} section */
function stepped(section) {
  /** @type {NodeListOf<HTMLElement>} */
  const steps = section.querySelectorAll("ol.story > li");
  /** @type {NodeListOf<SVGElement>} */
  const parts = section.querySelectorAll("svg [data-row]");
  const said = section.querySelector(".said");
  const controls = section.querySelector(".steps");
  if (steps.length === 0 || !said || !controls) return;
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
    for (const part of parts) part.classList.toggle("later", Number(part.dataset.row) > row);
    said.textContent = `${current + 1} of ${steps.length}: ${steps[current].textContent}`;
  };

  /** @param {string | undefined} move */
  const go = (move) => {
    if (move === "first") show(0);
    else if (move === "back") show(current - 1);
    else if (move === "forward") show(current + 1);
    else show(last);
  };
  /** @type {NodeListOf<HTMLElement>} */
  const buttons = section.querySelectorAll("button[data-move]");
  for (const button of buttons) button.addEventListener("click", () => go(button.dataset.move));
  section.addEventListener("keydown", (event) => {
    const move = KEYS[event.key];
    if (!move || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    go(move);
  });
  controls.removeAttribute("hidden");
}

/** @type {NodeListOf<HTMLElement>} */
const violations = document.querySelectorAll("section.violation");
violations.forEach(stepped);
