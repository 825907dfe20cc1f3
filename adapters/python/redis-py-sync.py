"""redis-py's blocking client: a pool of one connection. A call gives up by the read time-out of its
socket. With --cache it keeps values in memory until the server says that they changed (RESP3, from
5.2 on)."""

import sys

import kit
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

OPTIONS = {"decode_responses": True, "socket_connect_timeout": None, "socket_timeout": None}
# Crosswire's server speaks RESP2; before 5.0 the library had no other protocol.
OPTIONS.update({"protocol": 2} if int(redis.__version__.split(".")[0]) >= 5 else {})
# Since 6.0 a call is made three more times after a time-out; here its caller gives up at the first.
OPTIONS.update({"retry": Retry(NoBackoff(), 0)})
CACHES = "--cache" in sys.argv
if CACHES:
    from redis.cache import CacheConfig
    OPTIONS.update({"protocol": 3, "cache_config": CacheConfig()})


class Library:
    HELLO = {"library": "redis-py-sync", "version": redis.__version__, "connections": "exclusive",
             "client": "blocking, pool" + (", cache" if CACHES else ""),
             "protocol": "resp3" if CACHES else "resp2", "can": ["invalidate"] if CACHES else []}
    timeout = None

    def __init__(self, host, port):
        self.client = redis.Redis(host=host, port=port, **OPTIONS)

    def ready(self):
        """The client with the time-out of this call, for the idle connection and for a new one."""
        pool = self.client.connection_pool
        pool.connection_kwargs["socket_timeout"] = self.timeout
        for connection in pool._available_connections:
            # With a cache, it is a proxy around a connection.
            connection = getattr(connection, "_conn", connection)
            connection.socket_timeout = self.timeout
            if getattr(connection, "_sock", None):
                connection._sock.settimeout(self.timeout)
            # The parser has a copy of the time-out.
            buffer = getattr(connection._parser, "_buffer", None)
            for parser in (connection._parser, buffer):
                if hasattr(parser, "socket_timeout"):
                    parser.socket_timeout = self.timeout
        return self.client

    def get(self, key):
        return self.ready().get(key)

    def mget(self, keys):
        return self.ready().mget(keys)

    def set(self, key, value):
        return self.ready().set(key, value)

    def pipeline(self, commands):
        batch = self.ready().pipeline(transaction=False)
        for name, *arguments in commands:
            getattr(batch, name)(*arguments)
        return kit.each(batch.execute(raise_on_error=False))

    def close(self):
        self.client.connection_pool.disconnect()


kit.run_blocking(Library)
