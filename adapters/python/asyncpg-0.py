"""asyncpg's pool for PostgreSQL."""

import asyncio

import asyncpg
import kit

READ = "SELECT value FROM items WHERE key = $1"
READ_ALL = "SELECT key, value FROM items WHERE key = ANY($1)"
STORE = """INSERT INTO items (key, value) VALUES ($1, $2)
           ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value"""


class Library:
    HELLO = {"library": "asyncpg", "version": asyncpg.__version__, "client": "asyncio, pool",
             "protocol": "postgres", "connections": "exclusive", "lacks": ["pipeline"], "can": ["land"]}

    def __init__(self, host, port):
        self.where = {"host": host, "port": port, "user": "u", "database": "d", "password": "p"}
        self.pool = None

    async def made(self):
        # Without a smallest size, connections are made with the calls.
        self.pool = self.pool or asyncio.ensure_future(asyncpg.create_pool(
            **self.where, min_size=0, max_size=4, ssl=False, timeout=1e6, command_timeout=None,
            max_inactive_connection_lifetime=0))
        return await asyncio.shield(self.pool)

    async def get(self, key):
        return await (await self.made()).fetchval(READ, key)

    async def mget(self, keys):
        found = {row["key"]: row["value"]
                 for row in await (await self.made()).fetch(READ_ALL, keys)}
        return [found.get(key) for key in keys]

    async def set(self, key, value):
        await (await self.made()).execute(STORE, key, value)
        return True

    async def close(self):
        if self.pool:
            (await self.pool).terminate()


kit.run_asyncio(Library)
