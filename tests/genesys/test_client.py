"""The wire: tokens, waiting when told to, repeating what may be repeated and nothing else, and no secret anywhere."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from bot.config.settings import load
from bot.errors import PlatformDown, PlatformRefused, PlatformUnclear
from bot.model.observations import Org
from bot.model.regions import REGIONS
from bot.platforms.genesys import connect
from bot.platforms.genesys.answers import PLATFORM
from bot.platforms.genesys.client import Client
from tests.clock import HandClock
from tests.genesys.simulator import CLIENT_ID, DOMAINS, ORG_ID, OTHER_ORG_ID, SECRET, SimulatedGenesys

ME = "/api/v2/tokens/me"
OURS = Org(PLATFORM, ORG_ID, "XYZ Corp")


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


async def test_nothing_that_is_shown_of_an_answer_has_the_token(wire: Wire) -> None:
    answer = await wire.client.call("GET", ME)
    assert answer.token is await wire.client.token()
    assert "simulated-access-token" in answer.token.text
    assert "simulated-access-token" not in f"{answer!r} {answer.token!r}"


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


A = {"id": "a.x.com", "name": "a.x.com"}


@pytest.mark.parametrize("kind", ["500", "503", "504", "408", "before", "after", "slow", "page"])
@pytest.mark.parametrize(("method", "path", "body"), [("POST", DOMAINS, A), ("DELETE", f"{DOMAINS}/a.x.com", None)])
async def test_what_may_have_been_carried_out_is_not_sent_again(
    wire: Wire, kind: str, method: str, path: str, body: Any
) -> None:
    if method == "DELETE":
        wire.platform.add("a.x.com")
    await wire.client.token()
    wire.platform.fault(kind, f"{method} /api", times=99)
    with pytest.raises(PlatformUnclear):
        await wire.client.call(method, path, body=body)
    assert wire.count(f"{method} {path}") == 1


async def test_what_surely_was_not_taken_may_be_sent_again(wire: Wire) -> None:
    await wire.client.token()
    wire.platform.fault("429", "POST", Retry_After="2")
    assert (await wire.client.call("POST", DOMAINS, body=A)).status == 202
    assert wire.platform.created == ["a.x.com"]
    wire.platform.fault("429", "DELETE", Retry_After="2")
    assert (await wire.client.call("DELETE", f"{DOMAINS}/a.x.com")).status == 204
    assert wire.count("DELETE") == 2


async def test_never_taken_is_not_unclear(wire: Wire) -> None:
    await wire.client.token()
    wire.platform.fault("429", "POST|DELETE", times=99, Retry_After="1")
    for method, path in (("POST", DOMAINS), ("DELETE", f"{DOMAINS}/a.x.com")):
        with pytest.raises(PlatformDown) as down:
            await wire.client.call(method, path, body=A if method == "POST" else None)
        assert not isinstance(down.value, PlatformUnclear)


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


@pytest.mark.parametrize("page", [1, 2])
@pytest.mark.parametrize("lie", ["bare", "null", "cut"])
async def test_half_a_listing_is_none(wire: Wire, lie: str, page: int) -> None:
    for n in range(130):
        wire.platform.add(f"n{n:03}.x.com")
    wire.platform.lenient = True
    wire.platform.fault("none", DOMAINS, times=page - 1)
    wire.platform.fault(lie, DOMAINS)
    with pytest.raises(PlatformDown, match="half a listing"):
        await wire.client.pages(DOMAINS)
    assert len(await wire.client.pages(DOMAINS)) == 130


async def test_pages_of_two_tokens_are_no_listing(wire: Wire) -> None:
    """The second token could be another org's."""
    for n in range(130):
        wire.platform.add(f"n{n:03}.x.com")
    wire.platform.fault("none", DOMAINS)
    wire.platform.fault("401", DOMAINS)
    with pytest.raises(PlatformDown, match="renewed"):
        await wire.client.pages(DOMAINS)
    assert len(await wire.client.pages(DOMAINS)) == 130


# ---- which org


async def test_the_org_is_read_once_for_each_token(wire: Wire) -> None:
    wire.platform.token_life = 3600
    names = [(await wire.client.organisation()).name for _ in range(3)]
    wire.platform.org = "XYZ Holdings"
    await asyncio.gather(*(wire.client.organisation() for _ in range(3)))
    assert wire.count(ME) == 1
    wire.clock.forward(3_400_000)
    orgs = await asyncio.gather(*(wire.client.organisation() for _ in range(3)))
    assert wire.count(ME) == 2, "a new token may be another org's"
    assert {org.name for org in orgs} == {"XYZ Holdings"} != set(names)
    assert {org.id for org in orgs} == {ORG_ID}


