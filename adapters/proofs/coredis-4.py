"""coredis 4.8.0, without Crosswire: a call that shares its connection with one that is cancelled
in the middle of a reply never ends.

    target/adapters/coredis-4.8.0/bin/python adapters/proofs/coredis-4.py
"""

import asyncio

import coredis


async def serve(reader, writer):
    """Answers all but a MGET, whose reply never comes whole, nor any behind it."""
    half = False
    while data := await reader.read(4096):
        if b"HELLO" in data:
            fields = [b"server", b"redis", b"version", b"7.0.0", b"proto", 2, b"id", 1]
            shown = (b":%d\r\n" % it if isinstance(it, int) else b"$%d\r\n%s\r\n" % (len(it), it)
                     for it in fields)
            writer.write(b"*8\r\n" + b"".join(shown))
        if b"MGET" in data:
            half = True
            writer.write(b"*1\r\n$3\r")
        elif b"GET" in data and not half:
            writer.write(b"$7\r\nvalue-a\r\n")


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = coredis.Redis(port=port, protocol_version=2, verify_version=False)
    first = asyncio.ensure_future(client.mget(["a"]))
    await asyncio.sleep(0.2)
    second = asyncio.ensure_future(client.get("a"))
    await asyncio.sleep(0.2)
    first.cancel()
    done, _ = await asyncio.wait([second], timeout=2)
    print("GET a:", second if done else "has not ended after 2 s, and waits in")
    second.print_stack()


asyncio.run(main())
