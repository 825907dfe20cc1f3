// Follows a hunt while `crosswire view` serves the page. Opened from a file, it does nothing.
{
  /** @typedef {{ runs: number, of: number | null, runs_per_second: number | null,
   *   findings: number, signatures: number, revision: string }} Progress */
  const line = document.querySelector("[data-progress]");
  const news = document.querySelector("[data-news]");
  let revision = "";
  let signatures = -1;

  /** @param {number} number @param {string} noun */
  const counted = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
  /** @param {Progress} now */
  const words = (now) => {
    const of = now.of === null ? "" : ` of ${now.of.toLocaleString("en")}`;
    const rate = now.runs_per_second === null ? "" : `, ${now.runs_per_second.toFixed(1)} a second`;
    const found = `${counted(now.findings, "finding")}, ${counted(now.signatures, "signature")}`;
    return `${now.runs.toLocaleString("en")}${of} runs${rate}; ${found}`;
  };

  /** Replaces what changes by what the page has now. */
  const refresh = async () => {
    const text = await (await fetch(location.pathname, { cache: "no-store" })).text();
    const next = new DOMParser().parseFromString(text, "text/html");
    for (const part of document.querySelectorAll("[data-live]")) {
      const other = next.getElementById(part.id);
      if (other) part.replaceChildren(...other.childNodes);
    }
    document.dispatchEvent(new Event("crosswire-rows"));
  };

  const follow = async () => {
    try {
      /** @type {Progress} */
      const now = await (await fetch("progress.json", { cache: "no-store" })).json();
      if (line) line.textContent = words(now);
      const more = now.signatures - signatures;
      if (news && signatures >= 0 && more > 0) news.textContent = counted(more, "new signature");
      signatures = now.signatures;
      if (now.revision !== revision) await refresh();
      revision = now.revision;
    } catch {
      if (line) line.textContent = "no longer served: this is the last state that was seen";
    }
    setTimeout(follow, 1000);
  };
  if (line && location.protocol === "http:") follow();
}
