"""What adapters in Python have in common: lines, barriers, gates, cancellation, errors
(docs/adapter-protocol.md). An adapter is a class with the operations of the protocol as methods:

    class Library:
        HELLO = {"library": …, "version": …, "client": …, "connections": …}
        def __init__(self, host, port): …
        async def get(self, key): …         # also mget(keys), set(key, value), pipeline(commands)
        async def close(self): …

    kit.run_asyncio(Library)

A new operation of the protocol is a new method: it is called with the fields of the request.
`run_blocking` is for a library that blocks; its methods are functions, and `timeout` is set before
each call, in seconds. Start it with adapters/front.py, which answers the barriers."""

import asyncio
import gc
import json
import os
import random
import sys

# A sleep of the library that is longer than this, in seconds, is not waited for. Set its time-outs
# to more, or to none: the schedule decides when a reply is late.
LONGEST_SLEEP = 10.0


def say(line):
    os.write(1, (json.dumps(line, default=plain) + "\n").encode())


def plain(value):
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else repr(value)


def error(of):
    return {"error": f"{type(of).__name__}: {of}"}


def each(replies):
    """Replies of a pipeline, with those that are exceptions as the protocol writes them."""
    return [error(reply) if isinstance(reply, Exception) else reply for reply in replies]


def hello(library, **more):
    runtime = f"Python {sys.version.split()[0]}"
    say({"crosswire": 1, "calls": "many", "cancel": "on-request", "runtime": runtime,
         **more, **library.HELLO})


def call(client, request):
    fields = {name: value for name, value in request.items()
              if name not in ("id", "op", "timeout_ms")}
    method = getattr(client, request["op"], None)
    if method is None:
        raise NotImplementedError(f"the adapter has no `{request['op']}`")
    return method(**fields)


async def call_async(client, request):
    return await call(client, request)


def ended(id, task):
    if task.cancelled():
        say({"id": id, "cancelled": True})
    elif task.exception():
        say({"id": id, **error(task.exception())})
    else:
        say({"id": id, "value": task.result()})


async def all_is_quiet(loop):
    """Runs everything that is ready, until no callback, socket, garbage or sleep is left."""
    until = loop.now + LONGEST_SLEEP
    while True:
        while loop._ready or loop._selector.select(0):
            await asyncio.sleep(0)
        gc.collect()
        sleeps = [timer.when() for timer in loop._scheduled
                  if not timer.cancelled() and timer.when() <= until]
        if not (loop._ready or sleeps):
            return
        # The clock advances only here, sleep by sleep.
        loop.now = max(loop.now, min(sleeps, default=loop.now))
        await asyncio.sleep(0)


async def serve(library):
    loop = asyncio.get_running_loop()
    loop.now, loop.time = 0.0, lambda: loop.now
    hello(library)
    gc.disable()
    if hasattr(gc, "freeze"):
        gc.freeze()
    lines = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    client, calls = None, {}
    while True:
        line = await lines.readline()
        if not line:
            return
        request = json.loads(line)
        id, op = request["id"], request["op"]
        if op == "connect":
            calls.clear()
            random.seed(0)
            client = library(request["host"], request["port"])
        elif op == "cancel":
            calls[request["of"]].cancel()
        elif op in ("barrier", "hold"):
            await all_is_quiet(loop)
        elif op == "close":
            await client.close()
        else:
            calls[id] = loop.create_task(call_async(client, request))
            calls[id].add_done_callback(lambda task, id=id: ended(id, task))
            continue
        say({"id": id, "value": True})
        if op == "hold":
            open(request["gate"], "rb", buffering=0).read(1)


def run_asyncio(library):
    asyncio.run(serve(library))


def run_blocking(library):
    hello(library, calls="one", cancel="by-timeout")
    client = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["op"] == "connect":
                client = library(request["host"], request["port"])
                end = {"value": True}
            elif request["op"] == "close":
                client.close()
                end = {"value": True}
            else:
                client.timeout = request["timeout_ms"] / 1000 if "timeout_ms" in request else None
                end = {"value": call(client, request)}
        except Exception as raised:
            end = error(raised)
        say({"id": request["id"], **end})
