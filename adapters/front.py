"""Answers the barriers of an adapter whose library blocks its only thread:
`python3 adapters/front.py COMMAND ...` starts the adapter and passes all other requests on to it.

The kernel says whether the adapter sleeps in a read of its socket, or in that of its next request:
/proc/PID/stat has its state, and /proc/PID/wchan what it waits for. A sleep of the library itself,
such as one before it reconnects, is not a read. Lines that the adapter writes go to the same pipe
as those of this program: what it said before it fell asleep comes before the barrier's answer."""

import json
import os
import subprocess
import sys
import time

# In these functions of the kernel a process waits for time or for a lock, not for bytes.
NOT_READS = ("hrtimer_nanosleep", "do_nanosleep", "futex")


def waits_for_bytes(pid):
    with open(f"/proc/{pid}/stat") as stat, open(f"/proc/{pid}/wchan") as wchan:
        # The name of the process, in parentheses, may contain spaces.
        state = stat.read().rpartition(")")[2].split()[0]
        return state == "S" and not wchan.read().startswith(NOT_READS)


def quiet(child):
    while child.poll() is None and not waits_for_bytes(child.pid):
        time.sleep(0.0002)


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: python3 adapters/front.py COMMAND ...")
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE)
    try:
        for line in sys.stdin.buffer:
            request = json.loads(line)
            if request["op"] == "barrier":
                quiet(child)
                answer = {"id": request["id"], "value": True}
                os.write(1, (json.dumps(answer) + "\n").encode())
            else:
                child.stdin.write(line)
                child.stdin.flush()
    except BrokenPipeError:
        sys.exit(child.wait() or 1)  # It crashed, and has said why on standard error.
    finally:
        child.kill()


main()
