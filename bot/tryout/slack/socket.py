"""Socket Mode: the websocket an app opens to receive what Slack would otherwise post to it."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Iterable
from typing import Any

from aiohttp import WSMsgType, web

from bot.tryout.slack.message import Json
from bot.tryout.slack.transport import ACK_SECONDS, FAILED, TIMEOUT, Answer

#: docs.slack.dev, Using Socket Mode: up to ten connections; one gets each envelope.
CONNECTIONS = 10


class SocketMode:
    """The open connections and the envelopes on their way."""

    def __init__(self, app_id: str) -> None:
        self._app_id = app_id
        self._ids = itertools.count(1)
        self._tickets: set[str] = set()
        self._open: dict[web.WebSocketResponse, asyncio.Transport | None] = {}
        self._turn = itertools.count()
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._changed = asyncio.Event()
        self.base = ""
        #: Connections that Slack counts and sends to, and nobody reads (python-slack-sdk #1940).
        self.ghosts = 0
        #: Every frame that came in, as text; tests look here.
        self.received: list[Json] = []

    @property
    def is_open(self) -> bool:
        return bool(self._open)

    @property
    def connections(self) -> int:
        return len(self._open)

    def ticket(self) -> str:
        """The URL of one connection, good once."""
        ticket = f"ticket-{next(self._ids)}"
        self._tickets.add(ticket)
        return f"{self.base}/link/?ticket={ticket}&app_id={self._app_id}"

    def routes(self) -> Iterable[web.RouteDef]:
        return [web.get("/link/", self._connect)]

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=400, text="link is used up or unknown")
        self._tickets.remove(ticket)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        if len(self._open) >= CONNECTIONS:
            await self._say_goodbye(socket, "too_many_websockets")
            await socket.close()
            return socket
        await socket.send_json(self._hello())
        self._open[socket] = request.transport
        self._announce()
        try:
            async for frame in socket:
                if frame.type == WSMsgType.PING:
                    await socket.pong(frame.data)
                elif frame.type == WSMsgType.TEXT:
                    self._acknowledged(frame.data)
        finally:
            self._forget(socket)
        return socket

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._open) + 1 + self.ghosts,
            "debug_info": {"host": "applink-1", "build_number": 1, "approximate_connection_time": 18060},
            "connection_info": {"app_id": self._app_id},
        }

    def _acknowledged(self, text: str) -> None:
        try:
            frame = json.loads(text)
        except ValueError:
            return
        if not isinstance(frame, dict):
            return
        self.received.append(frame)
        waiting = self._waiting.pop(str(frame.get("envelope_id")), None)
        if waiting is not None and not waiting.done():
            waiting.set_result(frame.get("payload"))

    async def send(self, kind: str, payload: Json, retry: tuple[int, str] | None = None) -> Answer:
        """One envelope to one connection, in turn; an acknowledgement after three seconds is ignored.

        A connection lost with the envelope on it: it goes to another while the three seconds last. (Slack's
        documentation promises this for events; for the rest it is assumed, the stricter case for an app.)
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        envelope: Json = {
            "envelope_id": f"envelope-{next(self._ids)}",
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": retry[0] if retry else 0, "retry_reason": retry[1] if retry else ""}
        answer: asyncio.Future[Any] = loop.create_future()
        self._waiting[envelope["envelope_id"]] = answer
        try:
            async with asyncio.timeout(ACK_SECONDS):
                body = await self._until_acknowledged(envelope, answer)
        except TimeoutError:
            return Answer(None, None, loop.time() - began, TIMEOUT if self._open else FAILED)
        finally:
            self._waiting.pop(envelope["envelope_id"], None)
        return Answer(200, body, loop.time() - began)

    async def _until_acknowledged(self, envelope: Json, answer: asyncio.Future[Any]) -> Any:
        sent_to: web.WebSocketResponse | None = None
        while True:
            changed = self._changed
            if sent_to not in self._open and self._open:
                turn = next(self._turn) % (len(self._open) + self.ghosts)
                if turn >= len(self._open):
                    return await answer  # a ghost has it: nobody ever acknowledges
                sent_to = list(self._open)[turn]
                try:
                    await sent_to.send_json(envelope)
                except ConnectionError:
                    sent_to = None
            waiter = asyncio.ensure_future(changed.wait())
            try:
                await asyncio.wait({answer, waiter}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                waiter.cancel()
            if answer.done():
                return answer.result()

    async def refresh(self, reason: str = "refresh_requested") -> None:
        """Ask every connection to go: ``warning``, ``refresh_requested`` or ``link_disabled``."""
        for socket in list(self._open):
            await self._say_goodbye(socket, reason)
            if reason != "warning":
                self._forget(socket)
                await socket.close()

    async def drop_all(self, *, abrupt: bool = False) -> None:
        """Lose every connection, with a closing handshake or (``abrupt``) without a word."""
        for socket, transport in list(self._open.items()):
            self._forget(socket)
            if abrupt and transport is not None:
                transport.abort()
            else:
                await socket.close()

    async def opened(self, count: int = 1, timeout: float = 10.0) -> None:
        """Return when at least ``count`` connections are open."""
        async with asyncio.timeout(timeout):
            while len(self._open) < count:
                await self._changed.wait()

    async def _say_goodbye(self, socket: web.WebSocketResponse, reason: str) -> None:
        await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-1"}})

    def _forget(self, socket: web.WebSocketResponse) -> None:
        self._open.pop(socket, None)
        self._announce()

    def _announce(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
