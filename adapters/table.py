"""The table of ci/adapters: builds each adapter, certifies it, replays the saved schedules with it,
and compares the results with what is known."""

import argparse
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CROSSWIRE = os.environ["CROSSWIRE"]
KEPT = sorted((ROOT / "adapters/schedules").glob("*.toml"))

# Largest minimized finding that is accepted, in steps.
MOST_STEPS = 6

# The verdicts of certify and of a replay, by exit status.
VERDICTS = {0: "clean", 1: "violated", 3: "inconclusive"}

POOL, SINGLE = [], ["--single"]
BOTH = [POOL, SINGLE]


def versions(library, names, variants, expected):
    return [(library, name, flags, expected) for name in names for flags in variants]


SLICE = [
    *versions("redis-py", ["4.5.1"], BOTH, "violated"),
    *versions("redis-py", ["4.3.4", "newest"], BOTH, "clean"),
]
ALL = [
    *versions("redis-py", ["4.3.4"], BOTH, "clean"),
    *versions("redis-py", ["4.5.1", "4.5.2", "4.5.3"], BOTH, "violated"),
    *versions("redis-py", ["4.5.4", "5.0.0", "newest"], BOTH, "clean"),
    *versions("redis-rs-connection", ["0.29.5"], [POOL], "violated"),
    *versions("redis-rs-multiplexed", ["newest"], [POOL], "clean"),
    *versions("redis-rs-sync", ["0.27.3"], [POOL], "violated"),
    *versions("redis-rs-sync", ["newest"], [POOL], "clean"),
    *versions("ioredis", ["newest"], [POOL], "clean"),
    *versions("fred", ["newest"], [POOL], "clean"),
]


def run(*words):
    """Runs Crosswire. Returns its verdict and its output, or exits with its error."""
    done = subprocess.run([CROSSWIRE, *words], cwd=ROOT, capture_output=True, text=True)
    if done.returncode not in VERDICTS:
        sys.exit(f"crosswire {' '.join(words)} ended with {done.returncode}:\n{done.stderr}")
    return VERDICTS[done.returncode], json.loads(done.stdout)


def same_twice(adapter, seeds):
    """Returns whether each of some schedules has the same trace in two runs."""
    words = ["certify", "--adapter", adapter, "--seeds", str(seeds), "--check-determinism"]
    done = subprocess.run([CROSSWIRE, *words], cwd=ROOT, capture_output=True, text=True)
    if done.returncode == 4:
        print(done.stderr, file=sys.stderr)
    return done.returncode in VERDICTS


def made(library, version, flags):
    make = [str(ROOT / "adapters/make"), library, version]
    command = subprocess.run(make, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    return " ".join([command, *flags])


def row(adapter, expected, seeds):
    # A known-faulty version is caught soon, and needs no certificate.
    seeds = max(seeds // 10, 100) if expected == "violated" else seeds
    verdict, page = run("certify", "--adapter", adapter, "--seeds", str(seeds), "--json")
    broken = [one for one in page["invariants"] if one["schedules_violated"]]
    gravest = page["findings"][0] if page["findings"] else None
    replays = {}
    for schedule in KEPT:
        _, played = run("certify", "--adapter", adapter, "--schedule", str(schedule), "--json")
        replays[schedule.stem] = played["schedules"][0]["told"].split(":")[0]
    short = gravest is None or len(gravest["schedule"]) <= MOST_STEPS
    twice = min(seeds, 200)
    return {
        "library": page["adapter"]["library"],
        "version": page["adapter"]["version"],
        "client": page["adapter"]["client"],
        "verdict": verdict,
        "as_expected": verdict == expected and short,
        "missed": ", ".join(page["missed"]) or "none",
        "same": f"{twice:,} of {twice:,}" if same_twice(adapter, twice) else "**no**",
        "expected": expected,
        "schedules": page["schedules"],
        "broken": " ".join(one["id"] for one in broken) or "–",
        "share": max((one["schedules_violated"] for one in broken), default=0),
        "first": str(min(one["first"] for one in broken)) if broken else "–",
        "steps": str(len(gravest["schedule"])) if gravest else "–",
        "shrunk": "; ".join(gravest["schedule"]) if gravest else "",
        "replays": replays,
    }


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(str(cell) for cell in line) + " |\n" for line in lines)


def page(rows, seeds):
    head = ["library", "version", "client", "verdict", "as known", "violated", "schedules to a find",
            "schedules violated", "minimized steps", "situations missed", "same trace twice"]
    first = table(head, [[
        r["library"], r["version"], r["client"], r["verdict"],
        "yes" if r["as_expected"] else f"**no**: {r['expected']}",
        r["broken"], r["first"], f"{r['share']:,} of {r['schedules']:,}", r["steps"], r["missed"],
        r["same"],
    ] for r in rows])
    stems = [schedule.stem for schedule in KEPT]
    second = table(["library", "version", "client", *stems], [[
        r["library"], r["version"], r["client"], *(r["replays"][stem] for stem in stems),
    ] for r in rows])
    small = sorted({r["shrunk"] for r in rows if r["shrunk"]})
    return f"""# Real libraries in lockstep

Written by `ci/adapters --write docs/reports/adapters.md`. Each library runs the schedules of {seeds:,}
seeds, or a tenth of them if it is known to be faulty. [Certifying libraries](../certifying.md)
explains lockstep, and [the adapter protocol](../adapter-protocol.md) how a library is attached.

Clean never means safe: it means that many schedules held, and that they reached every situation that
applies to the client. *As known* compares the verdict with what was known of a version before, from
tests against a small server and without Crosswire; of fred nothing was known. *Schedules to a find*
count from seed 0. Some schedules run twice, to see whether they have the same trace.

{first}
The gravest finding of each, minimized:

{"".join(f"- `{one}`{chr(10)}" for one in small)}
The schedules in `adapters/schedules`, the same files for all libraries:

{second}"""


def shown(r):
    """Prints a row, and returns it."""
    comparison = "as known" if r["as_expected"] else f"NOT AS KNOWN, expected {r['expected']}"
    replays = ", ".join(f"{stem} {played}" for stem, played in r["replays"].items())
    print(f"{r['library']} {r['version']} ({r['client']}): {r['verdict']}, {comparison}; "
          f"{r['schedules']} schedules, first by schedule {r['first']}, {r['steps']} steps; "
          f"same twice: {r['same']}; {replays}", flush=True)
    return r


def main():
    words = argparse.ArgumentParser(prog="ci/adapters", description=__doc__)
    words.add_argument("--slice", action="store_true", help="only redis-py 4.5.1, 4.3.4 and newest")
    words.add_argument("--seeds", type=int, help="seeds of each library (2000; a slice 150)")
    words.add_argument("--jobs", type=int, default=4, help="libraries at a time (4)")
    words.add_argument("--write", metavar="FILE", help="write the page")
    wanted = words.parse_args()
    seeds = wanted.seeds or (150 if wanted.slice else 2000)
    known = SLICE if wanted.slice else ALL
    adapters = [made(library, version, flags) for library, version, flags, _ in known]
    # Each job waits for its adapter most of the time.
    with ThreadPoolExecutor(wanted.jobs) as pool:
        rows = pool.map(lambda adapter, one: shown(row(adapter, one[-1], seeds)), adapters, known)
        rows = list(rows)
    if wanted.write:
        Path(wanted.write).write_text(page(rows, seeds))
    sys.exit(0 if all(r["as_expected"] for r in rows) else 1)


main()
