"""Slack's own Socket Mode client, with one connection at a time, growing pauses, and a line of ours in the log.

As it comes it begins anew every ``ping_interval`` for ever, with a stack trace each time; it tries a used-up address
again; and where two of its tasks connect at once one connection is left that nobody reads.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from typing import Any

import structlog
from aiohttp import ClientConnectorError
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient

log = structlog.get_logger(__name__)

#: Seconds before the next try after a failed one: at first, and at most; each twice the one before, and up to a
#: quarter more, so that not all bots come back at the same moment after an outage of Slack's.
FIRST_PAUSE, LONGEST_PAUSE, JITTER = 1.0, 300.0, 0.25

#: A connection that lasted less (s) has failed, too, as far as the pauses go: from the second one in a row.
_SHORT = 5.0

#: Seconds for one connection to be made.
_CONNECT_WITHIN = 30.0


def pause_after(failures: int) -> float:
    """Seconds to wait after so many failures in a row, jitter left out."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures - 1, 20))


class Client(SocketModeClient):
    """``hello`` is told the number of connections that Slack counts, with each new one. ``proxy_for`` an address."""

    def __init__(self, hello: Callable[[int], None], proxy_for: Callable[[str], str | None], **options: Any) -> None:
        super().__init__(**options)
        self._hello, self._proxy_for = hello, proxy_for
        self._connecting = asyncio.Lock()
        self._made = 0  #: connections so far
        self._made_at = 0.0
        self.failures = 0  #: in a row
        self.message_listeners.append(self._on_message)

    async def _on_message(self, _: Any, message: dict[str, Any], __: str | None = None) -> None:
        connections = message.get("num_connections")
        if message.get("type") == "hello" and isinstance(connections, int):
            self._hello(connections)

    async def connect_to_new_endpoint(self, force: bool = False) -> None:
        """Slack asks for it, or this connection is over."""
        if force or not await self.is_connected():
            await self.connect()

    async def connect(self) -> None:
        """Until there is a connection, or the client is closed. Whoever comes meanwhile gets the same one."""
        made = self._made
        async with self._connecting:
            if made != self._made:
                return
            loop = asyncio.get_running_loop()
            lasted = loop.time() - self._made_at
            self.failures = self.failures + 1 if self._made and lasted < _SHORT else 0
            if self.failures > 1:
                await self._rest(pause_after(self.failures - 1))
            while not self.closed:
                try:
                    async with asyncio.timeout(_CONNECT_WITHIN):
                        await self._connect_once()
                except Exception as error:  # noqa: BLE001 - whatever keeps us out now, the next try may get in
                    self.failures += 1
                    await self._failed(error)
                else:
                    self._made, self._made_at = self._made + 1, loop.time()
                    return

    async def _failed(self, error: Exception) -> None:
        if self.closed:
            return
        seconds = max(pause_after(self.failures), _asked_for(error))
        log.warning(
            "Socket Mode not connected", why=why(error), tries=self.failures, next_try_in=round(seconds),
            fix="emaildomain doctor",
        )  # fmt: skip
        await self._rest(seconds)

    async def _rest(self, seconds: float) -> None:
        await asyncio.sleep(min(LONGEST_PAUSE, seconds * (1 + random.uniform(0, JITTER))))

    async def _connect_once(self) -> None:
        """The old connection goes first: while there are two, Slack sends to both."""
        self.auto_reconnect_enabled = False
        old = self.current_session
        if old is not None:
            await old.close()
        answer = await self.web_client.apps_connections_open(app_token=self.app_token)
        session = await self.aiohttp_client_session.ws_connect(
            answer["url"], autoping=False, heartbeat=self.ping_interval, proxy=self._proxy_for(answer["url"])
        )
        self.current_session, self.stale = session, False
        self.last_ping_pong_time = time.time()  # noqa: TID251 - the library compares it with this clock
        self.auto_reconnect_enabled = self.default_auto_reconnect_enabled
        for task in (self.current_session_monitor, self.message_receiver):
            if task is not None:
                task.cancel()
        self.current_session_monitor = asyncio.ensure_future(self.monitor_current_session())
        self.message_receiver = asyncio.ensure_future(self.receive_messages())


def why(error: Exception) -> str:
    """In a few words, for a line of the log."""
    if isinstance(error, SlackApiError):
        data = getattr(error.response, "data", None)
        return f"Slack refuses it ({data.get('error') if isinstance(data, dict) else 'no clear answer'})"
    if isinstance(error, ClientConnectorError):
        return f"{error.host} cannot be reached ({error.os_error.strerror or error.os_error})"
    return "no answer in time" if isinstance(error, TimeoutError) else type(error).__name__


def _asked_for(error: Exception) -> float:
    """Seconds that Slack asked to wait."""
    headers = getattr(error.response, "headers", None) if isinstance(error, SlackApiError) else None
    text = str((headers or {}).get("Retry-After", ""))
    return float(text) if text.isdecimal() else 0.0
