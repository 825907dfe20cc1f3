"""redis-py's asyncio client: a pool that hands out connections; with --single, one connection
(single_connection_client=True). It began as a copy of aioredis 2, which has the same calls."""

import argparse

import kit

try:
    import redis.asyncio as library
    from redis import __version__ as version
    NAME = "redis-py"
except ImportError:
    import aioredis as library
    from aioredis import __version__ as version
    NAME = "aioredis"

WORDS = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
WORDS.add_argument("--single", action="store_true", help="certify a single connection")
SINGLE = WORDS.parse_args().single
OPTIONS = {"single_connection_client": SINGLE, "decode_responses": True}
# The schedule decides when a reply is late, not a time-out of some seconds.
OPTIONS.update({"socket_timeout": None, "socket_connect_timeout": None})
# Crosswire's server speaks RESP2; before 5.0 the library had no other protocol.
OPTIONS.update({"protocol": 2} if int(version.split(".")[0]) >= 5 else {})
# Before it got a lock, a single connection was shared by all calls.
LOCKED = hasattr(library.Redis(**OPTIONS), "_single_conn_lock")


class Library:
    HELLO = {
        "library": NAME, "version": version,
        "client": "asyncio, single connection" if SINGLE else "asyncio, pool",
        "connections": "exclusive" if LOCKED or not SINGLE else "shared",
        "can": ["incr", "transaction", "unencodable"],
    }

    def __init__(self, host, port):
        self.client = library.Redis(host=host, port=port, **OPTIONS)

    async def get(self, key):
        return await self.client.get(key)

    async def mget(self, keys):
        return await self.client.mget(keys)

    async def set(self, key, value=None, unencodable=False):
        return await self.client.set(key, object() if unencodable else value)

    async def incr(self, key):
        return await self.client.incr(key)

    async def transaction(self, commands):
        return await self.pipeline(commands, True)

    async def pipeline(self, commands, transaction=False):
        batch = self.client.pipeline(transaction=transaction)
        for name, *arguments in commands:
            unencodable = name == "set" and arguments[1] is None
            getattr(batch, name)(*(arguments[:1] + [object()] if unencodable else arguments))
        replies = await batch.execute(raise_on_error=False)
        return [{"error": str(reply)} if isinstance(reply, Exception) else reply
                for reply in replies]

    async def close(self):
        await getattr(self.client, "aclose", self.client.close)()


kit.run_asyncio(Library)
