"""Too much of anything is refused or cut, quickly, and the next one is served."""

from __future__ import annotations

import io
import time
from urllib.parse import urlencode

import aiohttp
import pytest

from bot.tryout.slack.simulated import words
from tests.scenarios.reading import expect, kept
from tests.scenarios.world import ALEX, NAME, SAM, World

MB = 1_000_000


async def test_a_body_larger_than_slacks_largest_is_refused_unread(world: World) -> None:
    assert world.slack.request_url is not None
    before = kept(world)
    for body in (b"x" * 20 * MB, urlencode({"text": "a" * 5 * MB}).encode()):
        async with aiohttp.request("POST", world.slack.request_url, data=io.BytesIO(body)) as answer:
            assert answer.status in (400, 401, 413)
    assert kept(world) == before
    await world.command(ALEX, "help")
    expect(world.last(ALEX), "/emaildomain")


PIECES = ["a", "a.", "a ", "ａ．", "xn--", "<", "<a|", "<mailto:", "日本語", "\u0301", "\U0001f4e7"]


@pytest.mark.parametrize("command", ["add", "check", "list", "remove", "help", ""])
async def test_a_command_as_long_as_a_book_is_answered_soon(world: World, command: str) -> None:
    """Seconds, not minutes: what grows with the square of its length would hold the loop."""
    before = kept(world)
    for piece in PIECES:
        began = time.perf_counter()
        await world.command(ALEX, f"{command} {piece * (60_000 // len(piece.encode()))}")
        assert time.perf_counter() - began < 8, piece
        answer = world.slack.private(ALEX)[-1]
        assert "reference" not in words(answer), words(answer)[:300]
        assert len(answer.text) < 4_000
    assert kept(world) == before


async def test_a_reason_as_long_as_the_form_allows_is_kept_and_cut_where_it_is_shown(world: World) -> None:
    await world.asked()
    await world.click(SAM, world.said("approval")[0], "reject")
    await world.submit(SAM, {"reason": "no " * 160})
    assert world.kinds()[-1] == "decided"
    assert all(len(block.get("text", {}).get("text", "")) <= 3000 for block in world.said("decided")[0].blocks)
    await world.command(ALEX, f"activate {NAME}")
    assert world.kinds()[-1] == "approval", "and the team can ask again"
