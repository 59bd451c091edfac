"""Connections to the HTTP server: how many there may be, how long each may take, and which one goes for another.

Whoever connects may be a stranger who says nothing, little, or never reads. None of them keeps Slack out: where there
is no more room the one goes that has proved least and has waited longest.
"""

from __future__ import annotations

import asyncio
from enum import IntEnum
from typing import Any, cast

import structlog
from aiohttp import web

from bot.runtime.counters import LabelledCounter

log = structlog.get_logger(__name__)

#: Seconds: for a whole head, from the first byte or, on a new connection, from its beginning; idle, between two
#: requests; for one request, from its head to the last byte of its answer.
HEAD_WITHIN, IDLE_FOR, REQUEST_WITHIN = 10.0, 75.0, 30.0

_PATIENCE = 5.0  #: seconds beyond IDLE_FOR in which aiohttp closes it by itself


class Standing(IntEnum):
    """What a connection has shown of itself; who has shown least goes first, and of equal ones who came first."""

    STRANGER = 0  #: has brought nothing that was signed, whatever it has sent; stays where it is however busy it is
    PROVEN = 1  #: has brought a request signed by Slack, and is idle
    SERVED = 2  #: the same, with a request under way; never sent away for another


class Connections:
    """All that are open, at most ``limit`` of them."""

    def __init__(self, refused: LabelledCounter) -> None:
        self._refused = refused
        self.limit = 0  #: set when the server starts, see :mod:`bot.runtime.descriptors`
        self._by_standing: tuple[dict[Connection, None], ...] = tuple({} for _ in Standing)

    def __len__(self) -> int:
        return sum(map(len, self._by_standing))

    def move(self, one: Connection, before: Standing | None, after: Standing | None) -> None:
        """It stands at the end of its new row: of equal ones the first has waited longest."""
        if before is not None:
            self._by_standing[before].pop(one, None)
        if after is not None:
            self._by_standing[after][one] = None

    def make_room(self, newcomer: Connection) -> None:
        """Send away whoever has to go, which is the newcomer where all others are being served."""
        if len(self) <= self.limit:
            return
        self._refused.add("crowded")
        rows = self._by_standing[: Standing.SERVED]
        victim = next((one for row in rows for one in row if one is not newcomer), newcomer)
        victim.drop()

    def drop_strangers(self) -> None:
        """The server stops: nobody waits for those who have proved nothing."""
        for one in list(self._by_standing[Standing.STRANGER]):
            one.drop()


class Connection(web.RequestHandler):
    """One of them. The handler says when a request begins, ends and proves to be Slack's."""

    def __init__(self, connections: Connections, refused: LabelledCounter, *args: Any, **options: Any) -> None:
        super().__init__(*args, keepalive_timeout=IDLE_FOR, **options)
        self._connections, self._refused = connections, refused
        self._standing: Standing | None = None
        self._raw: asyncio.Transport | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._in_head, self._busy = True, False

    # ---- from the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._raw = cast(asyncio.Transport, transport)
        self._within(HEAD_WITHIN)
        self._stand(Standing.STRANGER)
        self._connections.make_room(self)

    def data_received(self, data: bytes) -> None:
        if not (self._in_head or self._busy):
            self._in_head = True
            self._within(HEAD_WITHIN)
        super().data_received(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._within(None)
        self._stand(None)
        self._raw = None
        super().connection_lost(exc)

    # ---- from the handler

    def begin(self) -> None:
        """A whole head is there."""
        if self._standing is not None:
            self._in_head, self._busy = False, True
            self._within(REQUEST_WITHIN)
            self._stand(Standing.SERVED if self._proven else Standing.STRANGER)

    def prove(self) -> None:
        """The request under way is signed by Slack."""
        if self._standing is not None:
            self._stand(Standing.SERVED)

    def end(self) -> None:
        """The request is answered, or as good as."""
        self._busy = False
        if self._standing is not None:
            self._stand(Standing.PROVEN if self._proven else Standing.STRANGER)
            self._within(IDLE_FOR + _PATIENCE)

    def drop(self) -> None:
        """Cut it, with whatever it was to be sent still."""
        if self._raw is not None:
            self._raw.abort()
        self._stand(None)

    @property
    def _proven(self) -> bool:
        return self._standing is not None and self._standing >= Standing.PROVEN

    def _stand(self, standing: Standing | None) -> None:
        if standing is self._standing:
            return
        self._connections.move(self, self._standing, standing)
        self._standing = standing

    def _within(self, seconds: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if seconds is None else asyncio.get_running_loop().call_later(seconds, self._late)

    def _late(self) -> None:
        self._refused.add("too_slow")
        self.drop()

    # ---- what aiohttp makes of errors

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """What is no HTTP is refused without a trace: anybody can send it, or leave, as often as they like."""
        if status == 500 and not isinstance(exc, ConnectionError):
            return super().handle_error(request, status, exc, message)
        self._refused.add("no_http")
        answer = web.json_response({"error": "invalid request"}, status=status)
        answer.force_close()
        return answer


class Server(web.Server):
    """Hands each connection that comes in to a :class:`Connection`."""

    def __init__(self, connections: Connections, refused: LabelledCounter, *args: Any, **options: Any) -> None:
        super().__init__(*args)
        self._door, self._refused, self._options = connections, refused, options

    def __call__(self) -> web.RequestHandler:
        loop = asyncio.get_running_loop()
        return Connection(self._door, self._refused, self, loop=loop, **self._options)
