"""The HTTP port as a stranger meets it: what they cannot do there, and that Slack is served meanwhile."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.runtime import connections, request_body
from bot.slack import http_door
from tests.runtime.port import FORGED, door, port, refused, signed, slack_is_served
from tests.runtime.stranger import Stranger, get, post
from tests.scenarios.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(tmp_path) as made:
        yield made


# ---- before anything is read


@pytest.mark.parametrize(
    ("headers", "status", "why"),
    [
        pytest.param({}, 401, "no_signature", id="no signature"),
        pytest.param({"X_Slack_Request_Timestamp": "1700000000"}, 401, "no_signature", id="half of it"),
        pytest.param({**FORGED, "X_Slack_Signature": "v0=00"}, 401, "no_signature", id="not Slack's form"),
        pytest.param({**FORGED, "Content_Encoding": "gzip"}, 415, "encoded", id="gzip"),
        pytest.param({"Content_Encoding": "deflate"}, 415, "encoded", id="deflate, and not signed"),
        pytest.param({**FORGED, "Content_Encoding": "br, gzip"}, 415, "encoded", id="packed twice"),
        pytest.param({**FORGED, "Content_Length": "1000001"}, 413, "too_large", id="too large"),
        pytest.param({**FORGED, "Content_Length": "9" * 18}, 413, "too_large", id="far too large"),
    ],
)
async def test_what_cannot_be_slacks_is_refused_before_a_byte_of_its_body(
    world: World, headers: dict[str, str], status: int, why: str
) -> None:
    async with Stranger(port(world)) as stranger:
        await stranger.send(post(b"", headers, length=100))  # and not one of the hundred
        assert await stranger.status(within=2) == status
        assert await stranger.closed(within=2), "what is not read is not waited for"
    assert refused(world, why) == 1


async def test_a_packed_body_is_not_unpacked_even_if_it_is_rightly_signed(world: World) -> None:
    body = gzip.compress(b"command=%2Femaildomain" + b"a" * 50_000_000)
    async with Stranger(port(world)) as stranger:
        began = time.perf_counter()
        await stranger.send(post(body, {**FORGED, "Content_Encoding": "gzip"}))
        assert await stranger.status() == 415
        assert time.perf_counter() - began < 1.0


@pytest.mark.parametrize("charset", ["idna", "punycode", "utf-7", "utf-16", "unicode_escape", "klingon"])
async def test_a_charset_of_their_choice_is_not_used(world: World, charset: str) -> None:
    """What is signed are bytes, and Slack's are UTF-8. Some of Python's decoders take hours for a megabyte."""
    body = b"xn--" + b"a" * 600_000
    async with Stranger(port(world)) as stranger:
        began = time.perf_counter()
        await stranger.send(post(body, {**FORGED, "Content_Type": f"text/plain; charset={charset}"}))
        assert await stranger.status() == 401
        assert time.perf_counter() - began < 1.0
    await slack_is_served(world)


async def test_bytes_that_are_no_text_are_nobodys(world: World) -> None:
    async with Stranger(port(world)) as stranger:
        await stranger.send(post(b"\xff\xfe\x00", FORGED))
        assert await stranger.status() == 401
        await stranger.send(get())
        assert await stranger.status() == 200, "it was read, so the connection is as good as before"


# ---- slowly


async def test_a_body_that_does_not_come_is_not_waited_for(world: World) -> None:
    assert http_door.BODY_WITHIN == 5
    world.bot.slack.http._bodies._within = 0.3  # type: ignore[union-attr]
    async with Stranger(port(world)) as stranger:
        await stranger.send(post(b"a" * 10, FORGED, length=1000))
        assert await stranger.status(within=2) == 408
        assert await stranger.closed(within=2)


async def test_a_body_that_trickles_is_not_waited_for(world: World) -> None:
    world.bot.slack.http._bodies._within = 0.5  # type: ignore[union-attr]
    async with Stranger(port(world)) as stranger:
        await stranger.send(post(b"", FORGED, length=1000))
        answer = asyncio.create_task(stranger.status(within=3))
        while not answer.done():
            stranger.writer.write(b"a")
            await asyncio.sleep(0.05)
        assert await answer in (408, 0)


@pytest.mark.parametrize("head", [b"", b"POST /slack/events HTTP/1.1\r\nHost: x\r\nX-Slow: "])
async def test_a_head_that_does_not_come_is_not_waited_for(
    world: World, head: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_WITHIN", 0.3)
    async with Stranger(port(world)) as stranger:
        await stranger.send(head)
        assert await stranger.closed(within=2)
    assert refused(world, "too_slow") == 1
    await slack_is_served(world)


async def test_a_second_head_has_no_more_time_than_the_first(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Stranger(port(world)) as stranger:
        await stranger.send(get())
        assert await stranger.status() == 200
        monkeypatch.setattr(connections, "HEAD_WITHIN", 0.3)
        assert not await stranger.closed(within=0.5), "idle is no head"
        await stranger.send(b"GET /heal")
        for _ in range(20):
            await asyncio.sleep(0.05)
            stranger.writer.write(b"t")  # a byte now and then is no more time
        assert await stranger.closed(within=2)


async def test_who_does_not_read_is_cut_off(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of requests at once, and no answer taken: it holds neither memory nor a place for long."""
    monkeypatch.setattr(connections, "REQUEST_WITHIN", 0.5)
    monkeypatch.setattr(connections, "IDLE_FOR", 0.5)
    monkeypatch.setattr(connections, "_PATIENCE", 0.2)
    async with Stranger(port(world)) as stranger:
        stranger.writer.transport.pause_reading()  # type: ignore[attr-defined]
        stranger.writer.write(get("/metrics") * 3_000)
        await slack_is_served(world)
        for _ in range(100):
            await asyncio.sleep(0.1)
            if len(door(world)) <= 1:  # Slack's own, at most
                break
        else:
            pytest.fail("it still has its place")
    await slack_is_served(world)


