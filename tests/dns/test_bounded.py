"""One zone cannot make us send more than 150 packets a look, whoever wrote it."""

from __future__ import annotations

import asyncio

import pytest

from bot.dns.client import DnsClient, Outcome, purse
from bot.dns.client.spending import current
from bot.dns.look import FOR_RESOLVERS, MAX_PACKETS
from bot.model.look import Answer, Status, visible
from bot.model.records import DnsRecord
from tests.dns.conftest import CNAME, NAME, RECORDS, TIMEOUT, TXT, Desk

#: Many addresses for each of many name servers.
SERVERS, ADDRESSES = 20, 4


class Counted:
    """Counts what goes out of a client: datagrams and connections."""

    def __init__(self, client: DnsClient, monkeypatch: pytest.MonkeyPatch) -> None:
        self.packets = 0
        send, connect = client._send, client._connect

        def sending(*values: object) -> None:
            self.packets += 1
            send(*values)  # type: ignore[arg-type]

        def connecting(*values: object) -> None:
            self.packets += 1
            connect(*values)  # type: ignore[arg-type]

        monkeypatch.setattr(client, "_send", sending)
        monkeypatch.setattr(client, "_connect", connecting)


@pytest.fixture
def counted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Counted:
    return Counted(desk.dns._client, monkeypatch)


def crowded(desk: Desk, zone: str = "crowd.com") -> str:
    """A zone with as many servers and addresses as anybody could write down; the sending name in it."""
    made = desk.lab.zone(zone, nameservers=SERVERS)
    for server in made.servers:
        for n in range(ADDRESSES - 1):
            made.nameserver(server.name, f"127.9.{n}.1")
    return f"sales.{zone}"


def of(name: str) -> tuple[DnsRecord, ...]:
    return tuple(DnsRecord(r.type, r.host.replace(NAME, name), r.value) for r in RECORDS)


@pytest.mark.parametrize("work", ["look", "thorough", "survey", "poll"])
async def test_a_crowded_zone(desk: Desk, counted: Counted, work: str) -> None:
    name = crowded(desk)
    match work:
        case "look":
            await desk.dns.look(name, of(name))
        case "thorough":
            await desk.dns.look(name, of(name), confirm=True, fresh=True)
        case "survey":
            await desk.dns.survey(name)
        case "poll":
            await desk.dns.poll(name, target=CNAME.value)
    assert 0 < counted.packets <= MAX_PACKETS


async def test_zones_in_zones_without_end(desk: Desk, counted: Counted) -> None:
    names = ["deep.com"]
    for label in ("a", "b", "c", "d", "e", "f"):
        names.append(f"{label}.{names[-1]}")
    for zone in names:
        made = desk.lab.zone(zone, nameservers=SERVERS)
        for server in made.servers:
            made.nameserver(server.name, "127.9.9.9")
    name = f"sales.{names[-1]}"
    look = await desk.dns.look(name, of(name), confirm=True, fresh=True)
    assert counted.packets <= MAX_PACKETS
    assert not look.good
    assert not look.bad, "what was not asked is not known"


async def test_a_usual_zone_is_far_from_it(desk: Desk, counted: Counted) -> None:
    desk.publish()
    assert (await desk.dns.look(NAME, RECORDS, confirm=True, fresh=True)).good
    right = counted.packets
    counted.packets = 0
    desk.zone.remove(TXT.host, TXT.type.value)
    await desk.dns.look(NAME, RECORDS, confirm=True, fresh=True)
    assert max(right, counted.packets) < MAX_PACKETS * 2 / 3


async def test_silent_servers_are_repeated_within_the_bound(desk: Desk, counted: Counted) -> None:
    name = crowded(desk)
    for server in desk.lab.zones["crowd.com"].servers:
        server.silence()
    look = await desk.dns.look(name, of(name), confirm=True)
    assert counted.packets <= MAX_PACKETS
    assert {a.status for r in look.records for a in r.servers} <= {Status.UNKNOWN}


async def test_one_look_does_not_spend_what_is_another_ones(desk: Desk) -> None:
    name = crowded(desk)
    desk.publish()
    crowd, own = await asyncio.gather(
        desk.dns.look(name, of(name)),
        desk.dns.look(NAME, RECORDS, confirm=True),
    )
    assert own.good
    assert not crowd.good
    assert current() is None


async def test_what_is_not_paid_is_not_sent(desk: Desk, counted: Counted) -> None:
    client, (address, port) = desk.dns._client, desk.lab.recursor
    with purse(2):
        replies = [
            await client.query(f"n{n}.com", "NS", address, port, recursive=True, timeout=TIMEOUT) for n in range(4)
        ]
    assert [r.outcome for r in replies] == [Outcome.ANSWER, Outcome.ANSWER, Outcome.UNSENT, Outcome.UNSENT]
    assert counted.packets == 2


def test_a_resolver_that_was_not_asked_is_no_silent_one() -> None:
    """Where all are silent *published* counts alone; where we did not ask, nothing is known."""
    silent = Answer("google", "8.8.8.8", Status.UNKNOWN, why="timeout")
    unsent = silent._replace(why="unsent")
    assert visible([silent, silent]) is None
    assert visible([silent, unsent]) is False
    assert FOR_RESOLVERS >= 3 * 2 * 3, "three resolvers, two records, three tries"