async def test_a_token_that_is_refused_when_the_org_is_read_is_renewed(wire: Wire) -> None:
    await wire.client.token()
    wire.platform.expire_tokens()
    assert (await wire.client.organisation()).id == ORG_ID
    wire.platform.fault("401", ME, times=9)
    wire.platform.expire_tokens()
    await wire.client.call("GET", DOMAINS)
    with pytest.raises(PlatformRefused) as refused:
        await wire.client.organisation()
    assert refused.value.reason == "credentials"


@pytest.mark.parametrize("kind", ["503", "403", "404", "before", "page", "anonymous"])
async def test_where_the_org_is_not_told_nothing_is_written_and_reading_goes_on(wire: Wire, kind: str) -> None:
    if kind == "anonymous":
        wire.platform.org_id = ""
    else:
        wire.platform.fault(kind, ME, times=10**6)
    with pytest.raises((PlatformDown, PlatformRefused)):
        await wire.client.organisation()
    for method, path in (("POST", DOMAINS), ("PUT", f"{DOMAINS}/a.x.com/activation"), ("DELETE", f"{DOMAINS}/a.x.com")):
        with pytest.raises(PlatformDown) as down:
            await wire.client.call(method, path, body=A if method == "POST" else None, org=OURS)
        assert not isinstance(down.value, PlatformUnclear)
    assert wire.count("^(POST /api|PUT|DELETE)") == 0
    answer = await wire.client.call("GET", DOMAINS)
    assert answer.ok
    assert await wire.client.whose(answer) is None
    wire.platform.faults.clear()
    wire.platform.org_id = ORG_ID
    assert await wire.client.whose(answer) == OURS, "it is tried again at the next need"
    assert (await wire.client.call("POST", DOMAINS, body=A, org=OURS)).status == 202


async def test_reading_does_not_insist_on_the_org(wire: Wire) -> None:
    """Whoever only reads asks once, and of many at the same time only the first does."""
    wire.platform.fault("slow", ME, times=10**6)
    answer = await wire.client.call("GET", DOMAINS)
    assert await asyncio.gather(*(wire.client.whose(answer) for _ in range(20))) == [None] * 20
    assert wire.count(ME) == 1


async def test_a_token_of_another_org_writes_nothing(wire: Wire) -> None:
    other = wire.platform.move()
    with pytest.raises(PlatformRefused) as refused:
        await wire.client.call("POST", DOMAINS, body=A, org=OURS)
    assert (refused.value.reason, refused.value.said) == ("another_org", other.org)
    assert wire.count("POST /api") == 0


@pytest.mark.parametrize(("method", "path"), [("POST", DOMAINS), ("DELETE", f"{DOMAINS}/a.x.com")])
async def test_a_token_renewed_into_another_org_writes_nothing(wire: Wire, method: str, path: str) -> None:
    """The org was checked, then the token is refused: the new one is checked as well."""
    assert await wire.client.organisation() == OURS
    other = wire.platform.move()
    other.add("a.x.com")
    wire.platform.expire_tokens()
    with pytest.raises(PlatformRefused) as refused:
        await wire.client.call(method, path, body=A if method == "POST" else None, org=OURS)
    assert refused.value.reason == "another_org"
    assert wire.count(f"{method} /api") == 1, "with the old token, which was not let in"
    assert (wire.platform.created, other.created) == ([], [])
    assert other.domains["a.x.com"].deleted_at is None
    assert (await wire.client.organisation()).id == OTHER_ORG_ID


async def test_an_answer_is_of_the_org_of_its_own_token(wire: Wire) -> None:
    first = await wire.client.call("GET", DOMAINS)
    await wire.client.organisation()
    wire.platform.move()
    wire.platform.expire_tokens()
    second = await wire.client.call("GET", DOMAINS)
    assert await wire.client.whose(first) == OURS
    assert await wire.client.whose(second) == Org(PLATFORM, OTHER_ORG_ID, "ABC Corp")


async def test_nobody_listens() -> None:
    client = Client("http://127.0.0.1:9", "http://127.0.0.1:9", "id", lambda: SECRET, clock=HandClock())
    for method in ("POST", "DELETE"):
        with pytest.raises(PlatformDown) as down:
            await client.call(method, DOMAINS)
        assert not isinstance(down.value, PlatformUnclear), "it surely never left"
    await client.close()


def _settings(**given: str) -> Any:
    base = {
        "SLACK_BOT_TOKEN": "xoxb-x", "SLACK_APP_TOKEN": "xapp-x", "EMAILDOMAIN_PLATFORM": "genesys",
        "EMAILDOMAIN_APPROVERS": "channel",
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
