"""The wire: tokens, waiting when told to, repeating what may be repeated and nothing else, and no secret anywhere."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from bot.config import load
from bot.errors import PlatformDown, PlatformRefused
from bot.model.regions import REGIONS
from bot.platforms.genesys import connect
from bot.platforms.genesys.client import Client, Unclear
from tests.clock import HandClock
from tests.genesys.simulator import CLIENT_ID, DOMAINS, SECRET, SimulatedGenesys

ME = "/api/v2/tokens/me"


class Wire:
    """A client, the platform it talks to, a clock, and how long it paused."""

    def __init__(self, platform: SimulatedGenesys, clock: HandClock) -> None:
        self.platform, self.clock, self.pauses = platform, clock, list[float]()
        self.client = self.with_secret(SECRET)

    def with_secret(self, secret: str, id: str = CLIENT_ID) -> Client:
        url = self.platform.url
        return Client(url, url, id, lambda: secret, clock=self.clock, pause=self._pause)

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.clock.forward(round(seconds * 1000))

    def count(self, match: str) -> int:
        return len(self.platform.called(match))


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    clock = HandClock()
    async with SimulatedGenesys(clock) as platform:
        made = Wire(platform, clock)
        yield made
        await made.client.close()
        assert platform.violations == []


async def test_one_token_serves_many_calls_and_is_renewed_before_its_end(wire: Wire) -> None:
    wire.platform.token_life = 3600
    for _ in range(3):
        assert (await wire.client.call("GET", ME)).ok
    assert wire.count("oauth") == 1
    wire.clock.forward(3_299_000)
    await wire.client.call("GET", ME)
    assert wire.count("oauth") == 1
    wire.clock.forward(2_000)
    await wire.client.call("GET", ME)
    assert wire.count("oauth") == 2


async def test_a_token_that_no_longer_works_is_renewed_once(wire: Wire) -> None:
    await wire.client.call("GET", ME)
    wire.platform.expire_tokens()
    assert (await wire.client.call("POST", DOMAINS, body={"id": "a.x.com", "name": "a.x.com"})).status == 202
    assert wire.platform.created == ["a.x.com"]
    wire.platform.fault("401", ME, times=9)
    with pytest.raises(PlatformRefused) as refused:
        await wire.client.call("GET", ME)
    assert refused.value.reason == "credentials"
    assert wire.count("tokens/me") == 3


@pytest.mark.parametrize(
    ("id", "secret", "says"), [(CLIENT_ID, "wr0ng", "authentication"), ("unknown", "wr0ng", "not found")]
)
async def test_a_wrong_secret_is_not_tried_twice(wire: Wire, id: str, secret: str, says: str) -> None:
    client = wire.with_secret(secret, id)
    with pytest.raises(PlatformRefused) as refused:
        await client.call("GET", ME)
    await client.close()
    assert refused.value.reason == "credentials"
    assert says in refused.value.said
    assert secret not in str(refused.value)
    assert wire.count("oauth") == 1


@pytest.mark.parametrize("kind", ["500", "503", "504", "408", "before", "after", "slow", "page"])
async def test_what_may_be_repeated_is(wire: Wire, kind: str) -> None:
    wire.platform.fault(kind, "GET", times=2)
    assert (await wire.client.call("GET", ME)).ok
    assert len(wire.pauses) == 2


@pytest.mark.parametrize("kind", ["500", "503", "before", "slow"])
async def test_but_not_for_ever(wire: Wire, kind: str) -> None:
    wire.platform.fault(kind, "GET", times=99)
    with pytest.raises(PlatformDown):
        await wire.client.call("GET", ME)
    assert wire.count("GET") == 3


@pytest.mark.parametrize("kind", ["500", "503", "504", "before", "after", "slow", "page"])
async def test_a_post_is_sent_once(wire: Wire, kind: str) -> None:
    await wire.client.token()
    wire.platform.fault(kind, "POST", times=99)
    with pytest.raises(Unclear):
        await wire.client.call("POST", DOMAINS, body={"id": "a.x.com", "name": "a.x.com"})
    assert wire.count(f"POST {DOMAINS}") == 1


async def test_a_post_that_surely_was_not_taken_may_be_sent_again(wire: Wire) -> None:
    await wire.client.token()
    wire.platform.fault("429", "POST", Retry_After="2")
    assert (await wire.client.call("POST", DOMAINS, body={"id": "a.x.com", "name": "a.x.com"})).status == 202
    assert wire.platform.created == ["a.x.com"]


async def test_waits_as_long_as_it_is_told(wire: Wire) -> None:
    wire.platform.fault("429", ME, Retry_After="3")
    began = wire.clock.now()
    assert (await wire.client.call("GET", ME)).ok
    assert wire.clock.now() - began >= 3000


async def test_a_long_wait_is_left_to_the_caller_and_then_kept_by_everybody(wire: Wire) -> None:
    wire.platform.fault("429", ME, Retry_After="42")
    for path in (ME, DOMAINS):
        with pytest.raises(PlatformDown):
            await wire.client.call("GET", path)
    assert wire.count(f"GET {ME}") == 1
    assert wire.count(DOMAINS) == 0, "told to wait, nobody knocks"
    wire.clock.forward(42_000)
    assert (await wire.client.call("GET", ME)).ok


async def test_the_last_call_of_a_window_waits_for_the_next(wire: Wire) -> None:
    limits: dict[str, Any] = {
        "inin_ratelimit_count": "300",
        "inin_ratelimit_allowed": "300",
        "inin_ratelimit_reset": "4",
    }
    wire.platform.fault("404", ME, **limits)
    assert (await wire.client.call("GET", ME)).status == 404
    began = wire.clock.now()
    await wire.client.call("GET", ME)
    assert wire.clock.now() - began >= 4000


async def test_all_pages_or_an_error(wire: Wire) -> None:
    for n in range(230):
        wire.platform.add(f"n{n:03}.x.com")
    assert len(await wire.client.pages(DOMAINS)) == 230
    assert wire.count(DOMAINS) == 3
    wire.platform.fault("500", DOMAINS, times=99)
    with pytest.raises(PlatformDown):
        await wire.client.pages(DOMAINS)


async def test_nobody_listens() -> None:
    client = Client("http://127.0.0.1:9", "http://127.0.0.1:9", "id", lambda: SECRET, clock=HandClock())
    with pytest.raises(PlatformDown):  # not Unclear: it surely never left
        await client.call("POST", DOMAINS)
    await client.close()


def _settings(**given: str) -> Any:
    base = {
        "SLACK_BOT_TOKEN": "xoxb-x", "SLACK_APP_TOKEN": "xapp-x", "EMAILDOMAIN_PLATFORM": "genesys",
        "GENESYSCLOUD_OAUTHCLIENT_ID": CLIENT_ID, "GENESYSCLOUD_OAUTHCLIENT_SECRET": SECRET,
    }  # fmt: skip
    return load(base | given, None)


@pytest.mark.parametrize("code", REGIONS)
async def test_hosts_come_from_the_closed_list(code: str, seen: list[httpx.Request]) -> None:
    client = connect(_settings(GENESYSCLOUD_REGION=code), HandClock())
    assert (await client.call("GET", ME)).ok
    await client.close()
    assert [r.url.host for r in seen] == [f"login.{REGIONS[code].host}", f"api.{REGIONS[code].host}"]
    assert seen[0].headers["Authorization"].startswith("Basic ")
    assert seen[1].headers["Authorization"] == "Bearer t"
    assert all(r.url.scheme == "https" for r in seen)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[httpx.Request]:
    """Requests that were sent nowhere."""
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(
            200, json={"access_token": "t", "expires_in": 60} if "oauth" in str(request.url) else {"a": 1}
        )

    made: Callable[..., httpx.AsyncClient] = httpx.AsyncClient
    monkeypatch.setattr(httpx, "AsyncClient", lambda **_: made(transport=httpx.MockTransport(answer)))
    return sent


def test_httpx_is_loaded_only_for_the_platform_that_needs_it() -> None:
    program = "import sys, bot.app, bot.doctor, bot.platforms.embedded; sys.exit('httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
