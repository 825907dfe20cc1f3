
// Zooms the plots: they become wider, and the middle stays where it is. A click moves the entries.
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
  const keys = new Map(Object.entries({ "+": 2, "=": 2, "-": 0.5, "−": 0.5, 0: 0 }));
  box.addEventListener("keydown", (event) => {
    const factor = keys.get(event.key);
    if (factor === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    by(factor);
  });
  box.addEventListener("click", ({ target, clientX }) => {
    const plot = target instanceof Element && !target.closest("a") && target.closest(".plot > svg");
    if (!plot) return;
    const { left, width } = plot.getBoundingClientRect();
    const from = /** @type {HTMLInputElement} */ (one("[name=from]"));
    from.value = (((clientX - left) / width) * Number(box.dataset.end) / 1000).toFixed(1);
    from.dispatchEvent(new Event("input", { bubbles: true }));
  });
  for (const item of all("p.zoom")) item.hidden = false;
}