async def test_idle_connections_live_as_long_as_proxies_expect(world: World) -> None:
    """75 s: longer than a load balancer keeps them, so that it never sends into one that is just closing."""
    assert connections.IDLE_FOR == 75
    async with Stranger(port(world)) as stranger:
        for _ in range(3):
            await stranger.send(get())
            assert await stranger.status() == 200
            assert not await stranger.closed(within=0.2)


async def test_strangers_hold_up_no_stop(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack, World(tmp_path) as world:
        for part in (b"", b"POST /sl", post(b"half", FORGED, length=1000), get()):
            for _ in range(10):
                await (await stack.enter_async_context(Stranger(port(world)))).send(part)
        await asyncio.sleep(0.1)
        began = time.perf_counter()
        await world.bot.stop()
        assert time.perf_counter() - began < 3


# ---- many


async def test_a_thousand_who_say_nothing_keep_nobody_out(world: World) -> None:
    door(world).limit = 32
    async with AsyncExitStack() as stack:
        silent = [await stack.enter_async_context(Stranger(port(world))) for _ in range(100)]
        await slack_is_served(world)
        assert len(door(world)) <= 33
        gone = [await one.closed(within=0.01) for one in silent]
        assert gone == sorted(gone, reverse=True), "who came first goes first"
    assert refused(world, "crowded") >= 68


async def test_who_has_proved_to_be_slack_stays_whoever_comes(world: World) -> None:
    """A proxy's connection, over which Slack's requests come, is kept among hundreds of strangers."""
    door(world).limit = 8
    body = b"command=%2Femaildomain&text=help&user_id=U0ALEX&team_id=T0XYZCORP&channel_id=C0MAIL"
    form = "application/x-www-form-urlencoded"
    async with Stranger(port(world)) as proxy, AsyncExitStack() as stack:
        for _ in range(5):
            await proxy.send(post(body, {"Content_Type": form} | signed(world, body)))
            assert await proxy.status() == 200
            for _ in range(20):
                await stack.enter_async_context(Stranger(port(world)))
    await world.settle()


async def test_who_connects_now_is_not_sent_away_for_who_has_been_here_long(world: World) -> None:
    """Slack connects, and sends its request a moment later: those who hold a place with half a body go before it."""
    door(world).limit = 16
    body = b"command=%2Femaildomain&text=help&user_id=U0ALEX&team_id=T0XYZCORP&channel_id=C0MAIL"
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    async with AsyncExitStack() as stack:

        async def come(n: int) -> None:
            for _ in range(n):
                one = await stack.enter_async_context(Stranger(port(world)))
                await one.send(post(b"half", FORGED, length=1000))

        await come(32)
        slack = await stack.enter_async_context(Stranger(port(world)))
        await asyncio.sleep(0.05)
        await come(12)
        await slack.send(post(body, form | signed(world, body)))
        assert await slack.status() == 200
    await world.settle()


async def test_half_sent_bodies_go_before_slack_does(world: World) -> None:
    door(world).limit = 16
    async with AsyncExitStack() as stack:
        for _ in range(64):
            one = await stack.enter_async_context(Stranger(port(world)))
            await one.send(post(b"", FORGED, length=1000))
        await slack_is_served(world)


async def test_bodies_together_have_a_bound_and_the_largest_goes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_body, "TOGETHER", 1_000_000)
    async with AsyncExitStack() as stack:
        large = [await stack.enter_async_context(Stranger(port(world))) for _ in range(5)]
        for one in large:
            await one.send(post(b"a" * 400_000, FORGED, length=900_000))
        await asyncio.sleep(0.2)
        bodies = world.bot.slack.http._bodies  # type: ignore[union-attr]
        assert sum(bodies._held.values()) <= 1_000_000
        await slack_is_served(world)


async def test_readiness_is_looked_up_once_for_all_who_ask_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0
    ready = world.bot.front._ready

    async def counted() -> object:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.3)
        return await ready()

    monkeypatch.setattr(world.bot.front, "_ready", counted)
    async with AsyncExitStack() as stack:
        many = [await stack.enter_async_context(Stranger(port(world))) for _ in range(40)]
        for one in many:
            await one.send(get("/readyz"))
        assert {await one.status() for one in many} == {200}
    assert asked == 1
