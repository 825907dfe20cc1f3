"""Runs the rows of docs/register/register.json, writes the results into it, and the pages:

    ci/register [LIBRARY[/VERSION] ...]

Without CROSSWIRE, the program, only the pages are written.

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
REGISTER = ROOT / "docs/register/register.json"
CROSSWIRE = os.environ.get("CROSSWIRE")
VERDICTS = {0: "clean", 1: "violated", 3: "inconclusive"}


def certify(adapter, row, *words):
    patience = ["--patience", str(row.get("patience", 3))]
    command = [CROSSWIRE, "certify", "--adapter", adapter, *patience, *words]
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


def write(at, result):
    """Writes one result. Another process may have written others meanwhile."""
    with open(REGISTER, "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        register = json.load(file)
        register["rows"][at]["ran"] = result
        file.seek(0)
        file.write(json.dumps(register, indent=1, ensure_ascii=False) + "\n")
        file.truncate()


def main():
    """Runs the rows, and returns whether all came out as expected."""
    wanted, all_as_expected = sys.argv[1:], True
    for at, row in enumerate(json.loads(REGISTER.read_text())["rows"]):
        names = {row["library"], f"{row['library']}/{row['version']}"}
        if wanted and not names & set(wanted):
            continue
        result = ran(row)
        write(at, result)
        verdict = result["verdict"]
        expected = "as expected" if result.get("as_expected") else f"expected {row['expected']}"
        print(row["library"], row["version"], *row["options"], f"{verdict}, {expected}", flush=True)
        all_as_expected &= result.get("as_expected", row["expected"] == "none")
    return all_as_expected


good = main() if CROSSWIRE else True
register_pages.write(json.loads(REGISTER.read_text())["rows"], ROOT / "docs/register")
sys.exit(0 if good else 1)
