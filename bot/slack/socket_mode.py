"""The connection of Socket Mode, for those who give Slack no public address."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from slack_bolt.adapter.socket_mode.async_base_handler import AsyncBaseSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.config.settings import Settings
from bot.slack.ghosts import Ghosts
from bot.slack.socket_client import Client

log = structlog.get_logger(__name__)

_PING = 2.0  #: seconds: a dead connection is noticed after a few of these; the default takes a minute


class SocketMode(AsyncBaseSocketModeHandler):
    """Opened at start, opened again within seconds when it is cut. ``changed`` is told of connections nobody reads."""

    def __init__(
        self, app: AsyncApp, settings: Settings, monotonic: Callable[[], float], changed: Callable[[int], None]
    ) -> None:
        token = settings.slack_app_token
        self.app: AsyncApp = app
        app.client.proxy = settings.proxy_for(settings.slack_api_url)  # the library reads HTTPS_PROXY, not NO_PROXY
        self.ghosts = Ghosts(monotonic, changed)
        self.client: Client = Client(
            self.ghosts.hello, settings.proxy_for, app_token=token.get_secret_value() if token else "",
            logger=app.logger, web_client=app.client, ping_interval=_PING,
        )  # fmt: skip
        listeners: list[Callable[..., Awaitable[None]]] = self.client.socket_mode_request_listeners
        listeners.append(self.handle)
        self._opening: asyncio.Task[None] | None = None

    @property
    def connected(self) -> bool:
        session = self.client.current_session
        return session is not None and not session.closed

    async def handle(self, client: AsyncBaseSocketModeClient, req: SocketModeRequest) -> None:
        """One envelope, and its acknowledgement. A status that is no success is not acknowledged: it comes again."""
        began = asyncio.get_running_loop().time()
        await send_async_response(client, req, await run_async_bolt_app(self.app, req), began)

    def start(self) -> None:
        self._opening = asyncio.create_task(self._open(), name="socket mode")

    async def _open(self) -> None:
        await self.client.connect()
        log.info("Socket Mode connected")

    async def stop(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
        await self.client.close()  # type: ignore[no-untyped-call]
