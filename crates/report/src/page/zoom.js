
// Zooms the plots: they become wider, and the middle stays where it is.
for (const box of all(".plots")) {
  const wide = one(".wide", box);
  let zoom = 1;
  /** @param {number} factor 0 for the whole run */
  const by = (factor) => {
    const middle = (box.scrollLeft + box.clientWidth / 2) / wide.offsetWidth;
    zoom = factor === 0 ? 1 : Math.max(1, Math.min(64, zoom * factor));
    wide.style.width = `${zoom * 100}%`;
    box.scrollLeft = middle * wide.offsetWidth - box.clientWidth / 2;
  };
  for (const button of all("button[data-zoom]")) {
    button.addEventListener("click", () => by(Number(button.dataset.zoom)));
  }
  /** @type {Record<string, number>} */
  const keys = { "+": 2, "=": 2, "-": 0.5, "−": 0.5, 0: 0 };
  box.addEventListener("keydown", (event) => {
    const factor = keys[event.key];
    if (factor === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    by(factor);
  });
  for (const item of all("p.zoom")) item.hidden = false;
}
