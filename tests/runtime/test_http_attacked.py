"""The HTTP port attacked: what is no HTTP, what is two things at once, and what is not Slack's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from bot.tryout.slack.transport import Forgery
from tests.runtime.port import FORGED, port, refused, signed, slack_is_served
from tests.runtime.stranger import Stranger, get, post
from tests.safety.clocks import ClockWorld
from tests.scenarios.reading import kept
from tests.scenarios.world import ALEX, TEAM, World


@pytest.fixture
async def clock_world(tmp_path: Path) -> AsyncIterator[ClockWorld]:
    made = ClockWorld(tmp_path)
    async with made:
        yield made


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"GET /healthz HTTP/1.1\r\n" + b"".join(b"X-%d: a\r\n" % n for n in range(500)), id="500 lines"),
        pytest.param(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 100_000 + b"\r\n", id="a long one"),
        pytest.param(b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n", id="a long path"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64 + b"\r\n", id="TLS"),
        pytest.param(b"hello\r\n", id="no HTTP"),
        pytest.param(
            b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n", id="two lengths"
        ),
        pytest.param(
            b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n", id="both"
        ),
        pytest.param(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n", id="less than nothing"),
        pytest.param(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length : 5\r\n", id="a space"),
        pytest.param(b"POST /slack/events HTTP/1.1\r\nHost: x\r\n folded: 1\r\n", id="folded"),
        pytest.param(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nX\x00: 1\r\n", id="NUL"),
    ],
)  # fmt: skip
async def test_what_is_no_http_is_refused_without_a_trace(
    world: World, head: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    before = kept(world)
    caplog.clear()
    async with Stranger(port(world)) as stranger:
        await stranger.send(head + b"\r\n12345")
        assert await stranger.status() in (400, 0)
        assert await stranger.closed(within=2)
    assert [record for record in caplog.records if record.exc_info or "Traceback" in record.getMessage()] == []
    assert kept(world) == before
    await slack_is_served(world)


async def test_who_leaves_in_the_middle_leaves_no_trace(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.clear()
    for part in (post(b"half", FORGED, length=1000), get("/metrics") * 50, b"POST /slack/ev"):
        for _ in range(5):
            async with Stranger(port(world)) as stranger:
                await stranger.send(part)
                await asyncio.sleep(0.02)
    await asyncio.sleep(0.1)
    assert [r for r in caplog.records if r.exc_info or "Traceback" in r.getMessage()] == []
    assert refused(world, "gone") >= 5
    await slack_is_served(world)


async def test_other_paths_and_methods_are_no_way_in(world: World) -> None:
    async with Stranger(port(world)) as stranger:
        for line, status in (
            ("GET / HTTP/1.1", 404), ("GET /slack/events HTTP/1.1", 405), ("POST /metrics HTTP/1.1", 405),
            ("HEAD /healthz HTTP/1.1", 200), ("GET /../etc/passwd HTTP/1.1", 404), ("OPTIONS * HTTP/1.1", 404),
            ("GET //healthz HTTP/1.1", 404), ("GET /healthz?x=1 HTTP/1.1", 200),
        ):  # fmt: skip
            await stranger.send(f"{line}\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())
            if line.startswith("HEAD"):
                head = await stranger.reader.readuntil(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 200")
            else:
                assert await stranger.status() == status, line


async def test_requests_behind_one_another_are_each_looked_at(world: World) -> None:
    """A rightly signed one lends nothing to what follows it on the same connection."""
    body = b"command=%2Femaildomain&text=help&user_id=U0ALEX&team_id=T0XYZCORP&channel_id=C0MAIL"
    form = "application/x-www-form-urlencoded"
    good = post(body, {"Content_Type": form} | signed(world, body))
    async with Stranger(port(world)) as stranger:
        await stranger.send(
            good + post(body, {"Content_Type": form}) + post(body, {"Content_Type": form} | FORGED) + good
        )
        assert [await stranger.status() for _ in range(2)] == [200, 401]
    await world.settle()


async def test_the_same_header_twice_is_no_signature(world: World) -> None:
    body = b"command=%2Femaildomain&text=help&user_id=U0ALEX&team_id=T0XYZCORP&channel_id=C0MAIL"
    right = world.slack._http.signed(body.decode(), Forgery())
    lines = [
        ("Host", "x"),
        ("Content-Length", str(len(body))),
        *right.items(),
        *((name.replace("_", "-"), value) for name, value in FORGED.items()),
    ]
    head = "".join(f"{name}: {value}\r\n" for name, value in lines)
    async with Stranger(port(world)) as stranger:
        await stranger.send(f"POST /slack/events HTTP/1.1\r\n{head}\r\n".encode() + body)
        assert await stranger.status() == 401


async def test_a_copy_of_a_request_is_carried_out_once(world: World) -> None:
    """Also of one that is not stored; the person's own next command is not in its way."""
    await world.added()
    delivery = await world.command(ALEX, "list")
    told = len(world.slack.private(ALEX))
    body = urlencode(delivery.payload).encode()
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    for _ in range(30):
        async with Stranger(port(world)) as stranger:
            await stranger.send(post(body, form | signed(world, body)))
            assert await stranger.answer() == (200, b"")
    await world.settle()
    assert len(world.slack.private(ALEX)) == told
    assert refused(world, "replayed") == 30
    await world.command(ALEX, "list")
    assert len(world.slack.private(ALEX)) == told + 1


async def test_what_failed_may_come_again(world: World) -> None:
    """Slack sends an event again, perhaps within the same second: it was not answered, so it is no copy."""
    event = {"type": "app_home_opened", "tab": "home"}  # of nobody: a bug on the way
    body = json.dumps({"type": "event_callback", "event": event, "team_id": TEAM}).encode()
    signature = signed(world, body)
    for _ in range(2):
        async with Stranger(port(world)) as stranger:
            await stranger.send(post(body, {"Content_Type": "application/json"} | signature))
            assert await stranger.status() == 500
    assert refused(world, "replayed") == 0


async def test_only_what_is_rightly_signed_and_old_makes_the_bot_ask_the_time(clock_world: ClockWorld) -> None:
    world = clock_world

    def asked() -> int:
        return sum(call.method == "auth.test" for call in world.slack.calls)

    async def refuses(forgery: Forgery) -> None:
        body = b"a=b"
        async with Stranger(port(world)) as stranger:
            await stranger.send(post(body, signed(world, body, forgery)))
            assert await stranger.status() == 401
        await world.settle()

    await world.heard(2)  # sure of the time, and a minute after it was last asked
    before = asked()
    for forgery in (Forgery(secret="not ours", timestamp="1"), Forgery(secret="not ours"), Forgery(signature="v0=0")):
        await refuses(forgery)
    assert asked() == before
    await refuses(Forgery(timestamp="1"))
    assert asked() == before + 1


async def test_a_bug_is_answered_with_a_number_that_the_log_has_too(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken() -> object:
        raise LookupError("nobody thought of this")

    monkeypatch.setattr(world.bot.front, "_ready", broken)
    async with Stranger(port(world)) as stranger:
        await stranger.send(get("/readyz"))
        status, body = await stranger.answer()
    assert status == 500
    reference = body.decode().split('"reference": "')[1][:8]
    assert any(reference in record.getMessage() for record in caplog.records)
