"""What a datagram means to a question under way: a table, without a socket and without the client."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.dns.client.messages import Outcome, Reply
from bot.dns.client.query import Ignored, InFlightQuery, Meaning, Retry, RetryOverTcp, Server
from bot.dns.client.rate_limits import UNPACED

#: An A record at the name of the question.
RECORD = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1"


@pytest.fixture
async def query() -> InFlightQuery:
    server = Server(("127.0.0.1", 53, False), ("127.0.0.1", 53), UNPACED)
    return InFlightQuery(server, "a" * 40 + ".test", "A", {"recursive": False})


def answer(query: InFlightQuery, *, flags: bytes = b"\x84\0", asked: bytes | None = None, end: bytes = RECORD) -> bytes:
    return query.packet[:2] + flags + b"\0\1\0\1\0\0\0\0" + (query.asked if asked is None else asked) + end


def another_id(query: InFlightQuery) -> bytes:
    return bytes([query.packet[0] ^ 1]) + answer(query)[1:]


def small(query: InFlightQuery) -> bytes:
    return answer(query, asked=query.key[2:])


@pytest.mark.parametrize(
    ("datagram", "meaning"),
    [
        pytest.param(answer, Reply, id="the answer"),
        pytest.param(lambda q: answer(q, flags=b"\x86\0"), RetryOverTcp, id="cut off: over TCP it is whole"),
        pytest.param(small, Retry, id="the letters' case is changed: in small letters it may be right"),
        pytest.param(lambda q: answer(q, end=b"\xff" + RECORD), Ignored.UNREADABLE, id="rubbish may be forged"),
        pytest.param(another_id, Ignored.NOISE, id="another id"),
        pytest.param(lambda q: answer(q, asked=b"\1b" + q.asked[2:]), Ignored.NOISE, id="another name"),
        pytest.param(lambda q: q.packet, Ignored.NOISE, id="the question itself"),
        pytest.param(lambda _: b"", Ignored.NOISE, id="nothing"),
    ],
)
async def test_what_a_datagram_means(
    query: InFlightQuery, datagram: Callable[[InFlightQuery], bytes], meaning: type[Meaning] | Ignored
) -> None:
    found = query.on_datagram(datagram(query))
    assert found is meaning if isinstance(meaning, Ignored) else type(found) is meaning


async def test_it_is_asked_in_small_letters_once_a_try(query: InFlightQuery) -> None:
    assert isinstance(first := query.on_datagram(small(query)), Retry)
    assert first.question.asked == first.question.asked.lower() != query.asked
    assert query.on_datagram(small(query)) is Ignored.NOISE
    query.next_try()
    assert isinstance(query.on_datagram(small(query)), Retry)


async def test_rubbish_is_remembered_for_the_end(query: InFlightQuery) -> None:
    before = query.broken
    query.on_datagram(answer(query, end=b"\xff" + RECORD))
    assert (before, query.broken) == (False, True)
    found = query.on_datagram(answer(query))
    assert isinstance(found, Reply)
    assert found.outcome is Outcome.ANSWER


async def test_whether_somebody_still_waits(query: InFlightQuery) -> None:
    first, second = query.add_waiter(), query.add_waiter()
    assert query.remove_waiter(first)
    assert not query.remove_waiter(second)
