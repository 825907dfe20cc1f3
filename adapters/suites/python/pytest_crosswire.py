"""Certifies a client library with Crosswire in a pytest suite:

    def test_the_client_does_not_cross_its_wires(crosswire):
        crosswire.certify(f"{sys.executable} tests/adapter.py", seeds=300)

A violation fails the test with its story, and saves the schedule beside the test, from where the
next run replays it first. The program is `crosswire`, or what --crosswire or the variable CROSSWIRE
names.
"""

import itertools
import json
import os
import shlex
import subprocess
from pathlib import Path

import pytest


def pytest_addoption(parser):
    group = parser.getgroup("crosswire")
    group.addoption("--crosswire", default=os.environ.get("CROSSWIRE", "crosswire"),
                    help="the program `crosswire` [default: $CROSSWIRE, or `crosswire`]")
    group.addoption("--crosswire-seeds", type=int, default=None,
                    help="draw this many schedules in each test, whatever the test says")


@pytest.fixture
def crosswire(request):
    """A Crosswire that keeps the schedules it finds in `crosswire/` beside the test."""
    kept = request.path.parent / "crosswire" / request.node.name
    return Crosswire(request.config.getoption("--crosswire"), kept,
                     request.config.getoption("--crosswire-seeds"))


class Crosswire:
    def __init__(self, program, kept, seeds=None):
        self.program, self.kept, self.seeds = shlex.split(program), Path(kept), seeds

    def certify(self, adapter, *, seeds=300, inconclusive=False):
        """Fails if a kept schedule or one of `seeds` drawn ones violates an invariant, or if too
        little was tried, unless `inconclusive` allows that. Returns the certificate."""
        files = set(self.kept.glob("*.toml"))
        if files:
            replay = self._run(adapter, "--schedule", str(self.kept))
            for one in replay["schedules"]:
                if one["verdict"] == "violated":
                    story = "\n  ".join(one["story"])
                    pytest.fail(f"{one['schedule']}: {one['told']}\n  {story}", pytrace=False)
        numbered = (self.kept / f"found-{number}.toml" for number in itertools.count(1))
        file = next(file for file in numbered if file not in files)
        self.kept.mkdir(parents=True, exist_ok=True)
        try:
            found = self._run(adapter, "--seeds", str(self.seeds or seeds), "--save", str(file))
        finally:
            if not any(self.kept.iterdir()):
                os.removedirs(self.kept)
        if found["verdict"] == "violated":
            pytest.fail(told(found, file), pytrace=False)
        if found["verdict"] == "inconclusive" and not inconclusive:
            pytest.fail(told(found, None), pytrace=False)
        return found

    def _run(self, adapter, *options):
        command = [*self.program, "certify", "--adapter", adapter, "--json", *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        try:
            answer = json.loads(done.stdout)
        except ValueError:
            pytest.fail(f"{shlex.join(command)} ended with status {done.returncode}:\n"
                        f"{done.stderr}", pytrace=False)
        if answer["type"] == "error":
            pytest.fail(f"{shlex.join(command)}: {answer['message']}", pytrace=False)
        return answer


def told(certificate, file):
    """Returns the certificate in words: its sentence, and each finding with its story."""
    of = certificate["adapter"]
    lines = [f"{of['library']} {of['version']} ({of['client']}): {certificate['sentence']}"]
    for finding in certificate["findings"]:
        lines += ["", f"{', '.join(finding['invariants'])}, first with seed "
                  f"{finding['first_seed']}: {'; '.join(finding['schedule'])}"]
        lines += [f"  {line}" for line in finding["story"]]
    if file is not None:
        lines += ["", f"kept as {file}, and replayed first from now on"]
    return "\n".join(lines)
