"use strict";

// Sorts tables by the buttons in their heads, and shows the rows that match a filter.
{
  /** @param {HTMLTableRowElement} row @param {number} column */
  const valueOf = ({ cells }, column) =>
    (cells[column]?.dataset.value ?? cells[column]?.textContent ?? "").trim();

  /** Compares numbers as numbers; what is no number comes after them.
   * @param {string} one @param {string} other */
  const compare = (one, other) => {
    const [a, b] = [one, other].map((text) => Number.parseFloat(text.replaceAll(",", "")));
    if (!Number.isNaN(a) && !Number.isNaN(b)) return a - b;
    return Number(Number.isNaN(a)) - Number(Number.isNaN(b)) || one.localeCompare(other, "en");
  };

  /** Sorts by the column that its head marks. @param {HTMLTableElement} table */
  const sort = (table) => {
    const heads = [...table.querySelectorAll("thead th")];
    const column = heads.findIndex((head) => head.hasAttribute("aria-sort"));
    if (column < 0) return;
    const sign = heads[column].getAttribute("aria-sort") === "descending" ? -1 : 1;
    const rows = [...table.tBodies[0].rows];
    rows.sort((one, other) => sign * compare(valueOf(one, column), valueOf(other, column)));
    table.tBodies[0].append(...rows);
  };

  /** Hides rows without one of the words or a chosen value. @param {HTMLFormElement} form */
  const filter = (form) => {
    const words = (form.querySelector("input")?.value ?? "").toLowerCase().split(/\s+/);
    const choices = [...form.querySelectorAll("select")].filter((choice) => choice.value);
    /** @type {NodeListOf<HTMLTableRowElement>} */
    const rows = document.querySelectorAll(`#${form.dataset.of} > tbody > tr`);
    for (const row of rows) {
      const shown = (row.textContent ?? "").toLowerCase();
      const chosen = choices.every((choice) => row.dataset[choice.dataset.key ?? ""] === choice.value);
      row.hidden = !(chosen && words.every((word) => shown.includes(word)));
    }
    const left = [...rows].filter((row) => !row.hidden).length;
    const status = form.querySelector("output");
    if (status) status.textContent = `${left} of ${rows.length} rows`;
  };
  /** @type {NodeListOf<HTMLTableElement>} */
  const tables = document.querySelectorAll("table[data-sortable]");
  /** @type {NodeListOf<HTMLFormElement>} */
  const forms = document.querySelectorAll("form.filters");
  for (const table of tables) {
    const heads = [...table.querySelectorAll("thead th")];
    for (const head of heads) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        sort(table);
      });
    }
  }
  for (const form of forms) {
    form.hidden = false;
    form.addEventListener("input", () => filter(form));
    form.addEventListener("submit", (event) => event.preventDefault());
  }
  // Dispatched when rows were replaced.
  document.addEventListener("crosswire-rows", () => {
    tables.forEach(sort);
    forms.forEach(filter);
  });
}
