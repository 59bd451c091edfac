"""The load generator: prepared requests over connections kept alive, so lean that it is not what is measured."""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections.abc import Sequence

from bot.tryout.slack.transport import Forgery, HttpTransport
from tests.bench.outside import RealClock

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_PATIENCE = 10.0  #: seconds


def prepared(bodies: Sequence[str], secret: str) -> list[bytes]:
    """Whole requests, signed now; Bolt takes them for five minutes."""
    signer = HttpTransport(RealClock(), secret, None)
    return [_request(body, signer.signed(body, Forgery())) for body in bodies]


def _request(body: str, signature: dict[str, str]) -> bytes:
    headers = {
        "Host": "127.0.0.1",
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": str(len(body)),
        **signature,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST /slack/events HTTP/1.1\r\n{head}\r\n{body}".encode()


class Connection:
    """One connection kept alive; one request at a time."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), _PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._seen = b""

    def receive(self) -> bytes | None:
        """What is there now; the body of the answer once it is whole. Raises where the answer is not 200."""
        self._seen += self.socket.recv(65536)
        head, end, body = self._seen.partition(b"\r\n\r\n")
        if not end:
            assert self._seen, "the connection was closed"
            return None
        assert head.startswith(b"HTTP/1.1 200 "), head
        length = _LENGTH.search(head)
        assert length is not None, head
        if len(body) < int(length[1]):
            return None
        self._seen = b""
        return body

    def ask(self, request: bytes) -> tuple[float, bytes]:
        """Milliseconds until the whole answer was there, and its body."""
        began = time.perf_counter()
        self.socket.sendall(request)
        while (body := self.receive()) is None:
            pass
        return (time.perf_counter() - began) * 1000, body

    def close(self) -> None:
        self.socket.close()


def one_by_one(port: int, requests: Sequence[bytes], expected: bytes, gap: float = 0.0) -> list[float]:
    """Milliseconds of each, over one connection, ``gap`` seconds apart. Every body has to begin with ``expected``."""
    connection = Connection(port)
    took = []
    for request in requests:
        time.sleep(gap)
        ms, body = connection.ask(request)
        _check(body, expected)
        took.append(ms)
    connection.close()
    return took


def at_once(port: int, requests: Sequence[bytes], expected: bytes, connections: int) -> tuple[float, list[float]]:
    """Requests a second over so many connections, each busy all the time; and the milliseconds of each request."""
    left = iter(requests)
    began: dict[Connection, float] = {}
    took: list[float] = []
    start = time.perf_counter()
    with selectors.DefaultSelector() as selector:
        for request, _ in zip(left, range(connections), strict=False):
            connection = Connection(port)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            began[connection] = time.perf_counter()
            connection.socket.sendall(request)
        while began:
            for key, _ in selector.select(_PATIENCE):
                connection = key.data
                body = connection.receive()
                if body is None:
                    continue
                _check(body, expected)
                took.append((time.perf_counter() - began.pop(connection)) * 1000)
                following = next(left, None)
                if following is None:
                    selector.unregister(connection.socket)
                    connection.close()
                else:
                    began[connection] = time.perf_counter()
                    connection.socket.sendall(following)
    return len(took) / (time.perf_counter() - start), took


def probe(port: int, path: str, seconds: float, every: float) -> list[float]:
    """Milliseconds of one small GET after another for so long: what waits in front of them is the lag of the loop."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    connection = Connection(port)
    took = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        took.append(connection.ask(request)[0])
        time.sleep(every)
    connection.close()
    return took


def _check(body: bytes, expected: bytes) -> None:
    assert body.startswith(expected), f"{body[:200]!r} instead of {expected!r}"
    assert expected or not body, f"{body[:200]!r} instead of nothing"
