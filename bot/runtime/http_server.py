"""The HTTP server: health, readiness and metrics always; Slack's requests in HTTP mode."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from bot.errors import CannotListen

#: Slack's largest payloads are far below this (bytes).
_MAX_BODY = 1_000_000

Events = Callable[[web.Request], Awaitable[web.Response]]
Ready = Callable[[], Awaitable[Mapping[str, str]]]
Measure = Callable[[], Awaitable[None]]


class HttpServer:
    """``ready`` says what is not ready and why, by part; empty means ready. ``warnings`` says what else is amiss.
    ``measure`` goes before each scrape.

    ``events`` is None in Socket Mode.
    """

    def __init__(
        self,
        host: str,
        port: int,
        ready: Ready,
        warnings: Ready,
        measure: Measure,
        registry: CollectorRegistry,
        events: Events | None,
    ) -> None:
        self._host, self._port, self._ready, self._warnings = host, port, ready, warnings
        self._measure, self._registry = measure, registry
        app = web.Application(client_max_size=_MAX_BODY)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._metrics)
        if events is not None:
            app.router.add_post("/slack/events", events)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=5)

    @property
    def port(self) -> int:
        """The port it listens on; chosen by the system where 0 was asked for."""
        port: int = self._runner.addresses[0][1]
        return port

    async def start(self) -> None:
        """Raises :class:`CannotListen` where the address is not to be had."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            raise CannotListen(f"{self._host}:{self._port}", os.strerror(error.errno or 0)) from None

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _healthz(self, _: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def _readyz(self, _: web.Request) -> web.Response:
        why = await self._ready()
        amiss = await self._warnings()
        body = {"ok": not why, "missing": dict(why), "warnings": dict(amiss)}
        return web.json_response(body, status=503 if why else 200)

    async def _metrics(self, _: web.Request) -> web.Response:
        await self._measure()
        body = generate_latest(self._registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})
