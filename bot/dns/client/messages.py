"""DNS messages: questions to bytes, bytes to plain values.

A question is written by hand (RFC 1035 section 4.1, RFC 6891 section 6.1): twelve bytes of header, the name in random
case, an OPT record. An answer is taken only if its id and its question are exactly ours, byte for byte, or letter by
letter where it was asked in small ones; of an error the id alone is enough, since many servers send no more than the
header. Everything else is noise and is told apart from a broken answer to our question.
"""

from __future__ import annotations

import os
import string
import struct
from enum import Enum, StrEnum
from functools import lru_cache
from typing import NamedTuple

from bot.dns.client import decoder, fast_decoder
from bot.dns.client.fast_decoder import Record

#: What we tell servers our UDP buffer holds, in bytes: no fragmentation on any common path (DNS flag day 2020).
PAYLOAD = 1232

#: A message with more records than this is not read: it could hold the loop, and nobody needs it.
MAX_RECORDS = 1000

_RD, _CD, _QR, _AA, _TC, _AD = 0x0100, 0x0010, 0x8000, 0x0400, 0x0200, 0x0020
_HEADER, _ID, _TAIL = (struct.Struct(form) for form in ("!HHHHHH", "!H", "!HH"))
_COUNTS = struct.pack("!HHHH", 1, 0, 0, 1)
_COUNTS_BARE = struct.pack("!HHHH", 1, 0, 0, 0)
_BARE = b"\0"  #: ends the key of a question without EDNS, which is another question
#: AD asks a resolver to say whether the answer was validated (RFC 6840 section 5.7).
_FLAGS = {(rd, cd): struct.pack("!H", rd * (_RD | _AD) | cd * _CD) for rd in (False, True) for cd in (False, True)}
_EDNS = b"\0" + struct.pack("!HHIH", 41, PAYLOAD, 0, 0)

_SIMPLE = (string.ascii_lowercase + string.digits + "-_.").encode()
_LENGTHS = [bytes([length]) for length in range(64)]

#: 0x20 for a small letter, 0 for every other byte.
_LETTERS = bytes(0x20 if 97 <= byte <= 122 else 0 for byte in range(256))

#: Questions that are kept, since the servers of a zone are asked the same one right after the other.
_ALIKE = 16

#: Types and codes that are met all the time; dnspython knows the others.
_NUMBERS = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "MX": 15, "TXT": 16, "AAAA": 28}
_RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}


class Outcome(StrEnum):
    """How a question ended."""

    ANSWER = "answer"
    TIMEOUT = "timeout"  #: no datagram for us in time
    CLOSED = "closed"  #: the host says that nobody listens there (ICMP, TCP reset)
    NOT_ASKED = "not asked"  #: this host lacks the address family: nothing was sent
    MALFORMED = "malformed"  #: an answer to our question that cannot be read
    UNSENT = "not sent"  #: whoever asked has sent all that they may (:mod:`bot.dns.client.spending`)


class RRset(NamedTuple):
    """Records of one name and type.

    Names are lower case without the final dot, the root's is empty; TXT strings are joined; ``ttl`` in seconds, the
    smallest of the set.
    """

    name: str
    type: str
    ttl: int
    values: tuple[str, ...]


