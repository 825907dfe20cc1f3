"""aiohttp's client: keep-alive connections of one session."""

from importlib.metadata import version

import aiohttp
import kit


class Library:
    HELLO = {"library": "aiohttp", "version": version("aiohttp"), "client": "asyncio, session",
             "protocol": "http1", "connections": "exclusive", "lacks": ["mget", "pipeline"]}

    def __init__(self, host, port):
        self.base = f"http://{host}:{port}"
        self.client = None

    async def ask(self, method, key, **more):
        # A session is made inside of the loop.
        timeout = aiohttp.ClientTimeout(total=None)
        self.client = self.client or aiohttp.ClientSession(timeout=timeout)
        async with self.client.request(method, f"{self.base}/{key}", **more) as response:
            text = await response.text()
            if response.status == 404:
                return None
            if response.status >= 400:
                raise RuntimeError(f"{response.status} {text}")
            return text

    async def get(self, key):
        return await self.ask("GET", key)

    async def set(self, key, value):
        await self.ask("PUT", key, data=value)
        return True

    async def close(self):
        if self.client:
            await self.client.close()


kit.run_asyncio(Library)
