
/**
 * The entries as the page has them: see `pack.rs`.
 * @typedef {{ entries: string, templates: string[], nodes: string[], requests: string,
 *   chains: Record<string, [string, number[]]> }} Data
 */
const data = /** @type {Data} */ (JSON.parse(one("#history").textContent ?? ""));

/** @param {string | undefined} text a number of base 36; nothing means 0 */
const number = (text) => (text ? parseInt(text, 36) : 0);

const packed = data.entries.split(";").slice(0, -1);

/** The time of each entry, in milliseconds. */
const times = new Float64Array(packed.length);
packed.forEach((row, nth) => {
  times[nth] = (nth > 0 ? times[nth - 1] : 0) + number(row.slice(0, row.indexOf(",")));
});

/** The sender and the gateway of each request. @type {Map<number, [string, string]>} */
const senders = new Map();
let latest = 0;
for (const row of data.requests.split(";").slice(0, -1)) {
  const [ahead, by, gateway] = row.split(",");
  const via = `gateway-${number(gateway)}`;
  const kind = { u: "user-", c: "camera-" }[by[0]];
  latest += number(ahead);
  senders.set(latest, [kind ? kind + number(by.slice(1)) : via, via]);
}

/** Returns an entry as the texts of its four cells. @param {number} nth */
const cells = (nth) => {
  const [, node, request, template, ...numbers] = packed[nth].split(",");
  let next = 0;
  const what = data.templates[number(template)].replace(/#/g, () => {
    const given = numbers[next++];
    return given === undefined || given === "#" ? "#" : String(number(given));
  });
  const id = number(request);
  const [by, via] = senders.get(id) ?? ["", ""];
  const place = data.nodes[number(node)];
  const where = by && by !== via && (place === "phones" || place === "cameras") ? by : place;
  const whose = by && (by === via ? ` of ${by}` : ` of ${by} via ${via}`);
  return [(times[nth] / 1000).toFixed(3), where, id ? `request-${id}${whose}` : "", what];
};

/** The list: only the rows that are visible are in the document. */
const list = (() => {
  const HEIGHT = 24;
  const box = one("div.entries");
  const table = one("table", box);
  const body = /** @type {HTMLTableSectionElement} */ (one("tbody", box));
  const space = [body.insertRow(), body.insertRow()];
  const chained = new Set(Object.values(data.chains).flatMap(([, rows]) => rows));
  /** @type {HTMLTableRowElement[]} */
  const drawn = [];
  /** @type {number[]} */
  let shown = [];

  const draw = () => {
    const first = Math.max(0, Math.floor(box.scrollTop / HEIGHT) - 6);
    const count = Math.min(shown.length - first, Math.ceil(box.clientHeight / HEIGHT) + 12);
    while (drawn.length < count) {
      const row = body.insertRow(body.rows.length - 1);
      for (let cell = 0; cell < 4; cell++) row.insertCell();
      drawn.push(row);
    }
    drawn.forEach((row, place) => {
      row.hidden = place >= count;
      if (row.hidden) return;
      const nth = shown[first + place];
      row.classList.toggle("chained", chained.has(nth));
      row.setAttribute("aria-rowindex", String(first + place + 2));
      cells(nth).forEach((text, cell) => { row.cells[cell].textContent = text; });
      row.title = row.cells[3].textContent ?? "";
    });
    space[0].style.height = `${first * HEIGHT}px`;
    space[1].style.height = `${Math.max(0, shown.length - first - count) * HEIGHT}px`;
  };

  let waits = false;
  const soon = () => {
    if (!waits) requestAnimationFrame(() => { waits = false; draw(); });
    waits = true;
  };
  box.addEventListener("scroll", soon, { passive: true });
  addEventListener("resize", soon);

  return {
    /** Shows these entries. @param {number[]} entries */
    show(entries) {
      shown = entries;
      box.hidden = false;
      box.scrollTop = 0;
      table.setAttribute("aria-rowcount", String(entries.length + 1));
      draw();
    },
    /** Scrolls to the first entry that is not before a time. @param {number} ms */
    scrollTo(ms) {
      const nth = shown.findIndex((entry) => times[entry] >= ms);
      box.scrollTop = (nth < 0 ? shown.length : nth) * HEIGHT;
    },
  };
})();
