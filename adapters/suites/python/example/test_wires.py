"""The small client of adapters/blocking-socket.py, with its mistake and without."""

import sys
from pathlib import Path

ADAPTER = f"{sys.executable} {Path(__file__).resolve().parents[3] / 'blocking-socket.py'}"


def test_keeps_the_connection(crosswire):
    crosswire.certify(ADAPTER, seeds=60)


def test_closes_the_connection(crosswire):
    crosswire.certify(f"{ADAPTER} --fixed", seeds=60)
