"""aiomcache's client: a pool of connections to memcached."""

import aiomcache
import kit


def sent(key):
    return key.encode()


class Library:
    HELLO = {"library": "aiomcache", "version": aiomcache.__version__, "client": "asyncio, pool",
             "protocol": "memcached", "connections": "exclusive", "lacks": ["pipeline"],
             "can": ["incr"]}

    def __init__(self, host, port):
        self.client = aiomcache.Client(host, port)

    async def get(self, key):
        return await self.client.get(sent(key))

    async def mget(self, keys):
        return await self.client.multi_get(*map(sent, keys))

    async def set(self, key, value):
        return await self.client.set(sent(key), value.encode())

    async def incr(self, key):
        return await self.client.incr(sent(key))

    async def close(self):
        await self.client.close()


kit.run_asyncio(Library)
