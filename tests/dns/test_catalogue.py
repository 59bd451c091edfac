"""Every mistake of the catalogue is named by a look at a zone that has it, and only notes may lead to *ready*."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.dns.look import Dns
from bot.model.diagnosis import TABLE
from bot.model.look import Look
from bot.tryout.dns import DnsLab
from tests.dns.catalogue import CNAME, MISTAKES, NAME, NOT_ALONE, TXT, Desk
from tests.dns.conftest import Clock, look_at

KINDS = {row.code: row.kind for row in TABLE}
RECORDS = (TXT, CNAME)


@pytest.fixture
async def dns(lab: DnsLab, clock: Clock) -> AsyncIterator[Dns]:
    dns = look_at(lab, clock)
    yield dns
    await dns.close()


@pytest.fixture
def right(lab: DnsLab, clock: Clock) -> Desk:
    """A zone where everything is right."""
    zone = lab.zone("xyzcorp.com")
    for record in RECORDS:
        zone.publish(record)
    return Desk(lab, zone, clock.forward)


def codes(look: Look) -> list[str]:
    return [finding.code for finding in look.findings]


@pytest.mark.parametrize("code", MISTAKES)
async def test_a_mistake_is_named_and_never_leads_to_ready(right: Desk, dns: Dns, clock: Clock, code: str) -> None:
    MISTAKES[code](right)
    for _ in range(2):
        look = await dns.look(NAME, RECORDS, confirm=True)
        assert code in codes(look)
        if KINDS[code] in ("note", "right") and code not in NOT_ALONE:
            assert look.good
            assert look.verdict == "visible"
            assert {KINDS[found] for found in codes(look)} <= {"note", "right"}
        else:
            assert not look.good
            assert look.verdict in ("wrong", "missing", "unknown")
        if KINDS[code] in ("wrong", "missing", "unknown"):
            assert codes(look)[0] == code
        clock.forward(5)


async def test_what_is_right_has_no_finding(right: Desk, dns: Dns) -> None:
    look = await dns.look(NAME, RECORDS, confirm=True)
    assert look.good
    assert codes(look) == []


def test_every_mistake_has_a_zone() -> None:
    assert list(MISTAKES) == list(dict.fromkeys(row.code for row in TABLE))
