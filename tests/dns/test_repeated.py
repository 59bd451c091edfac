"""A look at a domain of which nothing changed: the last one once more, for few questions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.model.look import Look
from tests.dns.conftest import NAME, RECORDS, Desk


def wrong_target(desk: Desk) -> None:
    desk.publish()
    desk.zone.remove(NAME, "CNAME")
    desk.zone.add(NAME, "CNAME", "elsewhere.example.")


async def again(desk: Desk, last: Look) -> tuple[Look, int]:
    """The next look, a minute later, and how many questions it took."""
    desk.clock.forward(60)
    before = len(desk.lab.questions)
    look = await desk.dns.look(NAME, RECORDS, last=last)
    return look, len(desk.lab.questions) - before


@pytest.mark.parametrize(
    "was",
    [
        pytest.param(Desk.publish, id="right"),
        pytest.param(lambda desk: None, id="missing"),
        pytest.param(wrong_target, id="wrong"),
        pytest.param(lambda desk: desk.zone.servers[0].fail("TXT"), id="half unknown"),
    ],
)
async def test_nothing_changed(desk: Desk, was: Callable[[Desk], None]) -> None:
    was(desk)
    last = await desk.look()
    look, questions = await again(desk, last)
    aliases = sum(len(one.aliases) for one in last.records)
    assert questions == len(RECORDS) * len(desk.zone.servers) + aliases
    assert look.repeats(last)
    assert look.at == desk.clock.now()
    assert (look.findings, look.records, look.verdict) == (last.findings, last.records, last.verdict)


@pytest.mark.parametrize(
    ("was", "happens", "verdict"),
    [
        pytest.param(lambda desk: None, Desk.publish, "visible", id="published"),
        pytest.param(Desk.publish, wrong_target, "wrong", id="changed"),
        pytest.param(Desk.publish, lambda desk: desk.zone.remove(NAME, "CNAME"), "missing", id="taken away"),
        pytest.param(Desk.publish, lambda desk: desk.zone.servers[1].fail("TXT"), "visible", id="one server fails"),
        pytest.param(
            Desk.publish,
            lambda desk: desk.lab.locate("ns2.xyzcorp.com", "A", desk.zone.servers[0].address, desk.zone),
            "visible",
            id="another address serves it",
        ),
    ],
)
async def test_what_changed_is_looked_at_thoroughly(
    desk: Desk, was: Callable[[Desk], None], happens: Callable[[Desk], None], verdict: str
) -> None:
    was(desk)
    last = await desk.look()
    happens(desk)
    desk.clock.forward(3600)  # whatever is known of the zone has ended
    look, _ = await again(desk, last)
    assert not look.repeats(last)
    assert look.thorough_at == desk.clock.now()
    assert look.verdict == verdict
    assert look == await desk.look()


async def test_an_address_that_is_out_of_reach_changes_nothing(desk: Desk) -> None:
    """Most servers have IPv6, and many a host has not."""
    desk.publish()
    desk.zone.nameserver("ns6.xyzcorp.com", "fe80::53")
    last = await desk.look()
    look, _ = await again(desk, last)
    assert look.repeats(last)


async def test_other_records_are_not_compared_with_the_old(desk: Desk) -> None:
    desk.publish()
    last = await desk.look()
    look = await desk.dns.look(NAME, RECORDS[:1], last=last)
    assert [one.record for one in look.records] == [RECORDS[0]]


async def test_where_nobody_says_who_serves_the_zone_nothing_is_repeated(desk: Desk) -> None:
    desk.publish()
    last = await desk.look()
    desk.clock.forward(3600)
    desk.lab.recursor_server.silence()
    look, _ = await again(desk, last)
    assert look == await desk.look()
