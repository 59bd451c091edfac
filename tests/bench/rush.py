"""Many commands and clicks a second from many people, at their own pace: nobody waits for anybody else's answer."""

from __future__ import annotations

import selectors
import time
from collections import deque
from collections.abc import Callable, Sequence

from tests.bench.load import Connection

_CONNECTIONS = 64
_PATIENCE = 10.0  #: seconds


class Rush:
    """What came back: milliseconds from the moment a request was due, so that a queue in front counts as waiting."""

    def __init__(self) -> None:
        self.took: list[float] = []
        self.words: list[bytes] = []  #: of acknowledgements that say something


def at_a_pace(port: int, requests: Sequence[bytes], rate: float, each: Callable[[float], None]) -> Rush:
    """So many requests a second; ``each`` is called about once a second with the seconds passed."""
    rush, waiting = Rush(), deque[tuple[float, bytes]]()
    idle = [Connection(port) for _ in range(_CONNECTIONS)]
    busy: dict[Connection, float] = {}
    start, sent, told = time.perf_counter(), 0, 0.0
    with selectors.DefaultSelector() as selector:
        for connection in idle:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        while sent < len(requests) or busy or waiting:
            now = time.perf_counter() - start
            while sent < len(requests) and sent / rate <= now:
                waiting.append((sent / rate, requests[sent]))
                sent += 1
            while waiting and idle:
                due, request = waiting.popleft()
                connection = idle.pop()
                busy[connection] = due
                connection.socket.sendall(request)
            if now - told >= 1:
                told = now
                each(now)
            assert now < len(requests) / rate + _PATIENCE, f"{len(busy) + len(waiting)} requests were never answered"
            for key, _ in selector.select(max(0.0, min(0.05, sent / rate - now))):
                body = key.data.receive()
                if body is None:
                    continue
                rush.took.append((time.perf_counter() - start - busy.pop(key.data)) * 1000)
                if body:
                    rush.words.append(body)
                idle.append(key.data)
    for connection in idle:
        connection.close()
    return rush
