"""httpx's asyncio client: a pool of keep-alive connections."""

import httpx
import kit


class Library:
    HELLO = {"library": "httpx", "version": httpx.__version__, "client": "asyncio, pool",
             "protocol": "http1", "connections": "exclusive", "lacks": ["mget", "pipeline"]}

    def __init__(self, host, port):
        self.client = httpx.AsyncClient(base_url=f"http://{host}:{port}", timeout=None,
                                        trust_env=False)

    async def ask(self, method, key, **more):
        response = await self.client.request(method, f"/{key}", **more)
        if response.status_code == 404:
            return None
        if response.status_code >= 400:
            raise RuntimeError(f"{response.status_code} {response.text}")
        return response.text

    async def get(self, key):
        return await self.ask("GET", key)

    async def set(self, key, value):
        await self.ask("PUT", key, content=value)
        return True

    async def close(self):
        await self.client.aclose()


kit.run_asyncio(Library)
