"""aiomysql's pool for MySQL."""

import asyncio

import aiomysql
import kit

READ = "SELECT value FROM items WHERE `key` = %s"
READ_ALL = "SELECT `key`, value FROM items WHERE `key` IN ({})"
STORE = """INSERT INTO items (`key`, value) VALUES (%s, %s)
           ON DUPLICATE KEY UPDATE value = VALUES(value)"""


class Library:
    HELLO = {"library": "aiomysql", "version": aiomysql.__version__, "client": "asyncio, pool",
             "protocol": "mysql", "connections": "exclusive", "lacks": ["pipeline"]}

    def __init__(self, host, port):
        self.where = {"host": host, "port": port, "user": "u", "password": "p", "db": "d"}
        self.pool = None

    async def run(self, statement, values):
        # Without a smallest size, connections are made with the calls.
        self.pool = self.pool or asyncio.ensure_future(
            aiomysql.create_pool(**self.where, minsize=0, maxsize=4, autocommit=True))
        pool = await asyncio.shield(self.pool)
        async with pool.acquire() as connection:
            async with connection.cursor() as cursor:
                await cursor.execute(statement, values)
                return await cursor.fetchall()

    async def get(self, key):
        rows = await self.run(READ, [key])
        return rows[0][0] if rows else None

    async def mget(self, keys):
        rows = await self.run(READ_ALL.format(", ".join(["%s"] * len(keys))), keys)
        found = dict(rows)
        return [found.get(key) for key in keys]

    async def set(self, key, value):
        await self.run(STORE, [key, value])
        return True

    async def close(self):
        if self.pool:
            (await self.pool).terminate()


kit.run_asyncio(Library)
