
// Filters the list of violations, their marks, and the list of entries.
{
  const form = /** @type {HTMLFormElement} */ (one("form.filters"));
  const violations = all("li[data-violation]");
  const entries = packed.map((_, nth) => nth);

  /** Returns what a field contains, as a name. @param {string} field */
  const wanted = (field) => {
    const text = String(new FormData(form).get(field) ?? "").trim();
    return /^\d+$/.test(text) && field !== "from" ? `${field}-${text}` : text;
  };

  /** Returns the entries of the violations of an invariant. @param {string} invariant */
  const chained = (invariant) => {
    const chains = Object.values(data.chains).filter(([id]) => id === invariant);
    return [...new Set(chains.flatMap(([, rows]) => rows))].sort((a, b) => a - b);
  };

  const apply = () => {
    const names = ["user", "camera", "gateway"].map(wanted).filter((name) => name !== "");
    const invariant = wanted("invariant");
    let count = 0;
    for (const item of violations) {
      const of = (item.dataset.of ?? "").split(" ");
      item.hidden = ![...names, invariant].every((name) => name === "" || of.includes(name));
      count += item.hidden ? 0 : 1;
      for (const mark of all(`a.mark[data-violation="${item.dataset.violation}"]`)) {
        mark.classList.toggle("out", item.hidden);
      }
    }
    // A name is a word: user-1 is not in user-12, but camera-1 is in camera-1/3.
    const escaped = names.map((name) => name.replace(/[^\w-]/g, "\\$&"));
    const words = escaped.map((name) => new RegExp(`(?<![\\w-])${name}(?![\\w-])`));
    const among = invariant === "" ? entries : chained(invariant);
    const shown = words.length === 0 ? among : among.filter((nth) => {
      const text = cells(nth).join(" ");
      return words.every((word) => word.test(text));
    });
    list.show(shown);
    const said = `${shown.length.toLocaleString("en")} of ${entries.length.toLocaleString("en")} entries`;
    const all_of = violations.length > 0 ? `, ${count} of ${violations.length} violations` : "";
    one("p.shown").textContent = said + all_of;
    if (wanted("from") !== "") list.scrollTo(Number(wanted("from")) * 1000);
  };

  let timer = 0;
  const soon = () => {
    clearTimeout(timer);
    timer = window.setTimeout(apply, 150);
  };
  form.addEventListener("input", soon);
  form.addEventListener("reset", soon);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  apply();
  const first = data.chains["1"]?.[1].at(-1);
  if (first !== undefined) list.scrollTo(times[first]);

  // A violation without a diagram has its story in the list.
  const open = () => {
    const target = document.getElementById(location.hash.slice(1));
    const details = target?.matches("li") ? target.querySelector("details") : null;
    if (details) details.open = true;
  };
  addEventListener("hashchange", open);
  open();
}