class Reply(NamedTuple):
    """What came back for one question. Only with ``Outcome.ANSWER`` do the other fields mean anything.

    ``rcode`` in capitals (``NOERROR``, ``NXDOMAIN``, ...); ``truncated`` is left set only where TCP gave no answer
    either; ``ede`` are extended error codes (RFC 8914); ``validated``: a resolver says that DNSSEC proves it.
    """

    outcome: Outcome
    rcode: str = ""
    authoritative: bool = False
    truncated: bool = False
    answer: tuple[RRset, ...] = ()
    authority: tuple[RRset, ...] = ()
    additional: tuple[RRset, ...] = ()
    ede: tuple[int, ...] = ()
    tcp: bool = False
    validated: bool = False

    def find(self, name: str, rdtype: str) -> RRset | None:
        """The answer's records of this name and type."""
        return next((s for s in self.answer if s.type == rdtype and s.name == name.lower().rstrip(".")), None)

    @property
    def usable(self) -> bool:
        """Whether it says anything about the name: data, or that there is none."""
        return self.outcome is Outcome.ANSWER and self.rcode in ("NOERROR", "NXDOMAIN") and not self.truncated

    def denies(self, name: str) -> bool:
        """Whether an authority says that ``name`` does not exist. Beside a CNAME the code speaks of the last target
        (RFC 6604 section 3)."""
        return self.usable and self.authoritative and self.rcode == "NXDOMAIN" and self.find(name, "CNAME") is None

    @property
    def soa(self) -> tuple[str, int] | None:
        """Of a negative answer: (zone, seconds for which it may be kept; RFC 2308 section 5). None without a SOA."""
        for rrset in self.authority:
            if rrset.type == "SOA":
                return rrset.name, min(rrset.ttl, int(rrset.values[0].rsplit(" ", 1)[1]))
        return None

    def referral(self, above: str, name: str) -> RRset | None:
        """The NS set of a zone below ``above`` to which this answer sends us on the way to ``name``."""
        if self.outcome is not Outcome.ANSWER or self.rcode != "NOERROR" or self.authoritative or self.answer:
            return None
        for rrset in self.authority:
            if rrset.type == "NS" and within(rrset.name, above) and rrset.name != above and within(name, rrset.name):
                return rrset
        return None


class Noise(Enum):
    """What a datagram may be other than an answer."""

    FOREIGN = "not an answer to this question"
    CASE_CHANGED = "the right id and question, but letters in another case"


#: What a server may say in the header alone. Nothing follows from them but that it does not answer.
_ERRORS = {code: name for code, name in _RCODES.items() if name not in ("NOERROR", "NXDOMAIN")}

#: Looking up a member of an enum costs as much as a call before Python 3.12.
_ANSWER, _FOREIGN = Outcome.ANSWER, Noise.FOREIGN


def within(name: str, zone: str) -> bool:
    """Whether ``name`` is ``zone`` or below it; both lower case without the final dot."""
    return name == zone or not zone or name.endswith(f".{zone}")


class BadQuestion(ValueError):
    """The name or type cannot be asked for."""


class Question:
    """One question, ready to be sent. ``scramble`` mixes the letters' case (0x20) against spoofed answers.

    ``id`` is random; whoever has several questions on one socket gives it another if need be. Equal
    questions have equal ``key``s. Ten thousand may be under way, so little else is kept.
    """

    __slots__ = ("_host", "asked", "edns", "id", "key")

    def __init__(
        self,
        name: str,
        rdtype: str,
        *,
        recursive: bool,
        unchecked: bool = False,
        edns: bool = True,
        scramble: bool = True,
    ) -> None:
        self._host, plain, number, letters = _plain(name, rdtype)
        self.key = _FLAGS[recursive, unchecked] + plain + (b"" if edns else _BARE)
        self.edns = edns
        size = len(plain)
        coins = int.from_bytes(_random.bytes(size), "big")
        self.asked = (number ^ letters & coins).to_bytes(size, "big") if scramble else plain
        self.id = coins & 0xFFFF  # no letters stand in the last two bytes, so what fell there is not used up

    @property
    def packet(self) -> bytes:
        if self.edns:
            return _ID.pack(self.id) + self.key[:2] + _COUNTS + self.asked + _EDNS
        return _ID.pack(self.id) + self.key[:2] + _COUNTS_BARE + self.asked

    def retry(self, *, lowercase: bool = False, edns: bool = True) -> Question:
        """The same question with an id of its own: letter by letter, or in small letters; ``edns`` False: without."""
        other = Question.__new__(Question)
        other._host, other.key, other.edns = self._host, self.key, self.edns and edns  # noqa: SLF001
        other.asked = self.key[2 : 2 + len(self.asked)] if lowercase else self.asked
        other.id = random_id()
        return other

    def read(self, data: bytes, *, tcp: bool = False) -> Reply | Noise:
        """The answer in ``data``; never raises, whatever the bytes."""
        if len(data) < _HEADER.size:
            return _FOREIGN
        ident, flags, questions, answers, authorities, extras = _HEADER.unpack_from(data)
        if ident != self.id or not flags & _QR or flags & 0x7800 or questions != 1:
            return self._error(data, tcp=tcp) or _FOREIGN
        if not data.startswith(self.asked, _HEADER.size):
            noise = self._unlike(data[_HEADER.size : _HEADER.size + len(self.asked)])
            if noise:
                return noise
        if answers + authorities + extras > MAX_RECORDS:
            return Reply(Outcome.MALFORMED, tcp=tcp)
        rcode = _RCODES.get(flags & 15)
        ede: tuple[int, ...] = ()
        found = fast_decoder.sections(data, _HEADER.size + len(self.asked), (answers, authorities, extras), self._host)
        if rcode is None or found is None:
            message = decoder.read(data)
            if message is None:
                return Reply(Outcome.MALFORMED, tcp=tcp)
            rcode, found, ede = message.rcode, message.sections, message.ede
        aa, tc = flags & _AA != 0, flags & _TC != 0
        answer, authority, additional = [_grouped(section) if section else () for section in found]
        return Reply(_ANSWER, rcode, aa, tc, answer, authority, additional, ede, tcp, flags & _AD != 0)

    def _error(self, data: bytes, *, tcp: bool) -> Reply | None:
        """The error that a header alone tells: no question, no records (RFC 1035 section 4.1.1)."""
        ident, flags, questions, answers, authorities, _ = _HEADER.unpack_from(data)
        if ident != self.id or not flags & _QR or questions or answers or authorities:
            return None
        rcode = _ERRORS.get(flags & 15)
        return Reply(_ANSWER, rcode, tcp=tcp) if rcode else None

    def _unlike(self, question: bytes) -> Noise | None:
        """What it is that another question than ours came back; None if only letters differ that we asked in small."""
        plain = self.key[2 : 2 + len(self.asked)]
        if question[:-4].lower() != plain[:-4] or question[-4:] != plain[-4:]:
            return _FOREIGN
        return None if self.asked == plain else Noise.CASE_CHANGED


