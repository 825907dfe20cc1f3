"""redis-py up to 8.0.1 with its client-side cache, without Crosswire: after an error reply to a read,
the value of another key is cached under its key. In 8.1.0 the read never ends instead, so it has a
time-out here."""

import socket
import threading

import redis
from redis.cache import CacheConfig

HELLO = (b"%7\r\n+server\r\n+redis\r\n+version\r\n+7.4.0\r\n+proto\r\n:3\r\n+id\r\n:1\r\n"
         b"+mode\r\n+standalone\r\n+role\r\n+master\r\n+modules\r\n*0\r\n")
# What the server holds: `counter` is no string, and `b` is the value of another user.
REPLIES = {b"counter": b"-WRONGTYPE Operation against a key holding the wrong kind of value\r\n",
           b"b": b"+value of b\r\n"}


def serve(listener):
    line = listener.accept()[0].makefile("rwb")
    while header := line.readline():
        words = []
        for _ in range(int(header[1:])):
            words.append(line.read(int(line.readline()[1:]) + 2)[:-2])
        reply = HELLO if words[0] == b"HELLO" else b"+OK\r\n"
        line.write(REPLIES[words[1]] if words[0] == b"GET" else reply)
        line.flush()


listener = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=serve, args=[listener], daemon=True).start()
client = redis.Redis(port=listener.getsockname()[1], protocol=3, cache_config=CacheConfig(),
                     decode_responses=True, socket_timeout=2, retry=redis.retry.Retry(
                         redis.backoff.NoBackoff(), 0))
try:
    client.get("counter")
except redis.ResponseError as error:
    print("get counter:", error)
pipeline = client.pipeline(transaction=False)
pipeline.get("b")
print("pipeline get b:", pipeline.execute())
try:
    print("get counter:", client.get("counter"))
except redis.TimeoutError as error:
    print("get counter:", error)
