"""The HTTP server: health, readiness and metrics always; Slack's requests in HTTP mode.

It stands where strangers can reach it: :mod:`bot.runtime.connections` has what they cannot do.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import cast

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from bot.errors import CannotListen
from bot.runtime.connections import Connection, Connections, Server
from bot.runtime.counters import LabelledCounter
from bot.runtime.descriptors import connection_limit
from bot.runtime.tasks import report

#: A head of more lines, or of longer ones (bytes), is nobody's we know: Slack sends about 15, a proxy adds some.
_MAX_HEADERS, _MAX_LINE = 48, 4_096

Handler = Callable[[web.BaseRequest], Awaitable[web.Response]]
Ready = Callable[[], Awaitable[Mapping[str, str]]]
Measure = Callable[[], Awaitable[None]]


class HttpServer:
    """``ready`` says what is not ready and why, by part; empty means ready. ``warnings`` says what else is amiss.
    ``measure`` goes before each scrape. ``refused`` counts who was not let in, by reason.

    ``posts`` are what takes POSTs, by path; nothing does in Socket Mode.
    """

    def __init__(
        self,
        host: str,
        port: int,
        ready: Ready,
        warnings: Ready,
        measure: Measure,
        registry: CollectorRegistry,
        posts: Mapping[str, Handler] | None = None,
        refused: LabelledCounter | None = None,
    ) -> None:
        self._host, self._port, self._ready, self._warnings = host, port, ready, warnings
        self._measure, self._registry = measure, registry
        self._refused = LabelledCounter() if refused is None else refused
        self.connections = Connections(self._refused)
        self._routes: dict[tuple[str, str], Handler] = {
            ("GET", "/healthz"): self._healthz,
            ("GET", "/readyz"): _SharedAnswer(self._readyz),
            ("GET", "/metrics"): _SharedAnswer(self._metrics),
        }
        self._routes |= {("POST", path): handler for path, handler in (posts or {}).items()}
        self._paths = {path for _, path in self._routes}
        self._runner: web.ServerRunner | None = None

    @property
    def port(self) -> int:
        """The port it listens on; chosen by the system where 0 was asked for."""
        return self._runner.addresses[0][1] if self._runner else 0

    async def start(self) -> None:
        """Raises :class:`CannotListen` where the address is not to be had."""
        server = Server(
            self.connections, self._refused, self._serve,
            access_log=None, auto_decompress=False, lingering_time=0, max_headers=_MAX_HEADERS,
            max_line_size=_MAX_LINE, max_field_size=_MAX_LINE,
        )  # fmt: skip
        self._runner = web.ServerRunner(server, shutdown_timeout=5)
        await self._runner.setup()
        self.connections.limit = connection_limit()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            raise CannotListen(f"{self._host}:{self._port}", os.strerror(error.errno or 0)) from None

    async def stop(self) -> None:
        if self._runner is not None:
            self.connections.drop_strangers()
            await self._runner.cleanup()

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """One request, whoever sent it. What goes wrong here is a bug: it is logged with a number and answered."""
        connection = cast(Connection, request.protocol)
        connection.begin()
        try:
            answer = await self._route(request)
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception as error:  # noqa: BLE001 - a bug
            reference = report(f"HTTP {request.path[:80]}", error)
            answer = web.json_response({"error": "internal error", "reference": reference}, status=500)
        finally:
            connection.end()
        if not request.content.is_eof():
            answer.force_close()  # what was not read is not waited for
        return answer

    async def _route(self, request: web.BaseRequest) -> web.Response:
        method = "GET" if request.method == "HEAD" else request.method
        handler = self._routes.get((method, request.path))
        if handler is not None:
            return await handler(request)
        known = request.path in self._paths
        return web.json_response({"error": "no such method" if known else "no such path"}, status=405 if known else 404)

    async def _healthz(self, _: web.BaseRequest) -> web.Response:
        return web.json_response({"ok": True})

    async def _readyz(self) -> web.Response:
        why = await self._ready()
        amiss = await self._warnings()
        body = {"ok": not why, "missing": dict(why), "warnings": dict(amiss)}
        return web.json_response(body, status=503 if why else 200)

    async def _metrics(self) -> web.Response:
        await self._measure()
        body = generate_latest(self._registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


class _SharedAnswer:
    """Made once for all who ask while it is being made, so that many of them cost what one costs."""

    def __init__(self, make: Callable[[], Awaitable[web.Response]]) -> None:
        self._make = make
        self._making: asyncio.Task[web.Response] | None = None

    async def __call__(self, _: web.BaseRequest) -> web.Response:
        if self._making is None or self._making.done():
            self._making = asyncio.ensure_future(self._make())
        made = await asyncio.shield(self._making)
        return web.Response(status=made.status, body=made.body, headers=made.headers)
