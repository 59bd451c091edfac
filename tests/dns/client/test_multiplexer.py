"""Many questions on few sockets: each gets its own answer, nobody is asked too much, and nothing is left behind."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dns.client import client as client_module
from bot.dns.client import sockets as sockets_module
from bot.dns.client.client import DnsClient
from bot.dns.client.messages import Outcome, Question, Reply
from bot.dns.client.rate_limits import AUTHORITATIVE, NEIGHBOUR, RESOLVER, UNPACED, Bucket, Budget, usual
from bot.dns.client.sockets import FULL, PER_SERVER, Channel

#: Well below select's usual limit, with all that a process needs besides.
FDS = 64

LOOP = b"\xff\xc0\x0c\x01"


def answer(query: bytes, number: int = 1) -> bytes:
    """An A record 10.x.y.z for whatever was asked."""
    end = len(query) - 11
    record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + (0x0A000000 + number).to_bytes(4, "big")
    return query[:2] + b"\x84\0\0\1\0\1\0\0\0\0" + query[12:end] + record


def number(query: bytes) -> int:
    """Of a name like n123.test."""
    return int(query[14 : 13 + query[12]])


@dataclass
class Raw:
    """A server without any manners: ``on`` gets (query, client) and sends what it likes."""

    address: str = "127.0.0.1"
    port: int = 0
    queries: list[tuple[bytes, tuple[str, int]]] = field(default_factory=list)
    on: Callable[[bytes, tuple[str, int]], None] = lambda query, client: None

    def __post_init__(self) -> None:
        self.sock = socket.socket(type=socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.sock.bind((self.address, self.port))
        self.port = self.sock.getsockname()[1]
        self.sock.setblocking(False)
        asyncio.get_running_loop().add_reader(self.sock, self._receive)

    def _receive(self) -> None:
        for _ in range(64):
            try:
                query, client = self.sock.recvfrom(4096)
            except OSError:
                return
            self.queries.append((query, client))
            self.on(query, client)

    def reply(self, query: bytes, client: tuple[str, int]) -> None:
        self.sock.sendto(answer(query, number(query)), client)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self.sock)
        self.sock.close()


@pytest.fixture
async def client() -> AsyncIterator[DnsClient]:
    client = DnsClient()
    yield client
    await client.close()
    assert not len(client.sockets)


@pytest.fixture
async def server() -> AsyncIterator[Raw]:
    server = Raw()
    yield server
    server.close()


async def ask(client: DnsClient, server: Raw, n: int, *, timeout: float = 2, recursive: bool = False) -> Reply:
    return await client.query(f"n{n}.test", "A", server.address, server.port, recursive=recursive, timeout=timeout)


def said(reply: Reply) -> int:
    """The number in the address that came back."""
    found = reply.answer[0].values[0].split(".")
    return int(found[1]) << 16 | int(found[2]) << 8 | int(found[3])


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


linux = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux's /proc")


# ---- each gets its own


async def test_thousands_at_once_each_get_their_own_answer_in_whatever_order(client: DnsClient, server: Raw) -> None:
    many = 3000

    def collect(query: bytes, client: tuple[str, int]) -> None:
        if len(server.queries) == many:
            for one in reversed(server.queries):
                server.reply(*one)

    server.on = collect
    replies = await asyncio.gather(*(ask(client, server, n, timeout=20) for n in range(many)))
    assert [said(reply) for reply in replies] == list(range(many))
    assert len({client for _, client in server.queries}) <= PER_SERVER


async def test_sockets_are_used_again_and_more_than_one_is(client: DnsClient, server: Raw) -> None:
    server.on = server.reply
    for n in range(40):
        await ask(client, server, n)
    assert 1 < len({client for _, client in server.queries}) <= PER_SERVER
    assert len(client.sockets) <= PER_SERVER


@linux
async def test_hundreds_of_servers_need_few_sockets(client: DnsClient) -> None:
    first = Raw("127.7.0.1")
    servers = [first, *(Raw(f"127.7.0.{n}", first.port) for n in range(2, 200))]
    before = descriptors()
    most = 0

    def watch(query: bytes, client: tuple[str, int]) -> None:
        nonlocal most
        most = max(most, descriptors() - before)
        if sum(len(one.queries) for one in servers) == len(servers):
            for one in servers:
                one.reply(*one.queries[0])

    for one in servers:
        one.on = watch
    replies = await asyncio.gather(*(ask(client, one, n, timeout=20) for n, one in enumerate(servers)))
    assert [said(reply) for reply in replies] == list(range(len(servers)))
    assert most < FDS
    for one in servers:
        one.close()


async def test_a_shared_socket_takes_answers_only_from_the_server_that_was_asked(
    client: DnsClient, server: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets_module, "OWN", 0)
    with socket.socket(type=socket.SOCK_DGRAM) as forger:
        forger.bind(("127.0.0.9", 0))

        def forge(query: bytes, client: tuple[str, int]) -> None:
            forger.sendto(answer(query, 666), client)
            server.reply(query, client)

        server.on = forge
        assert said(await ask(client, server, 7)) == 7


@linux
@pytest.mark.parametrize("own", [28, 0], ids=["a socket of its own", "a shared one"])
async def test_a_closed_port_is_told_apart_and_hurts_nobody_else(
    client: DnsClient, server: Raw, monkeypatch: pytest.MonkeyPatch, own: int
) -> None:
    monkeypatch.setattr(sockets_module, "OWN", own)
    gone = Raw()
    gone.close()

    def later(query: bytes, client: tuple[str, int]) -> None:
        asyncio.get_running_loop().call_later(0.05, server.reply, query, client)

    server.on = later
    started = asyncio.get_running_loop().time()
    good, *bad = await asyncio.gather(ask(client, server, 1), *(ask(client, gone, n, timeout=5) for n in range(20)))
    assert said(good) == 1
    assert {reply.outcome for reply in bad} == {Outcome.CLOSED}
    assert asyncio.get_running_loop().time() - started < 2


async def test_a_socket_that_the_kernel_fails_is_replaced(
    client: DnsClient, server: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.on = server.reply
    send, failures = Channel.send, [OSError(errno.ENETDOWN, "down")]

    def fail_once(channel: Channel, question: Question) -> None:
        if failures:
            raise failures.pop()
        send(channel, question)

    monkeypatch.setattr(Channel, "send", fail_once)
    assert said(await ask(client, server, 3, timeout=0.1)) == 3


async def test_no_id_is_given_twice_on_one_socket(server: Raw) -> None:
    asker = Deaf()
    channel = Channel(asyncio.get_running_loop(), socket.AF_INET, (server.address, server.port), asker)
    questions = [Question("a.test", "A", recursive=False) for _ in range(1000)]
    for question in questions:
        question.id = 4711
        channel.expect(question, asker)
    assert len({question.id for question in questions}) == len(channel) == 1000
    for question in questions:
        channel.forget(question)
    assert not len(channel)
    channel.close()


async def test_a_full_socket_takes_no_more(server: Raw, monkeypatch: pytest.MonkeyPatch) -> None:
    assert FULL < 1 << 15  # more than half of all ids are free, so one is found at the second try
    monkeypatch.setattr(sockets_module, "FULL", 3)
    channel = Channel(asyncio.get_running_loop(), socket.AF_INET, (server.address, server.port), Deaf())
    for _ in range(3):
        channel.expect(Question("a.test", "A", recursive=False), Deaf())
    with pytest.raises(BlockingIOError):
        channel.expect(Question("a.test", "A", recursive=False), Deaf())
    channel.close()


class Deaf:
    """Asks, and does not care what comes back."""

    where = ("127.0.0.1", 53)

    def on_datagram(self, asker: Deaf, data: bytes) -> bool:
        return True

    def on_refused(self, asker: Deaf, packet: bytes | None) -> None: ...

    def on_send_error(self, asker: Deaf, why: OSError) -> None: ...


# ---- noise


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(lambda q, i: i.to_bytes(2, "big") + answer(q, 666)[2:], id="every id but with other letters"),
        pytest.param(lambda q, i: bytes([q[0] ^ 1]) + answer(q, 666)[1:], id="the id of somebody else"),
        pytest.param(
            lambda q, i: answer(q.replace(b"\4test", b"\4TSET").replace(b"\4TEST", b"\4tset"), 666), id="case"
        ),
        pytest.param(lambda q, i: q[:2] + b"\x84\0\0\1\0\5\0\0\0\0" + q[12:-11] + LOOP, id="a loop of pointers"),
        pytest.param(lambda q, i: answer(q)[:20], id="cut in the question"),
        pytest.param(lambda q, i: q[:1], id="one byte"),
        pytest.param(lambda q, i: b"", id="nothing"),
        pytest.param(lambda q, i: q, id="our own question"),
        pytest.param(lambda q, i: os.urandom(200), id="garbage"),
        pytest.param(lambda q, i: answer(q) + bytes(60_000), id="64 KB"),
    ],
)
async def test_a_flood_of_forgeries_changes_nothing(
    client: DnsClient, server: Raw, forge: Callable[[bytes, int], bytes]
) -> None:
    def flood(query: bytes, client: tuple[str, int]) -> None:
        for i in range(500):
            forged = forge(query, i)
            if forged[:2] != query[:2] or forged != answer(query, 666):
                server.sock.sendto(forged, client)
            if i % 50 == 0:
                server.reply(query, client)  # floods fill buffers: the true one among them

    server.on = flood
    replies = await asyncio.gather(*(ask(client, server, n) for n in range(1, 4)))
    assert [said(reply) for reply in replies] == [1, 2, 3]


async def test_rubbish_until_the_end_is_malformed_and_takes_no_longer_than_silence(
    client: DnsClient, server: Raw
) -> None:
    def rubbish(query: bytes, client: tuple[str, int]) -> None:
        server.sock.sendto(query[:2] + b"\x84\0\0\1\0\5\0\0\0\0" + query[12:-11] + LOOP, client)

    server.on = rubbish
    started = asyncio.get_running_loop().time()
    assert (await ask(client, server, 1, timeout=0.05)).outcome is Outcome.MALFORMED
    assert 0.15 <= asyncio.get_running_loop().time() - started < 1
    assert len(server.queries) == 3


# ---- pacing and limits


@pytest.mark.parametrize(
    ("address", "recursive", "budget"),
    [
        ("192.0.32.1", False, AUTHORITATIVE),
        ("2001:500:8f::53", False, AUTHORITATIVE),
        ("1.1.1.1", True, RESOLVER),
        ("192.168.1.1", True, NEIGHBOUR),
        ("127.0.0.1", True, UNPACED),
        ("::1", False, UNPACED),
    ],
)
def test_whose_server_it_is_decides_how_much_it_is_asked(address: str, recursive: bool, budget: Budget) -> None:
    assert usual(address, recursive) == budget


def test_the_promised_budgets() -> None:
    assert AUTHORITATIVE.rate <= 20
    assert RESOLVER.rate <= 50


@given(st.lists(st.floats(0, 0.3), min_size=1, max_size=50))
def test_no_more_than_the_burst_and_the_rate_in_any_time(pauses: list[float]) -> None:
    bucket, now, went = Bucket(Budget(20, 5, 1)), 100.0, list[float]()
    for pause in pauses:
        now += pause
        if bucket.take(now):
            went.append(now)
        else:
            assert bucket.wait(now) > 0
    for i, since in enumerate(went):
        for j, until in enumerate(went[i:]):
            assert j + 1 <= 5 + 20 * (until - since) + 1e-3


def test_both_sides_of_the_limit() -> None:
    bucket = Bucket(Budget(20, 3, 1))
    assert [bucket.take(9.0) for _ in range(4)] == [True, True, True, False]
    assert bucket.wait(9.0) == pytest.approx(0.05)
    assert not bucket.take(9.0499)
    assert bucket.take(9.05)
    assert not bucket.full(9.19)
    assert bucket.full(9.21)


def test_repetitions_are_paid_for_afterwards() -> None:
    bucket = Bucket(Budget(20, 1, 1))
    assert bucket.take(9.0)
    bucket.owe(9.0)
    assert not bucket.take(9.05)
    assert bucket.take(9.1)


async def test_a_burst_goes_at_once_and_what_exceeds_it_waits(server: Raw) -> None:
    client = DnsClient(budgets=lambda address, recursive: Budget(20, 5, 100))
    server.on = server.reply
    loop = asyncio.get_running_loop()
    started, ended = loop.time(), list[float]()
    for reply in asyncio.as_completed([ask(client, server, n) for n in range(9)]):
        assert (await reply).outcome is Outcome.ANSWER
        ended.append(loop.time() - started)
    assert ended[8] >= 0.2 - 0.01
    assert ended[5] >= 0.05 - 0.01
    assert ended[4] < ended[8] - 0.1
    await client.close()


async def test_one_slow_server_holds_up_no_other(server: Raw) -> None:
    client = DnsClient(budgets=lambda address, recursive: Budget(float("inf"), 1, 2))
    other = Raw()
    other.on = other.reply
    stuck = [asyncio.create_task(ask(client, server, n, timeout=30)) for n in range(10)]
    assert said(await ask(client, other, 5)) == 5
    assert len(server.queries) == 2
    for task in stuck:
        task.cancel()
    await asyncio.gather(*stuck, return_exceptions=True)
    other.close()
    await client.close()


async def test_what_has_just_begun_goes_before_what_has_waited_longest(server: Raw) -> None:
    client = DnsClient(budgets=lambda address, recursive: Budget(50, 1, 100))
    server.on = server.reply
    await asyncio.gather(*(ask(client, server, n) for n in range(4)))
    assert [number(query) for query, _ in server.queries] == [0, 3, 2, 1]
    await client.close()


async def test_servers_take_turns_when_all_is_full() -> None:
    client = DnsClient(concurrency=1)
    servers = [Raw(), Raw()]
    order: list[int] = []

    def on(index: int) -> Callable[[bytes, tuple[str, int]], None]:
        def reply(query: bytes, client: tuple[str, int]) -> None:
            order.append(index)
            servers[index].reply(query, client)

        return reply

    for index, one in enumerate(servers):
        one.on = on(index)
    await asyncio.gather(*(ask(client, servers[n // 5], n) for n in range(10)))
    assert order[2:8] in ([0, 1] * 3, [1, 0] * 3)
    for one in servers:
        one.close()
    await client.close()


# ---- nothing is left behind


async def test_who_stops_waiting_leaves_nothing(server: Raw) -> None:
    client = DnsClient(concurrency=1)
    waiting = [asyncio.create_task(ask(client, server, n, timeout=30)) for n in range(3)]
    await asyncio.sleep(0.02)
    assert len(server.queries) == 1
    for task in waiting:
        task.cancel()
    assert all(isinstance(e, asyncio.CancelledError) for e in await asyncio.gather(*waiting, return_exceptions=True))
    server.on = server.reply
    assert said(await ask(client, server, 9)) == 9
    assert [number(query) for query, _ in server.queries] == [0, 9]  # what had to wait was never sent
    server.reply(*server.queries[0])  # nobody wants it any more
    await asyncio.sleep(0.02)
    assert not any(one.known or one.waiting or one.flying for one in client._servers.values())
    assert not any(len(channel) for own in client.sockets._own.values() for channel in own)
    await client.close()


async def test_cancelled_while_asking_over_tcp(client: DnsClient) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        where = silent.getsockname()
        question = client.query("a.test", "A", *where, recursive=False, tcp=True, timeout=30)
        task = asyncio.create_task(question)
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0.02)
        assert not client._tasks


@linux
async def test_idle_sockets_are_closed_and_servers_forgotten(
    client: DnsClient, server: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets_module, "IDLE", 0.05)
    monkeypatch.setattr(client_module, "_TIDY", 0.05)
    server.on = server.reply
    before = descriptors()
    await asyncio.gather(*(ask(client, server, n) for n in range(20)))
    assert descriptors() > before
    await asyncio.sleep(0.5)
    assert descriptors() == before
    assert not client._servers
    assert client._ticker is None
    assert said(await ask(client, server, 5)) == 5


async def test_ports_change_even_when_a_server_is_asked_without_a_pause(
    client: DnsClient, server: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets_module, "AGE", 0.05)
    monkeypatch.setattr(client_module, "_TIDY", 0.02)
    server.on = server.reply
    for n in range(40):
        await ask(client, server, n)
        await asyncio.sleep(0.01)
    assert len({client for _, client in server.queries}) > PER_SERVER
    assert len(client.sockets) <= 2 * PER_SERVER


@linux
async def test_closing_ends_all_that_is_under_way_or_waits(server: Raw) -> None:
    before = descriptors()
    client = DnsClient(concurrency=50)
    tasks = [asyncio.create_task(ask(client, server, n, timeout=30)) for n in range(200)]
    tcp = asyncio.create_task(
        client.query("a.test", "A", server.address, server.port, recursive=False, tcp=True, timeout=30)
    )
    await asyncio.sleep(0.02)
    await client.close()
    assert {reply.outcome for reply in await asyncio.gather(*tasks, tcp)} <= {Outcome.TIMEOUT, Outcome.CLOSED}
    assert descriptors() == before
    assert (await ask(client, server, 1)).outcome is Outcome.TIMEOUT
    await client.close()
    assert descriptors() == before


async def test_a_server_that_is_no_address_is_not_asked(client: DnsClient) -> None:
    assert (await client.query("a.test", "A", "ns1.test", 53, recursive=False)).outcome is Outcome.NOT_ASKED
