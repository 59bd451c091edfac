"""Answers, records and zones spoilt at random: no look crashes, hangs, holds the loop, or calls good what is not.

A few looks in every run, and with ``make torture LOOKS=10000 SEED=1`` more; a failure names its seed.
"""

from __future__ import annotations

import asyncio
import random
import time

import pytest

from bot.dns.look import Dns
from bot.model.diagnosis.case import Context
from bot.model.diagnosis.table import diagnose
from bot.model.look import Answer, Look, RecordLook, Status
from bot.tryout.dns import DnsLab
from bot.tryout.dns.catalogue import MISTAKES
from bot.tryout.dns.endpoint import Rewire
from bot.tryout.dns.mistakes import Place
from tests.dns import odd_servers as odd
from tests.dns.conftest import CNAME, NAME, RECORDS, TXT, Clock, look_at

#: Seeds of every run.
FEW = range(1, 25)

#: In so many parts the many looks are split, so that they can go side by side.
_PARTS = 8

#: Seconds: the deadline of a look, and what a busy machine adds.
IN_TIME = 2.4 + 2.0

#: Seconds of work for one diagnosis, whatever stands in DNS.
HELD = 0.05


def spoiling(dice: random.Random) -> Rewire:
    """One way in which bytes get spoilt on their way. The id stays, so that it is not mere noise."""

    def flipped(_query: bytes, answer: bytes) -> bytes:
        data = bytearray(answer)
        for _ in range(dice.randint(1, 4)):
            data[dice.randrange(2, len(data))] ^= 1 << dice.randrange(8)
        return bytes(data)

    def cut(_: bytes, answer: bytes) -> bytes:
        return answer[: dice.randrange(2, len(answer))]

    def longer(_: bytes, answer: bytes) -> bytes:
        return answer + dice.randbytes(dice.randint(1, 600))

    def recounted(_: bytes, answer: bytes) -> bytes:
        at = dice.choice((4, 6, 8, 10))
        return answer[:at] + bytes((0, dice.randint(0, 9))) + answer[at + 2 :]

    def coded(_: bytes, answer: bytes) -> bytes:
        return answer[:3] + bytes((answer[3] & 0xF0 | dice.randrange(16),)) + answer[4:]

    def flagged(_: bytes, answer: bytes) -> bytes:
        return answer[:2] + bytes((0x80 | dice.randrange(128), dice.randrange(256))) + answer[4:]

    way: Rewire = dice.choice((flipped, cut, longer, recounted, coded, flagged))
    return way


def value(dice: random.Random) -> str:
    """Something that somebody may have put where our key belongs, and that is not our key."""
    other = TXT.value.replace("Zx9", "Yw8")
    length = dice.choice((0, 9, 90, 900, 9000))
    return dice.choice((
        other, other[:200], "".join(chr(dice.randint(1, 0x2FF)) for _ in range(length)), ";" * length, "=" * length,
        " " * length, "&#" * length, "%2" * length, '"' * length, "v=DKIM1; p=", "\\" * length, "p=" * length,
    ))  # fmt: skip


@pytest.mark.parametrize("seed", FEW)
async def test_whatever_comes_back_a_look_ends_and_nothing_wrong_is_good(at: Place, dns: Dns, seed: int) -> None:
    await spoilt_look(at, dns, seed)


@pytest.mark.torture
@pytest.mark.parametrize("part", range(_PARTS))
async def test_ten_thousand_spoilt_looks(pytestconfig: pytest.Config, clock: Clock, part: int) -> None:
    looks, first = pytestconfig.getoption("looks"), pytestconfig.getoption("seed")
    for seed in range(first + part, first + looks, _PARTS):
        lab = DnsLab(now=clock.now)
        await lab.start()
        zone, dns = lab.zone("xyzcorp.com"), look_at(lab, clock)
        for record in RECORDS:
            zone.publish(record)
        try:
            await spoilt_look(Place(lab, zone, TXT, CNAME), dns, seed)
        except AssertionError as why:
            raise AssertionError(f"seed {seed}") from why
        finally:
            await dns.close()
            await lab.stop()


async def spoilt_look(at: Place, dns: Dns, seed: int) -> None:
    dice = random.Random(seed)
    wrong = dice.random() < 0.5
    if wrong:
        at.zone.replace(TXT, value(dice))
        at.zone.replace(CNAME, f"{dice.choice(('eu.', 'x', 'a.b.'))}{CNAME.value}.net.")
    elif dice.random() < 0.5:
        MISTAKES[dice.choice(sorted(MISTAKES))](at)
    for server in at.zone.servers:
        if dice.random() < 0.7:
            server.rewire(spoiling(dice))
    odd.all_of(at.zone, lambda server: server.slow(dice.choice((0, 0, 0.01))))
    began = asyncio.get_running_loop().time()
    look = await dns.look(NAME, RECORDS, confirm=True, fresh=True)
    assert asyncio.get_running_loop().time() - began < IN_TIME
    assert not (wrong and look.good)
    assert Look.from_json(look.as_json()) == look


@pytest.mark.parametrize("seed", FEW)
def test_no_value_holds_the_loop(seed: int) -> None:
    dice = random.Random(seed)
    values = tuple(value(dice) * dice.choice((1, 1, 7)) for _ in range(dice.randint(1, 4)))
    looks = tuple(RecordLook(r, (Answer("ns1", "192.0.2.1", Status.WRONG, values),)) for r in (TXT, CNAME))
    began = time.thread_time()
    found = diagnose(NAME, looks, Context())
    assert time.thread_time() - began < HELD * 2  # the work of a loaded machine counts double
    assert found
