"""psycopg 3's asyncio connections for PostgreSQL, in the pool of psycopg_pool."""

import kit
import psycopg
import psycopg_pool

READ = "SELECT value FROM items WHERE key = %s"
READ_ALL = "SELECT key, value FROM items WHERE key = ANY(%s)"
STORE = """INSERT INTO items (key, value) VALUES (%s, %s)
           ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value"""


class Library:
    HELLO = {"library": "psycopg", "version": psycopg.__version__, "client": "asyncio, pool",
             "protocol": "postgres", "connections": "exclusive", "lacks": ["pipeline"],
             "can": ["land"]}

    def __init__(self, host, port):
        where = (f"host={host} port={port} user=u password=p dbname=d "
                 "sslmode=disable gssencmode=disable")
        self.pool = psycopg_pool.AsyncConnectionPool(
            where, min_size=0, max_size=4, timeout=1e6, max_idle=1e6, max_lifetime=1e6,
            reconnect_timeout=5, open=False, kwargs={"autocommit": True})

    async def run(self, statement, values):
        if self.pool.closed:
            await self.pool.open()
        async with self.pool.connection() as connection:
            cursor = await connection.execute(statement, values)
            return await cursor.fetchall() if cursor.description else None

    async def get(self, key):
        rows = await self.run(READ, [key])
        return rows[0][0] if rows else None

    async def mget(self, keys):
        found = dict(await self.run(READ_ALL, [keys]))
        return [found.get(key) for key in keys]

    async def set(self, key, value):
        await self.run(STORE, [key, value])
        return True

    async def close(self):
        await self.pool.close(timeout=0)


kit.run_asyncio(Library)
