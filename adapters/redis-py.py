"""redis-py's asyncio client behind Crosswire's adapter protocol (docs/adapter-protocol.md).

redis-py.py           the client as its page says: a pool that hands out connections
redis-py.py --single  the same with single_connection_client=True
"""

import asyncio
import functools
import json
import os
import sys

import redis
import redis.asyncio

SINGLE = "--single" in sys.argv[1:]
# Crosswire's server speaks RESP2; before 5.0 there was no other.
OPTIONS = {"protocol": 2} if int(redis.__version__.split(".")[0]) >= 5 else {}


def hello():
    # A single connection was shared by all calls before it got a lock.
    locked = hasattr(redis.asyncio.Redis(single_connection_client=True), "_single_conn_lock")
    return {
        "crosswire": 1,
        "library": "redis-py",
        "version": redis.__version__,
        "client": "asyncio, single connection" if SINGLE else "asyncio, pool",
        "connections": "exclusive" if locked or not SINGLE else "shared",
        "calls": "many",
        "cancel": "on-request",
    }


def say(line):
    os.write(1, (json.dumps(line, default=repr) + "\n").encode())


async def perform(client, request):
    """One call of the library; what it returns is handed on as it is."""
    op = request["op"]
    if op == "get":
        return await client.get(request["key"])
    if op == "mget":
        return await client.mget(request["keys"])
    if op == "set":
        return await client.set(request["key"], request["value"])
    batch = client.pipeline(transaction=False)
    for name, *args in request["commands"]:
        getattr(batch, name)(*args)
    values = await batch.execute(raise_on_error=False)
    return [{"error": str(v)} if isinstance(v, Exception) else v for v in values]


def ended(id, task):
    """Tells how a call ended, even one that was cancelled before it began."""
    if task.cancelled():
        say({"id": id, "cancelled": True})
    elif error := task.exception():
        say({"id": id, "error": f"{type(error).__name__}: {error}"})
    else:
        say({"id": id, "value": task.result()})


async def all_is_quiet():
    """Lets run what is ready, until nothing is: neither a callback nor a socket."""
    loop = asyncio.get_running_loop()
    while loop._ready or loop._selector.select(0):
        await asyncio.sleep(0)


async def main():
    say(hello())
    lines = asyncio.StreamReader(limit=1 << 20)
    protocol = asyncio.StreamReaderProtocol(lines)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    client, calls = None, {}
    while line := await lines.readline():
        request = json.loads(line)
        op = request["op"]
        if op == "connect":
            calls.clear()
            client = redis.asyncio.Redis(
                host=request["host"], port=request["port"], decode_responses=True,
                single_connection_client=SINGLE, **OPTIONS,
            )
        elif op == "cancel":
            calls[request["of"]].cancel()
        elif op == "barrier":
            await all_is_quiet()
        elif op == "close":
            await getattr(client, "aclose", client.close)()
        else:
            task = calls[request["id"]] = asyncio.create_task(perform(client, request))
            task.add_done_callback(functools.partial(ended, request["id"]))
            continue
        say({"id": request["id"], "value": True})


asyncio.run(main())
