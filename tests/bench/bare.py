"""The peer: the smallest Bolt app there can be, behind the same aiohttp adapter. Run as a process of its own.

``python -m tests.bench.bare <port> <signing secret>`` acknowledges every ``/emaildomain`` with a short text;
``python -m tests.bench.bare socket <api url> <app token>`` does so over Socket Mode.
"""

from __future__ import annotations

import asyncio
import sys

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient


def bare(secret: str, client: AsyncWebClient | None = None) -> AsyncApp:
    async def authorize(team_id: str | None, enterprise_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=enterprise_id, team_id=team_id, bot_token="xoxb-bare", bot_user_id="U0BARE", bot_id="B0BARE"
        )

    async def acknowledge(ack: AsyncAck) -> None:
        await ack("checked sales.xyzcorp.com")

    app = AsyncApp(signing_secret=secret, authorize=authorize, client=client, process_before_response=True)
    app.command("/emaildomain")(acknowledge)
    return app


async def serve(port: int, secret: str) -> None:
    app = bare(secret)

    async def events(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    async def ready(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    server = web.Application()
    server.router.add_post("/slack/events", events)
    server.router.add_get("/readyz", ready)
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


async def connect(api_url: str, token: str) -> None:
    app = bare("socket mode needs none", AsyncWebClient(base_url=api_url))
    await AsyncSocketModeHandler(app, token).start_async()


if __name__ == "__main__":
    if sys.argv[1] == "socket":
        asyncio.run(connect(sys.argv[2], sys.argv[3]))
    else:
        asyncio.run(serve(int(sys.argv[1]), sys.argv[2]))
