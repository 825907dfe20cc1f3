"""Runs the rows of adapters/register, a file for each library, and writes what came out to
docs/register/results, and from both the pages and docs/register/register.json:

    ci/register [LIBRARY[/VERSION] ...]
    ci/register --slice

Without CROSSWIRE, the program, only the pages are written. With --slice, some rows run with few
schedules, and nothing is written; one whose library cannot be built here is skipped.

A row says what to run and what is expected; `ran` is what came out. `seeds` schedules are drawn, and
the first 50 of them run twice. `replays` has files of adapters/schedules, each with the expected
word of a replay."""

import fcntl
import json
import os
import register_pages
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROWS = ROOT / "adapters/register"
DOCS = ROOT / "docs/register"
CROSSWIRE = os.environ.get("CROSSWIRE")
# Just before and just after a fix.
SLICE = {("redis-py", "4.5.1"), ("redis-py", "4.5.4")}
SLICE_SEEDS = 60
VERDICTS = {0: "clean", 1: "violated", 3: "inconclusive"}


def certify(adapter, row, *words):
    patience = ["--patience", str(row.get("patience", 3))]
    option = "--proxy" if row.get("proxy") else "--adapter"
    command = [CROSSWIRE, "certify", option, adapter, *patience, *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL)


def last_line(text):
    return (text.strip().splitlines() or ["no word on standard error"])[-1].strip()


def drawn(adapter, row):
    """What the drawn schedules show, or why they show nothing."""
    done = certify(adapter, row, "--seeds", str(row["seeds"]), "--json")
    if done.returncode not in VERDICTS:
        return {"verdict": "none", "why": last_line(done.stderr)}
    page = json.loads(done.stdout)
    twice = certify(adapter, row, "--seeds", "50", "--check-determinism")
    firsts = [one["first"] for one in page["invariants"] if one["schedules_violated"]]
    gravest = page["findings"][0] if page["findings"] else None
    return {
        "version": page["adapter"]["version"],
        "client": page["adapter"]["client"],
        "runtime": page["adapter"].get("runtime"),
        "verdict": VERDICTS[done.returncode],
        "schedules": page["schedules"],
        "violated": [one["id"] for one in page["invariants"] if one["schedules_violated"]],
        "schedules_to_a_find": min(firsts) if firsts else None,
        "minimized": gravest["schedule"] if gravest else None,
        "diagram": pictured(adapter, row, gravest["schedule"]) if gravest else None,
        "missed": page["missed"],
        "same_trace_twice": twice.returncode in VERDICTS,
        "digest": page["digest"],
    }


def pictured(adapter, row, steps):
    """The diagram of a schedule, in characters."""
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(f"version = 1\nsteps = {json.dumps(steps)}\n")
        file.flush()
        done = certify(adapter, row, "--schedule", file.name, "--text-diagram")
    return done.stdout.partition("\n\n")[2].rstrip()


def replayed(adapter, row, name):
    """The word of a replay: reproduces, fixed, differs, clean or inconclusive."""
    schedule = str(ROOT / f"adapters/schedules/{name}.toml")
    done = certify(adapter, row, "--schedule", schedule, "--json")
    if done.returncode not in VERDICTS:
        return last_line(done.stderr)
    return json.loads(done.stdout)["schedules"][0]["told"].split(":")[0]


def ran(row):
    make = [str(ROOT / "adapters/make"), row["library"], row["version"]]
    made = subprocess.run(make, capture_output=True, text=True)
    if made.returncode != 0:
        return {"verdict": "none", "why": last_line(made.stderr)}
    adapter = " ".join([made.stdout.strip(), *row["options"]])
    replays = {name: replayed(adapter, row, name) for name in row["replays"]}
    result = drawn(adapter, row)
    # A fault may need more schedules than were drawn; a replay that reproduces it counts too.
    faulty = result["verdict"] == "violated" or "reproduces" in replays.values()
    verdict = "violated" if faulty else result["verdict"]
    result |= {"replays": replays, "on": date.today().isoformat()}
    return {**result, "as_expected": replays == row["replays"] and verdict == row["expected"]}


def label(row):
    """What tells a row from the others of its library."""
    return " ".join([row["version"], *row["options"]])


def results_of(library):
    file = DOCS / f"results/{library}.json"
    return json.loads(file.read_text()) if file.exists() else {}


def register():
    """All rows, each with its result, library by library in the order of adapters/libraries."""
    table = (ROOT / "adapters/libraries").read_text().splitlines()
    libraries = [line.split()[0] for line in table if line and not line.startswith("#")]
    rows = []
    for library in libraries:
        file = ROWS / f"{library}.json"
        if not file.exists():
            continue
        results = results_of(library)
        for row in json.loads(file.read_text()):
            row = {"library": library, **row}
            if label(row) in results:
                row["ran"] = results[label(row)]
            rows.append(row)
    return rows


def write(row, result):
    """Writes one result. Another process may have written others of the library meanwhile."""
    with open(DOCS / f"results/{row['library']}.json", "a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        results = json.loads(file.read() or "{}")
        results[label(row)] = result
        file.truncate(0)
        file.write(json.dumps(results, indent=1, ensure_ascii=False) + "\n")


def slice_holds():
    """Runs the rows of the slice, and returns whether their verdicts are the expected ones."""
    good = True
    for row in register():
        if (row["library"], row["version"]) not in SLICE or row["options"]:
            continue
        make = [str(ROOT / "adapters/make"), row["library"], row["version"]]
        made = subprocess.run(make, capture_output=True, text=True)
        if made.returncode != 0:
            print(row["library"], label(row), "skipped:", last_line(made.stderr), flush=True)
            continue
        done = certify(made.stdout.strip(), row, "--seeds", str(SLICE_SEEDS), "--json")
        # Some situations need more schedules than these.
        clean = row["expected"] == "clean" and done.returncode == 3
        as_expected = VERDICTS.get(done.returncode) == row["expected"] or clean
        word = "as expected" if as_expected else f"expected {row['expected']}: {last_line(done.stderr)}"
        print(row["library"], label(row), word, flush=True)
        good &= as_expected
    return good


def main():
    """Runs the rows, and returns whether all came out as expected."""
    wanted, all_as_expected = sys.argv[1:], True
    for row in register():
        names = {row["library"], f"{row['library']}/{row['version']}"}
        if wanted and not names & set(wanted):
            continue
        result = ran(row)
        write(row, result)
        verdict = result["verdict"]
        expected = "as expected" if result.get("as_expected") else f"expected {row['expected']}"
        print(row["library"], label(row), f"{verdict}, {expected}", flush=True)
        all_as_expected &= result.get("as_expected", row["expected"] == "none")
    return all_as_expected


if sys.argv[1:] == ["--slice"]:
    sys.exit(0 if slice_holds() else 1)
good = main() if CROSSWIRE else True
register_pages.write(register(), DOCS)
sys.exit(0 if good else 1)
