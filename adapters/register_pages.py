"""The pages of the register: a table of all rows, a page for each that shows a mistake, and all of
it for programs."""

import json

TOP = """# Register of client libraries and proxies

Which client library, pooler or proxy hands one caller the reply to another, in which version, and
since when it does not. Each row was run in lockstep
([how](../certifying.md#in-lockstep-a-library-in-any-language)): schedules drawn from seeds, and the
schedules of known mistakes. *Clean* means that nothing was violated in these schedules. It is a test
and no proof.

{count} rows, {violated} of them violated. {reported} are as a public report says: {beside} of them beside
Redis, {between} of them poolers or proxies. `ci/register` runs all rows and writes these pages;
[`register.json`](register.json) has the same for programs ([its fields](fields.md)).

| library | version | protocol | mechanism | verdict | first find | minimized | report |
|---|---|---|---|---|--:|---|---|
"""

VERDICTS = {"violated": "**violated**", "none": "not run"}


def write(rows, directory):
    for old in directory.glob("*-*.md"):
        old.unlink()
    table = [line(row) for row in rows]
    violated = sum(shown(row) == "violated" for row in rows)
    reported = [row for row in rows if as_reported(row)]
    beside = [row for row in reported if not row["protocol"].startswith("RESP")]
    between = [row for row in reported if row.get("proxy")]
    counts = {"reported": len(reported), "beside": len(beside), "between": len(between)}
    top = TOP.format(count=len(rows), violated=violated, **counts)
    (directory / "README.md").write_text(top + "\n".join(table) + "\n")
    register = {"version": 1, "rows": rows}
    text = json.dumps(register, indent=1, ensure_ascii=False) + "\n"
    (directory / "register.json").write_text(text)
    for row in rows:
        if has_page(row):
            (directory / f"{name(row)}.md").write_text(page(row))


def name(row):
    words = [row["library"], row["version"], *row["options"]]
    return "-".join(word.strip("-") for word in words)


def shown(row):
    """The verdict of the drawn schedules or, if they found nothing, of the known ones."""
    ran = row.get("ran", {})
    if "reproduces" in ran.get("replays", {}).values():
        return "violated"
    return ran.get("verdict", "none")


def as_reported(row):
    """Whether the row came out as a public report says of this version."""
    said = (row["reported"] or "").startswith("as reported")
    return said and row.get("ran", {}).get("as_expected", False)


def has_page(row):
    return shown(row) == "violated"


def line(row):
    ran = row.get("ran", {})
    version = ran.get("version") or row["version"]
    label = " ".join([version, *row["options"]])
    verdict = VERDICTS.get(shown(row), shown(row))
    first = ran.get("schedules_to_a_find")
    steps = "; ".join(ran.get("minimized") or [])
    reports = ", ".join(f"[{number}]({url})" for number, url in enumerate(row["report"], 1))
    if as_reported(row):
        reports += ": as reported"
    cells = [
        row["library"],
        f"[{label}]({name(row)}.md)" if has_page(row) else label,
        row["protocol"],
        row["mechanism"] or "",
        verdict if shown(row) != "none" else f"{verdict}: {ran.get('why', 'never')}",
        "" if first is None else str(first),
        f"`{steps}`" if steps else "",
        reports,
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def page(row):
    ran = row["ran"]
    label = " ".join([row["library"], ran.get("version") or row["version"], *row["options"]])
    lines = [f"# {label}", "", row["notes"] or "", ""]
    lines += ["| | |", "|---|---|"]
    facts = {
        "protocol": row["protocol"],
        "mechanism": row["mechanism"],
        "client": ran.get("client"),
        "runtime": ran.get("runtime"),
        "violated": ", ".join(ran.get("violated") or []),
        "schedules": ran.get("schedules"),
        "first find": ran.get("schedules_to_a_find"),
        "public report": ", ".join(f"<{url}>" for url in row["report"]),
        "as reported": row["reported"],
        "run on": ran.get("on"),
    }
    lines += [f"| {key} | {value} |" for key, value in facts.items() if value]
    replays = ran.get("replays") or {}
    if replays:
        lines += ["", "Schedules of known mistakes:", ""]
        lines += [f"- [`{file}`](../../adapters/schedules/{file}.toml): {word}"
                  for file, word in replays.items()]
    if ran.get("minimized"):
        lines += ["", "The gravest finding, minimized:", "", "```text", *ran["minimized"], "```"]
    if ran.get("diagram"):
        lines += ["", "```text", ran["diagram"], "```"]
    words = " ".join([row["library"], row["version"]])
    options = "".join(f" {option}" for option in row["options"])
    option = "--proxy" if row.get("proxy") else "--adapter"
    lines += ["", "To run it:", "", "```sh",
              f'crosswire certify {option} "$(adapters/make {words}){options}"', "```"]
    return "\n".join(lines) + "\n"
