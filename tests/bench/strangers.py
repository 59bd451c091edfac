"""Strangers at the HTTP port, as a process of their own: ``python -m tests.bench.strangers gzip|silent|slow <port>``.

Nothing they send is signed. They go on until they are ended.
"""

from __future__ import annotations

import contextlib
import gzip
import socket
import sys
import threading
import time

CLIENTS, SILENT = 4, 1_000

_HEADERS = "X-Slack-Request-Timestamp: 1700000000\r\nX-Slack-Signature: v0=" + "0" * 64 + "\r\n"


def packed(port: int) -> None:
    """A megabyte that unpacks to a gigabyte, one after another, each on a connection of its own."""
    body = gzip.compress(b"\0" * 1_000_000_000, 9)
    lines = f"Host: x\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n{_HEADERS}\r\n"
    head = f"POST /slack/events HTTP/1.1\r\n{lines}"
    request = head.encode() + body
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 10) as connection:
            connection.sendall(request)
            connection.recv(65536)


def silent(port: int, said: bytes = b"") -> None:
    """So many connections that say ``said`` and nothing more; whoever is sent away comes back within a second."""
    held: list[socket.socket] = []
    while True:
        for _ in range(SILENT - len(held)):
            with contextlib.suppress(OSError):
                connection = socket.create_connection(("127.0.0.1", port), 10)
                connection.sendall(said)
                connection.setblocking(False)
                held.append(connection)
        time.sleep(1)
        held = [connection for connection in held if _open(connection)]


def _open(connection: socket.socket) -> bool:
    try:
        alive = connection.recv(65536) != b""
    except BlockingIOError:
        return True
    except OSError:
        alive = False
    if not alive:
        connection.close()
    return alive


def slow(port: int) -> None:
    """The same number, each with half a body."""
    silent(port, f"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n{_HEADERS}\r\nhalf".encode())


def main(kind: str, port: int) -> None:
    if kind != "gzip":
        (slow if kind == "slow" else silent)(port)
    threads = [threading.Thread(target=packed, args=(port,)) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
