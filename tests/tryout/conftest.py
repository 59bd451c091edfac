"""A simulated Slack for its own tests, with a clock moved by hand and a bare Bolt app to talk to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.tryout.run import running
from bot.tryout.slack.simulated import SimulatedSlack
from tests.tryout.hands import Hands

SCOPES = (
    *("commands", "chat:write", "channels:join", "users:read", "usergroups:read"),
    *("channels:read", "groups:read", "channels:history", "groups:history"),
)


class HandClock:
    """Stands still until it is told to move."""

    def __init__(self, at: int = 1_795_435_200_000) -> None:
        self._at, self._ran = at, 0.0

    def now(self) -> int:
        return self._at

    def monotonic(self) -> float:
        return self._ran

    def forward(self, seconds: float) -> None:
        self._at += round(seconds * 1000)
        self._ran += seconds


class WallClock:
    """What the signing of requests needs where the library under test compares with the real time."""

    def now(self) -> int:
        import time

        return time.time_ns() // 1_000_000  # noqa: TID251 - slack_sdk verifies against the real time

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def slack(clock: HandClock) -> AsyncIterator[SimulatedSlack]:
    """One channel the bot is in, one it is not in, a private one, three people, a guest and a stranger."""
    slack = SimulatedSlack(
        clock=clock, scopes=SCOPES, commands=["/emaildomain"], signing_clock=WallClock(), retry_delays=(0, 0, 0)
    )
    people = slack.workspace
    people.add_person("U0TANAKA", "tanaka", real_name="Alex Tanaka", tz="Asia/Tokyo")
    people.add_person("U0SATO", "sato", real_name="Sam Sato", is_admin=True)
    people.add_person("U0SUZUKI", "suzuki", real_name="鈴木", locale="ja-JP", tz="Asia/Tokyo")
    people.add_person("U0GUEST", "guest", is_restricted=True)
    people.add_person("U0ALIEN", "alien", team_id="T0OTHER", is_stranger=True)
    people.add_channel("C0MAIL", "email-domains", members=["U0TANAKA", "U0SATO", "U0SUZUKI"], bot_in=True)
    people.add_channel("C0OPEN", "general", members=["U0TANAKA"])
    people.add_channel("C0PRIV", "secret", members=["U0TANAKA"], is_private=True)
    people.add_channel("C0PRIVIN", "secret-with-bot", members=["U0TANAKA"], is_private=True, bot_in=True)
    people.add_channel("C0OLD", "old", members=["U0TANAKA"], bot_in=True, is_archived=True)
    await slack.start()
    yield slack
    await slack.stop()


@pytest.fixture
def client(slack: SimulatedSlack) -> AsyncWebClient:
    """The SDK's own client, without retries of any kind."""
    return AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[])


@pytest.fixture
async def bolt(slack: SimulatedSlack, client: AsyncWebClient) -> AsyncIterator[AsyncApp]:
    """A real Bolt app listening over HTTP; tests add listeners to it."""
    app = AsyncApp(client=client, signing_secret=slack.signing_secret, process_before_response=True)
    server = web.AppRunner(app.web_app("/slack/events"), access_log=None)
    await server.setup()
    site = web.TCPSite(server, "127.0.0.1", 0)
    await site.start()
    slack.request_url = f"http://127.0.0.1:{server.addresses[0][1]}/slack/events"
    yield app
    await server.cleanup()


@pytest.fixture
async def hands() -> AsyncIterator[Hands]:
    """The whole try-out, a minute a second, and somebody at its page without a browser."""
    async with running(0, 60) as slack, aiohttp.ClientSession(slack.url) as session:
        yield Hands(slack, session)