class RandomBytes:
    """Unpredictable bytes, fetched from the kernel in blocks."""

    def __init__(self) -> None:
        self._block, self._at = b"", 0

    def bytes(self, count: int) -> bytes:
        if self._at + count > len(self._block):
            self._block, self._at = os.urandom(4096), 0
        self._at += count
        return self._block[self._at - count : self._at]


_random = RandomBytes()


def random_id() -> int:
    """16 unpredictable bits."""
    return int.from_bytes(_random.bytes(2), "big")


@lru_cache(_ALIKE)
def _plain(name: str, rdtype: str) -> tuple[str | None, bytes, int, int]:
    """A question in small letters: its name if it is a simple one, its bytes, the same as a number, and 0x20 for
    each of its letters. Raises BadQuestion. The servers of a zone are asked the same in turn."""
    try:
        lower = name.lower()
        host, wire = _wire(name if lower == name else lower)  # mostly the very same string, kept once
        tail = _TAIL.pack(_NUMBERS.get(rdtype) or decoder.type_number(rdtype), 1)
    except ValueError as why:
        raise BadQuestion(str(why)) from None
    letters = int.from_bytes(wire.translate(_LETTERS) + bytes(len(tail)), "big")
    return host, wire + tail, int.from_bytes(wire + tail, "big"), letters


def _wire(name: str) -> tuple[str | None, bytes]:
    """The name if it is a simple one, and as in a message (RFC 1035 section 3.1). Raises ValueError.

    ``name`` is in lower case; its final dot may be left out.
    """
    raw = name.encode()
    labels = raw.split(b".")
    if not raw.translate(None, _SIMPLE) and len(raw) < 254 and b"" not in labels:
        try:
            return name, b"".join([_LENGTHS[len(label)] + label for label in labels]) + b"\0"
        except IndexError:
            pass  # dnspython says what is wrong with it
    return None, decoder.wire_name(name).lower()


def _grouped(records: list[Record]) -> tuple[RRset, ...]:
    if len(records) == 1:
        name, kind, ttl, value = records[0]
        return (RRset(name, kind, ttl, (value,)),)
    grouped: dict[tuple[str, str], tuple[int, list[str]]] = {}
    for name, kind, ttl, value in records:
        least, values = grouped.get((name, kind), (ttl, []))
        values.append(value)
        grouped[name, kind] = min(ttl, least), values
    return tuple(RRset(name, kind, ttl, tuple(values)) for (name, kind), (ttl, values) in grouped.items())
