"""pymemcache's clients for memcached: one connection; with --pooled, a pool."""

import sys
from importlib.metadata import version

import kit
from pymemcache.client.base import Client, PooledClient

POOLED = "--pooled" in sys.argv[1:]


class Library:
    HELLO = {"library": "pymemcache", "version": version("pymemcache"),
             "client": "pool" if POOLED else "one connection", "protocol": "memcached",
             "connections": "exclusive", "lacks": ["pipeline"], "can": ["incr", "unencodable"]}
    timeout = None

    def __init__(self, host, port):
        make = PooledClient if POOLED else Client
        # `default_noreply` would send stores whose replies no one reads.
        self.client = make((host, port), default_noreply=False, timeout=1e6)

    def made(self):
        # The library sets its time-out when it connects.
        clients = self.client.client_pool._free_objs if POOLED else [self.client]
        for client in [self.client, *clients]:
            client.timeout = self.timeout or 1e6
            if getattr(client, "sock", None):
                client.sock.settimeout(client.timeout)
        return self.client

    def get(self, key):
        return self.made().get(key)

    def mget(self, keys):
        found = self.made().get_many(keys)
        return [found.get(key) for key in keys]

    def set(self, key, value=None, unencodable=False):
        return self.made().set(key, Unencodable() if unencodable else value)

    def incr(self, key):
        return self.made().incr(key, 1)

    def close(self):
        self.client.close()


class Unencodable:
    def __str__(self):
        raise ValueError("the value cannot be encoded")


kit.run_blocking(Library)
