"""aioredis 1: calls are written to a free connection of the pool without holding it, so they share
it; a new connection replaces a lost one."""

import asyncio

import aioredis
import kit


class Library:
    HELLO = {"library": "aioredis", "version": aioredis.__version__, "client": "asyncio, pool",
             "connections": "shared"}

    def __init__(self, host, port):
        opening = aioredis.create_redis_pool((host, port), encoding="utf-8")
        self.opening = asyncio.get_event_loop().create_task(opening)

    def client(self):
        """The client, once it is connected; a call that is cancelled does not stop that."""
        return asyncio.shield(self.opening)

    async def get(self, key):
        return await (await self.client()).get(key)

    async def mget(self, keys):
        return await (await self.client()).mget(*keys)

    async def set(self, key, value):
        return await (await self.client()).set(key, value)

    async def pipeline(self, commands):
        batch = (await self.client()).pipeline()
        for name, *arguments in commands:
            getattr(batch, name)(*arguments)
        return kit.each(await batch.execute(return_exceptions=True))

    async def close(self):
        client = await self.client()
        client.close()
        await client.wait_closed()


kit.run_asyncio(Library)
