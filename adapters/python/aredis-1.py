"""aredis' client: a pool of connections."""

from importlib.metadata import version

import aredis
import kit


class Library:
    HELLO = {"library": "aredis", "version": version("aredis"), "client": "asyncio, pool",
             "connections": "exclusive"}

    def __init__(self, host, port):
        self.client = aredis.StrictRedis(host=host, port=port, decode_responses=True,
                                         max_idle_time=0, idle_check_interval=1e6)

    async def get(self, key):
        return await self.client.get(key)

    async def mget(self, keys):
        return await self.client.mget(keys)

    async def set(self, key, value):
        return await self.client.set(key, value)

    async def pipeline(self, commands):
        batch = await self.client.pipeline(transaction=False)
        for name, *arguments in commands:
            await getattr(batch, name)(*arguments)
        return kit.each(await batch.execute(raise_on_error=False))

    async def close(self):
        self.client.connection_pool.disconnect()


kit.run_asyncio(Library)
