"""coredis' client, versions 4 and 5: a call waits for its reply on a connection that others use as
well, since a pool hands a connection out again as soon as a command is written."""

import asyncio
from importlib.metadata import version

import coredis
import kit


class Library:
    HELLO = {"library": "coredis", "version": version("coredis"),
             "client": "asyncio, pool", "connections": "shared"}

    def __init__(self, host, port):
        # Crosswire's server speaks RESP2.
        self.client = coredis.Redis(host=host, port=port, protocol_version=2, decode_responses=True,
                                    verify_version=False)

    async def get(self, key):
        return await self.client.get(key)

    async def mget(self, keys):
        return await self.client.mget(keys)

    async def set(self, key, value):
        return await self.client.set(key, value)

    async def pipeline(self, commands):
        batch = self.client.pipeline(transaction=False)
        if hasattr(batch, "__await__"):
            batch = await batch
        for name, *arguments in commands:
            queued = getattr(batch, name)(*arguments)
            # In version 5 the command is queued already, and this would wait for its reply.
            if asyncio.iscoroutine(queued):
                await queued
        return kit.each(await batch.execute(raise_on_error=False))

    async def close(self):
        self.client.connection_pool.disconnect()


kit.run_asyncio(Library)
