"""The connection of Socket Mode, for those who give Slack no public address."""

from __future__ import annotations

import asyncio

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from bot.config.settings import Settings

log = structlog.get_logger(__name__)

_PING = 2.0
_RETRY = 2.0


class SocketMode:
    """Opened at start, opened again within seconds when it is cut."""

    def __init__(self, app: AsyncApp, settings: Settings) -> None:
        token = settings.slack_app_token
        self._handler = AsyncSocketModeHandler(
            app,
            token.get_secret_value() if token else None,
            ping_interval=_PING,  # a dead connection is noticed after a few of these (s); the default takes a minute
            proxy=settings.proxy_for(settings.slack_api_url),
        )
        self._opening: asyncio.Task[None] | None = None

    @property
    def connected(self) -> bool:
        session = self._handler.client.current_session
        return session is not None and not session.closed

    def start(self) -> None:
        self._opening = asyncio.create_task(self._open(), name="socket mode")

    async def _open(self) -> None:
        while True:
            try:
                await self._handler.connect_async()  # type: ignore[no-untyped-call]
            except Exception as error:  # noqa: BLE001 - whatever keeps us out now, the next try may get in
                log.warning("Socket Mode not connected", error=type(error).__name__)
                await asyncio.sleep(_RETRY)
            else:
                log.info("Socket Mode connected")
                return

    async def stop(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
        await self._handler.close_async()  # type: ignore[no-untyped-call]
