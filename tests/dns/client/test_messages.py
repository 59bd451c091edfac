"""Messages as bytes: whatever arrives, a question reads an answer or noise, and never raises."""

from __future__ import annotations

import dns.flags
import dns.message
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dns.client.messages import BadQuestion, Noise, Outcome, Question, Reply, RRset

NAME = "scph1126._domainkey.sales.xyzcorp.com"


def answered(question: Question, *rrsets: dns.rrset.RRset, flags: int = dns.flags.AA) -> bytes:
    reply = dns.message.make_response(dns.message.from_wire(question.packet))
    reply.flags |= flags
    reply.answer = list(rrsets)
    return reply.to_wire(origin=None)


def asked(name: str = NAME, rdtype: str = "TXT", *, scramble: bool = True) -> Question:
    return Question(name, rdtype, recursive=False, scramble=scramble)


def test_a_question_is_valid_dns_with_edns_and_no_recursion() -> None:
    message = dns.message.from_wire(asked().packet)
    assert message.question[0].name == dns.name.from_text(NAME)  # names compare without case
    assert message.payload == 1232
    assert not message.flags & dns.flags.RD


def test_ids_and_letters_differ_from_question_to_question() -> None:
    packets = {asked().packet for _ in range(50)}
    assert len({packet[:2] for packet in packets}) > 40
    assert len({packet[12:] for packet in packets}) > 40


def test_strings_of_one_txt_are_joined_and_names_lose_case_and_dot() -> None:
    question = asked()
    reply = question.read(answered(question, dns.rrset.from_text(f"{NAME}.", 60, "IN", "TXT", '"ab" "cd"')))
    assert isinstance(reply, Reply)
    assert reply.find(NAME.upper(), "TXT") == RRset(NAME, "TXT", 60, ("abcd",))


def test_both_of_two_cnames_are_seen_although_dnspython_keeps_one() -> None:
    question = asked("a.test", "CNAME", scramble=False)
    one, two = (dns.rrset.from_text("a.test.", 9, "IN", "CNAME", target) for target in ("b.test.", "c.test."))
    reply = question.read(answered(question, one, two))
    assert isinstance(reply, Reply)
    found = reply.find("a.test", "CNAME")
    assert found is not None
    assert set(found.values) == {"b.test", "c.test"}


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        pytest.param(lambda d: bytes([d[0] ^ 1]) + d[1:], Noise.FOREIGN, id="another id is somebody else's answer"),
        pytest.param(lambda d: d[:2] + bytes([d[2] & 0x7F]) + d[3:], Noise.FOREIGN, id="a query is no answer"),
        pytest.param(lambda d: d[:2] + bytes([d[2] | 0x28]) + d[3:], Noise.FOREIGN, id="another opcode"),
        pytest.param(lambda d: d[:4] + b"\0\0" + d[6:], Noise.FOREIGN, id="no question in it"),
        pytest.param(lambda d: d.replace(b"xyz", b"zyx"), Noise.FOREIGN, id="another question"),
        pytest.param(lambda d: d[:7], Noise.FOREIGN, id="shorter than a header"),
        pytest.param(lambda _: b"", Noise.FOREIGN, id="empty"),
    ],
)
def test_what_is_not_our_answer_is_noise(spoil: object, expected: Noise) -> None:
    question = asked(scramble=False)
    assert callable(spoil)
    assert question.read(spoil(answered(question))) is expected


def test_letters_of_another_case_are_noise_only_where_they_were_mixed() -> None:
    mixed = next(question for question in iter(asked, None) if question.asked != question.key[2:])
    other = answered(mixed).replace(mixed.asked, mixed.asked[:-4].swapcase() + mixed.asked[-4:])
    assert mixed.read(other) is Noise.CASE_CHANGED
    small = mixed.retry(lowercase=True)
    told = small.read(answered(small).replace(small.asked, small.asked[:-4].upper() + small.asked[-4:]))
    assert isinstance(told, Reply)


@pytest.mark.parametrize("rcode", [1, 2, 4, 5])
def test_an_error_may_be_a_header_alone(rcode: int) -> None:
    question = asked()
    told = question.read(question.packet[:2] + bytes([0x80, rcode]) + bytes(8))
    assert isinstance(told, Reply)
    assert told.rcode in ("FORMERR", "SERVFAIL", "NOTIMP", "REFUSED")


@pytest.mark.parametrize("rcode", [0, 3])
def test_without_the_question_nothing_is_said_of_the_name(rcode: int) -> None:
    question = asked()
    assert question.read(question.packet[:2] + bytes([0x84, rcode]) + bytes(8)) is Noise.FOREIGN


def test_a_compression_loop_after_the_right_question_is_malformed() -> None:
    question = asked(scramble=False)
    head = answered(question)[: len(question.packet) - 11]
    loop = head[:6] + b"\0\1\0\0\0\0" + head[12:] + (0xC000 | len(head)).to_bytes(2, "big") + b"\0\x10\0\1"
    assert question.read(loop) == Reply(Outcome.MALFORMED)


@given(st.binary(max_size=200))
def test_nothing_that_follows_the_right_question_raises(rest: bytes) -> None:
    question = asked(scramble=False)
    head = question.packet[: len(question.packet) - 11]
    data = head[:2] + b"\x84\0\0\1" + rest[:6].ljust(6, b"\1") + head[12:] + rest[6:]
    assert isinstance(question.read(data), Reply)


@given(st.binary(max_size=300))
def test_no_bytes_raise(data: bytes) -> None:
    assert asked().read(data) is Noise.FOREIGN or data[:2]


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".com", ".".join(["abc"] * 80)])
def test_a_name_that_cannot_be_asked_for_is_refused_with_our_own_error(name: str) -> None:
    with pytest.raises(BadQuestion):
        asked(name)


def test_negative_ttl_is_the_smaller_of_soa_ttl_and_minimum() -> None:
    text = "ns1.x.test. h.x.test. 1 2 3 4 {}"
    for ttl, minimum, expected in ((300, 60, 60), (30, 3600, 30)):
        reply = Reply(Outcome.ANSWER, authority=(RRset("x.test", "SOA", ttl, (text.format(minimum),)),))
        assert reply.soa == ("x.test", expected)
