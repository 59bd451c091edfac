"""Two readers, one truth: what is read without dnspython is what dnspython reads, or it is left to dnspython."""

from __future__ import annotations

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dns.client import decoder, fast_decoder
from bot.dns.client.messages import MAX_RECORDS, Outcome, Question, Reply

HOST = "scph1126._domainkey.sales.xyzcorp.com"
AT = 12 + len(HOST) + 2 + 4

RECORDS = (
    f'{HOST}. 300 IN TXT "v=DKIM1; p=abc" "def"',
    f'{HOST}. 60 IN TXT "caf\\195\\169" "\\255"',
    f"{HOST}. 9 IN CNAME Key.Elsewhere.net.",
    "xyzcorp.com. 3600 IN NS ns1.xyzcorp.com.",
    "xyzcorp.com. 3600 IN NS .",
    "ns1.xyzcorp.com. 3600 IN A 192.0.2.1",
    "ns1.xyzcorp.com. 3600 IN AAAA 2001:db8::1",
    "ns1.xyzcorp.com. 3600 IN AAAA ::ffff:192.0.2.1",
    "xyzcorp.com. 60 IN SOA ns1.xyzcorp.com. Host.xyzcorp.com. 1 2 3 4 4294967295",
    "xyzcorp.com. 60 IN MX 10 mx.xyzcorp.com.",  # read by dnspython only
    "xyzcorp.com. 60 IN SOA ns1.xyzcorp.com. first\\.last.xyzcorp.com. 1 2 3 4 5",  # so is an escaped dot
)


def message(answer: list[str], authority: list[str], additional: list[str], *, edns: bool = True) -> bytes:
    question = Question(HOST, "TXT", recursive=False, scramble=False)
    reply = dns.message.make_response(dns.message.from_wire(question.packet))
    reply.use_edns(0 if edns else False, 0, 1232)
    for section, lines in ((reply.answer, answer), (reply.authority, authority), (reply.additional, additional)):
        for line in lines:
            name, ttl, rdclass, rdtype, value = line.split(" ", 4)
            section.append(dns.rrset.from_text(name, int(ttl), rdclass, rdtype, value))
    return reply.to_wire()


def quickly(data: bytes) -> fast_decoder.Sections | None:
    counts = tuple(int.from_bytes(data[i : i + 2], "big") for i in (6, 8, 10))
    return fast_decoder.sections(data, AT, (counts[0], counts[1], counts[2]), HOST)


@pytest.mark.parametrize("line", RECORDS[:9])
def test_common_records_are_read_quickly(line: str) -> None:
    data = message([line], [line], [line])
    found, right = quickly(data), decoder.read(data)
    assert right is not None
    assert found == right.sections


lines = st.lists(st.sampled_from(RECORDS), max_size=4)


@given(lines, lines, lines, st.booleans())
def test_both_readers_agree(answer: list[str], authority: list[str], additional: list[str], edns: bool) -> None:
    data = message(answer, authority, additional, edns=edns)
    found, right = quickly(data), decoder.read(data)
    assert right is not None
    assert found in (None, right.sections)


@given(lines, lines, lines, st.data())
def test_whatever_is_broken_is_read_alike_or_left_alone(
    answer: list[str], authority: list[str], additional: list[str], draw: st.DataObject
) -> None:
    data = bytearray(message(answer, authority, additional))
    for _ in range(draw.draw(st.integers(1, 3))):
        at = draw.draw(st.integers(6, len(data) - 1).filter(lambda at: not 12 <= at < AT))
        data[at] = draw.draw(st.sampled_from([0, 1, 2, 5, 12, 16, 28, 41, 63, 64, 0xC0, 0xFF]))
    spoilt = bytes(data[: draw.draw(st.integers(AT, len(data)))])
    found = quickly(spoilt)
    if found is not None:
        right = decoder.read(spoilt)
        assert right is not None
        assert found == right.sections


@given(st.binary(max_size=120), st.tuples(*[st.integers(0, 3)] * 3))
def test_no_bytes_raise(rest: bytes, counts: tuple[int, int, int]) -> None:
    fast_decoder.sections(message([], [], [])[:AT] + rest, AT, counts, HOST)


def test_more_records_than_anybody_needs_are_not_read() -> None:
    question = Question("a.test", "A", recursive=False, scramble=False)
    head = question.packet[:2] + b"\x84\0\0\1" + (MAX_RECORDS + 1).to_bytes(2, "big") + bytes(4)
    record = b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4\1\2\3\4"
    assert question.read(head + question.asked + record * (MAX_RECORDS + 1)) == Reply(Outcome.MALFORMED)
