"""The wire, with real packets: what counts as an answer, and how the other outcomes are told apart."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable

import pytest

from bot.dns.client.client import DnsClient
from bot.dns.client.messages import Outcome, Reply
from bot.tryout.dns import DnsLab, Server, Zone
from tests.dns.conftest import NAME, TIMEOUT, TXT


@pytest.fixture
async def client() -> AsyncIterator[DnsClient]:
    client = DnsClient()
    yield client
    await client.close()


@pytest.fixture
async def zone(lab: DnsLab) -> Zone:
    zone = lab.zone("xyzcorp.com", nameservers=1)
    zone.publish(TXT)
    return zone


async def ask(client: DnsClient, lab: DnsLab, zone: Zone, *, tcp: bool = False, timeout: float = TIMEOUT) -> Reply:
    server = zone.servers[0].address
    return await client.query(TXT.host, "TXT", server, lab.port, recursive=False, tcp=tcp, timeout=timeout)


@pytest.mark.parametrize("tcp", [False, True], ids=["UDP", "TCP"])
async def test_an_answer_carries_what_the_server_said(client: DnsClient, lab: DnsLab, zone: Zone, tcp: bool) -> None:
    reply = await ask(client, lab, zone, tcp=tcp)
    assert (reply.outcome, reply.rcode, reply.authoritative, reply.tcp) == (Outcome.ANSWER, "NOERROR", True, tcp)
    found = reply.find(TXT.host, "TXT")
    assert found is not None
    assert found.values == (TXT.value,)


@pytest.mark.parametrize(
    ("break_it", "outcome"),
    [
        pytest.param(Server.silence, Outcome.TIMEOUT, id="silence is a timeout, never an answer"),
        pytest.param(Server.garble, Outcome.MALFORMED, id="rubbish after our question is told from silence"),
        pytest.param(Server.refuse, Outcome.ANSWER, id="REFUSED is an answer to be judged elsewhere"),
        pytest.param(Server.recase, Outcome.ANSWER, id="a server that changes letters is asked in plain ones"),
    ],
)
async def test_how_a_question_ends(
    client: DnsClient, lab: DnsLab, zone: Zone, break_it: Callable[[Server], None], outcome: Outcome
) -> None:
    break_it(zone.servers[0])
    assert (await ask(client, lab, zone)).outcome is outcome


async def test_three_tries_and_a_late_answer_to_the_first_still_counts(
    client: DnsClient, lab: DnsLab, zone: Zone
) -> None:
    zone.servers[0].slow(TIMEOUT * 2.5)
    assert (await ask(client, lab, zone)).outcome is Outcome.ANSWER
    assert len(lab.asked(zone.servers[0].name)) == 3


async def test_silence_ends_after_the_time_of_all_tries(client: DnsClient, lab: DnsLab, zone: Zone) -> None:
    zone.servers[0].silence()
    started = asyncio.get_running_loop().time()
    await ask(client, lab, zone)
    assert 3 * TIMEOUT <= asyncio.get_running_loop().time() - started < 6 * TIMEOUT
    assert len(lab.asked(zone.servers[0].name)) == 3


@pytest.mark.parametrize("tcp", [False, True], ids=["UDP", "TCP"])
async def test_a_closed_port_is_noticed_at_once(client: DnsClient, tcp: bool) -> None:
    with socket.socket(type=socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))  # reserved, and nobody listens once it is closed
        port = taken.getsockname()[1]
    started = asyncio.get_running_loop().time()
    reply = await client.query("a.test", "A", "127.0.0.1", port, recursive=False, tcp=tcp, timeout=5)
    assert reply.outcome is Outcome.CLOSED
    assert asyncio.get_running_loop().time() - started < 1


@pytest.mark.parametrize("tcp", [False, True], ids=["UDP", "TCP"])
async def test_an_address_without_any_route_is_not_asked(client: DnsClient, tcp: bool) -> None:
    reply = await client.query("a.test", "A", "fe80::53", 53, recursive=False, tcp=tcp)  # link-local: no host routes it
    assert reply.outcome is Outcome.NOT_ASKED
    assert not any(client._lines.values()), "it is over: nothing is sent once more when the time is up"


async def test_forged_answers_from_the_right_address_are_ignored(client: DnsClient, lab: DnsLab, zone: Zone) -> None:
    zone.servers[0].flood(120)
    reply = await ask(client, lab, zone, timeout=1)
    found = reply.find(TXT.host, "TXT")
    assert found is not None
    assert found.values == (TXT.value,)


async def test_a_flood_does_not_hold_the_loop(client: DnsClient, lab: DnsLab, zone: Zone) -> None:
    zone.servers[0].flood(120)
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    counter = asyncio.create_task(count())
    await ask(client, lab, zone, timeout=1)
    counter.cancel()
    assert turns >= 5


async def test_a_cut_answer_is_fetched_whole_over_tcp(client: DnsClient, lab: DnsLab, zone: Zone) -> None:
    zone.servers[0].truncate()
    reply = await ask(client, lab, zone)
    assert reply.tcp
    assert reply.find(TXT.host, "TXT") is not None
    assert [q.tcp for q in lab.asked(zone.servers[0].name)] == [False, True]


async def test_a_cut_answer_without_tcp_stays_cut(client: DnsClient, lab: DnsLab, zone: Zone) -> None:
    zone.servers[0].truncate(tcp=False)
    reply = await ask(client, lab, zone)
    assert reply.truncated
    assert not reply.usable


async def test_an_answer_longer_than_our_buffer_comes_over_tcp(client: DnsClient, lab: DnsLab, zone: Zone) -> None:
    zone.add(TXT.host, "TXT", *(f"token={n} {'x' * 200}" for n in range(10)))
    reply = await ask(client, lab, zone)
    found = reply.find(TXT.host, "TXT")
    assert found is not None
    assert len(found.values) == 11


async def test_equal_questions_share_one_packet(client: DnsClient, lab: DnsLab, zone: Zone) -> None:
    replies = await asyncio.gather(*(ask(client, lab, zone) for _ in range(20)))
    assert {reply.outcome for reply in replies} == {Outcome.ANSWER}
    assert len(lab.asked(zone.servers[0].name)) == 1


async def test_one_who_stops_waiting_does_not_take_the_answer_from_the_others(
    client: DnsClient, lab: DnsLab, zone: Zone
) -> None:
    zone.servers[0].slow(0.05)
    hasty = asyncio.create_task(ask(client, lab, zone))
    patient = asyncio.create_task(ask(client, lab, zone))
    await asyncio.sleep(0.01)
    hasty.cancel()
    assert (await patient).outcome is Outcome.ANSWER


async def test_no_more_questions_at_once_than_allowed(lab: DnsLab, zone: Zone) -> None:
    client = DnsClient(concurrency=3)
    zone.servers[0].slow(0.03)
    names = [f"n{i}.{NAME}" for i in range(9)]
    started = asyncio.get_running_loop().time()
    await asyncio.gather(
        *(client.query(n, "A", zone.servers[0].address, lab.port, recursive=False, timeout=1) for n in names)
    )
    assert asyncio.get_running_loop().time() - started >= 0.09
    await client.close()


async def test_closing_ends_what_is_under_way(lab: DnsLab, zone: Zone) -> None:
    client = DnsClient()
    zone.servers[0].silence()
    waiting = asyncio.create_task(ask(client, lab, zone, timeout=30))
    await asyncio.sleep(0.01)
    await client.close()
    assert (await waiting).outcome is Outcome.TIMEOUT


async def test_a_name_that_cannot_be_asked_for_raises_nothing(client: DnsClient) -> None:
    assert (await client.query("a..b", "A", "127.0.0.1", 53, recursive=False)).outcome is Outcome.MALFORMED
