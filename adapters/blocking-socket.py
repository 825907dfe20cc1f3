"""A blocking client over a plain socket, behind Crosswire's adapter protocol
(docs/adapter-protocol.md): an example for libraries that block. After a time-out it keeps its
connection, where the reply is still to come; with --fixed, it closes the connection."""

import argparse
import json
import os
import queue
import select
import socket
import sys
import threading
import time

WORDS = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
WORDS.add_argument("--fixed", action="store_true", help="close the connection after a time-out")
FIXED = WORDS.parse_args().fixed
HELLO = {
    "crosswire": 1, "library": "blocking-socket", "version": "2" if FIXED else "1",
    "client": "one connection", "connections": "exclusive", "calls": "one",
    "cancel": "by-timeout", "runtime": f"Python {sys.version.split()[0]}",
}
CALLS = queue.Queue()


def say(line):
    os.write(1, (json.dumps(line) + "\n").encode())


def resp(words):
    return f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words)


class Client:
    def __init__(self, host, port):
        self.address, self.socket, self.unread = (host, port), None, b""
        # The lock guards the flag, which is set while the client waits for bytes.
        self.lock, self.waits = threading.Lock(), False

    def close(self):
        if self.socket:
            self.socket.close()
        self.socket, self.unread = None, b""

    def receive(self):
        self.waits = True
        readable, _, _ = select.select([self.socket], [], [], self.timeout)
        with self.lock:
            self.waits = False
        if not readable:
            raise TimeoutError("no reply in time")
        received = self.socket.recv(4096)
        if not received:
            raise ConnectionError("the server closed the connection")
        self.unread += received

    def is_quiet(self):
        """Returns whether only the server can make the client go on."""
        with self.lock:
            return self.waits and not select.select([self.socket], [], [], 0)[0]

    def line(self):
        while b"\r\n" not in self.unread:
            self.receive()
        line, _, self.unread = self.unread.partition(b"\r\n")
        return line.decode()

    def reply(self):
        kind, *text = self.line()
        text = "".join(text)
        if kind == "*":
            return [self.reply() for _ in range(int(text))]
        if kind == "$":
            # No value contains the end of a line.
            return None if text == "-1" else self.line()
        return {"error": text} if kind == "-" else text

    def call(self, commands, timeout):
        self.timeout = timeout
        try:
            self.socket = self.socket or socket.create_connection(self.address)
            self.socket.sendall("".join(map(resp, commands)).encode())
            return [self.reply() for _ in commands]
        except OSError as error:
            if FIXED or not isinstance(error, TimeoutError):
                self.close()
            raise


def perform(client, request):
    words = [request[name] for name in ("op", "key", "value") if name in request]
    commands = request.get("commands", [words + request.get("keys", [])])
    replies = client.call(commands, request.get("timeout_ms", 0) / 1000 or None)
    if request["op"] == "pipeline":
        return {"value": replies}
    [reply] = replies
    return reply if isinstance(reply, dict) else {"value": reply}


def work():
    while True:
        client, request = CALLS.get()
        try:
            end = perform(client, request)
        except OSError as error:
            end = {"error": f"{type(error).__name__}: {error}"}
        say({"id": request["id"], **end})
        CALLS.task_done()


say(HELLO)
threading.Thread(target=work, daemon=True).start()
for request in map(json.loads, sys.stdin):
    op = request["op"]
    if op == "connect":
        client = Client(request["host"], request["port"])
    elif op == "barrier":
        while CALLS.unfinished_tasks and not client.is_quiet():
            time.sleep(0.0002)
    elif op == "close":
        client.close()
    else:
        CALLS.put((client, request))
        continue
    say({"id": request["id"], "value": True})
