"use strict";

// Steps through the diagram of each violation: what comes after the step is faint.
for (const section of document.querySelectorAll("section.violation")) {
  const steps = [...section.querySelectorAll("ol.story > li")];
  const parts = [...section.querySelectorAll("svg [data-row]")];
  const said = section.querySelector(".said");
  const last = steps.length - 1;
  let current = last;

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

  const moves = { first: () => 0, back: () => current - 1, forward: () => current + 1, last: () => last };
  for (const button of section.querySelectorAll("button[data-move]")) {
    button.addEventListener("click", () => show(moves[button.dataset.move]()));
  }
  const keys = { ArrowLeft: "back", ArrowRight: "forward", Home: "first", End: "last" };
  section.addEventListener("keydown", (event) => {
    const move = keys[event.key];
    if (!move || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    show(moves[move]());
  });
  if (steps.length > 0) section.querySelector(".steps").hidden = false;
}
