"""redis-py's asyncio client behind Crosswire's adapter protocol (docs/adapter-protocol.md): a pool
that hands out connections; with --single, one connection (single_connection_client=True)."""

import argparse
import asyncio
import gc
import json
import os
import random
import sys

import redis.asyncio

WORDS = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
WORDS.add_argument("--single", action="store_true", help="certify a single connection")
SINGLE = WORDS.parse_args().single
OPTIONS = {"single_connection_client": SINGLE, "decode_responses": True}
# The schedule decides when a reply is late, not a time-out of some seconds.
OPTIONS |= {"socket_timeout": None, "socket_connect_timeout": None}
# Crosswire's server speaks RESP2; before 5.0 the library had no other protocol.
OPTIONS |= {"protocol": 2} if int(redis.__version__.split(".")[0]) >= 5 else {}
# Before it got a lock, a single connection was shared by all calls.
LOCKED = hasattr(redis.asyncio.Redis(**OPTIONS), "_single_conn_lock")
HELLO = {
    "crosswire": 1, "library": "redis-py", "version": redis.__version__,
    "client": "asyncio, single connection" if SINGLE else "asyncio, pool",
    "connections": "exclusive" if LOCKED or not SINGLE else "shared", "calls": "many",
    "cancel": "on-request", "runtime": f"Python {sys.version.split()[0]}",
}


def say(line):
    os.write(1, (json.dumps(line, default=repr) + "\n").encode())


async def perform(client, request):
    if request["op"] != "pipeline":
        args = [request[name] for name in ("key", "keys", "value") if name in request]
        return await getattr(client, request["op"])(*args)
    batch = client.pipeline(transaction=False)
    for name, *args in request["commands"]:
        getattr(batch, name)(*args)
    return [{"error": str(value)} if isinstance(value, Exception) else value
            for value in await batch.execute(raise_on_error=False)]


def ended(id, task):
    if task.cancelled():
        say({"id": id, "cancelled": True})
    elif error := task.exception():
        say({"id": id, "error": f"{type(error).__name__}: {error}"})
    else:
        say({"id": id, "value": task.result()})


async def all_is_quiet(loop):
    """Runs everything that is ready, until no callback, socket, garbage or sleep is left."""
    while True:
        while loop._ready or loop._selector.select(0):
            await asyncio.sleep(0)
        gc.collect()
        sleeps = [timer.when() for timer in loop._scheduled if not timer.cancelled()]
        if not (loop._ready or sleeps):
            return
        loop.now = min(sleeps, default=loop.now)  # The clock advances only here, sleep by sleep.
        await asyncio.sleep(0)


async def main():
    loop = asyncio.get_running_loop()
    loop.now, loop.time = 0.0, lambda: loop.now
    say(HELLO)
    gc.disable()
    gc.freeze()
    lines = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    client, calls = None, {}
    while line := await lines.readline():
        request = json.loads(line)
        id, op = request["id"], request["op"]
        if op == "connect":
            calls.clear()
            random.seed(0)
            client = redis.asyncio.Redis(host=request["host"], port=request["port"], **OPTIONS)
        elif op == "cancel":
            calls[request["of"]].cancel()
        elif op in ("barrier", "hold"):
            await all_is_quiet(loop)
        elif op == "close":
            await getattr(client, "aclose", client.close)()
        else:
            calls[id] = asyncio.create_task(perform(client, request))
            calls[id].add_done_callback(lambda task, id=id: ended(id, task))
            continue
        say({"id": id, "value": True})
        if op == "hold":
            open(request["gate"], "rb", buffering=0).read(1)


asyncio.run(main())
