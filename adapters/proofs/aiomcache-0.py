"""aiomcache 0.8.2 without Crosswire: after a cancelled `incr`, another caller gets its number."""

import asyncio

import aiomcache

GATE = asyncio.Event()


async def serve(reader, writer):
    """A memcached whose first reply waits for the gate. Each `incr` returns the next number."""
    global COUNT
    while await reader.readline():
        COUNT += 1
        number = COUNT
        if number == 1:
            await GATE.wait()
        writer.write(f"{number}\r\n".encode())


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    client = aiomcache.Client(*server.sockets[0].getsockname(), pool_size=1)
    first = asyncio.create_task(client.incr(b"first"))
    while COUNT == 0:
        await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    second = asyncio.create_task(client.incr(b"second"))
    GATE.set()
    server.close()
    print(f"incr second returns {await second}, the number of the cancelled incr; its own is 2")


COUNT = 0
asyncio.run(main())
