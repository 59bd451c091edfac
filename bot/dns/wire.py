"""DNS messages: questions to bytes, bytes to plain values. The only module of the bot that knows dnspython.

A question is written by hand (RFC 1035 section 4.1, RFC 6891 section 6.1): twelve bytes of header, the name in random
case, an OPT record. An answer is taken only if its id and its question are exactly ours, byte for byte; everything
else is noise and is told apart from a broken answer to our question.
"""

from __future__ import annotations

import secrets
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, StrEnum

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.TXT
import dns.rrset

#: What we tell servers our UDP buffer holds, in bytes: no fragmentation on any common path (DNS flag day 2020).
PAYLOAD = 1232

_RD, _CD, _QR, _TC = 0x0100, 0x0010, 0x8000, 0x0200
_HEADER = struct.Struct("!HHHHHH")


class Outcome(StrEnum):
    """How a question ended."""

    ANSWER = "answer"
    TIMEOUT = "timeout"  #: no datagram for us in time
    CLOSED = "closed"  #: the host says that nobody listens there (ICMP, TCP reset)
    NOT_ASKED = "not asked"  #: this host lacks the address family: nothing was sent
    MALFORMED = "malformed"  #: an answer to our question that cannot be read


@dataclass(frozen=True, slots=True)
class RRset:
    """Records of one name and type.

    Names are lower case without the final dot, the root's is empty; TXT strings are joined; ``ttl`` in seconds, the
    smallest of the set.
    """

    name: str
    type: str
    ttl: int
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back for one question. Only with ``Outcome.ANSWER`` do the other fields mean anything.

    ``rcode`` in capitals (``NOERROR``, ``NXDOMAIN``, ...); ``truncated`` is left set only where TCP gave no answer
    either; ``ede`` are extended error codes (RFC 8914).
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

    def find(self, name: str, rdtype: str) -> RRset | None:
        """The answer's records of this name and type."""
        return next((s for s in self.answer if s.type == rdtype and s.name == name.lower().rstrip(".")), None)

    @property
    def usable(self) -> bool:
        """Whether it says anything about the name: data, or that there is none."""
        return self.outcome is Outcome.ANSWER and self.rcode in ("NOERROR", "NXDOMAIN") and not self.truncated

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
    RECASED = "the right id and question, but letters in another case"


def within(name: str, zone: str) -> bool:
    """Whether ``name`` is ``zone`` or below it; both lower case without the final dot."""
    return name == zone or not zone or name.endswith(f".{zone}")


class BadQuestion(ValueError):
    """The name or type cannot be asked for."""


class Question:
    """One question, ready to be sent. ``scramble`` mixes the letters' case (0x20) against spoofed answers."""

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
        try:
            plain = dns.name.from_text(name).to_wire()
            number = int(dns.rdatatype.from_text(rdtype))
        except (dns.exception.DNSException, UnicodeError) as why:
            raise BadQuestion(f"{name!r} {rdtype}: {why}") from None
        assert plain is not None  # noqa: S101  (to_wire returns None only when it writes to a file)
        self.id = secrets.randbits(16)
        self._again = (name, rdtype, recursive, unchecked, edns)
        self._plain = plain.lower()
        self._tail = struct.pack("!HH", number, 1)
        self._asked = (_mixed(self._plain) if scramble else self._plain) + self._tail
        flags = (_RD if recursive else 0) | (_CD if unchecked else 0)
        opt = b"\0" + struct.pack("!HHIH", 41, PAYLOAD, 0, 0) if edns else b""
        self.packet = _HEADER.pack(self.id, flags, 1, 0, 0, int(edns)) + self._asked + opt

    def plain(self) -> Question:
        """The same question in small letters, with an id of its own."""
        name, rdtype, recursive, unchecked, edns = self._again
        return Question(name, rdtype, recursive=recursive, unchecked=unchecked, edns=edns, scramble=False)

    def read(self, data: bytes, *, tcp: bool = False) -> Reply | Noise:
        """The answer in ``data``; never raises, whatever the bytes."""
        if len(data) < _HEADER.size:
            return Noise.FOREIGN
        ident, flags, questions, *_ = _HEADER.unpack_from(data)
        if ident != self.id or not flags & _QR or flags & 0x7800 or questions != 1:
            return Noise.FOREIGN
        question = data[_HEADER.size : _HEADER.size + len(self._asked)]
        if question != self._asked:
            recased = question[: len(self._plain)].lower() == self._plain and question.endswith(self._tail)
            return Noise.RECASED if recased and len(question) == len(self._asked) else Noise.FOREIGN
        try:
            message = dns.message.from_wire(data, ignore_trailing=True, one_rr_per_rrset=True)
            return Reply(
                Outcome.ANSWER,
                dns.rcode.to_text(message.rcode()),
                bool(message.flags & dns.flags.AA),
                bool(flags & _TC),
                _plainly(message.answer),
                _plainly(message.authority),
                _plainly(message.additional),
                tuple(int(o.code) for o in message.options if isinstance(o, dns.edns.EDEOption)),
                tcp,
            )
        except (dns.exception.DNSException, ValueError, IndexError, struct.error):
            return Reply(Outcome.MALFORMED, tcp=tcp)


def _mixed(wire: bytes) -> bytes:
    """Every letter in a random case. Length bytes are at most 63, below all letters, so they stay."""
    coins = secrets.randbits(len(wire))
    return bytes(b ^ 0x20 if coins >> i & 1 and 97 <= b <= 122 else b for i, b in enumerate(wire))


def _plainly(section: Iterable[dns.rrset.RRset]) -> tuple[RRset, ...]:
    # One record at a time: dnspython would silently keep only the last of two CNAMEs at one name.
    grouped: dict[tuple[str, str], tuple[int, list[str]]] = {}
    for single in section:
        if single.rdclass != dns.rdataclass.IN:
            continue
        key = (_name(single.name), dns.rdatatype.to_text(single.rdtype))
        ttl, values = grouped.setdefault(key, (single.ttl, []))
        values.extend(_value(rdata) for rdata in single)
        grouped[key] = (min(ttl, single.ttl), values)
    return tuple(RRset(name, kind, ttl, tuple(values)) for (name, kind), (ttl, values) in grouped.items())


def _name(name: dns.name.Name) -> str:
    return "" if name == dns.name.root else name.to_text(omit_final_dot=True).lower()


def _value(rdata: dns.rdata.Rdata) -> str:
    if isinstance(rdata, dns.rdtypes.ANY.TXT.TXT):
        data = b"".join(rdata.strings)
        try:
            return data.decode()
        except UnicodeDecodeError:
            return data.decode("latin-1")
    target = getattr(rdata, "target", None)
    if isinstance(target, dns.name.Name) and rdata.rdtype in (dns.rdatatype.CNAME, dns.rdatatype.NS):
        # Compressed names inherit the random case of our question.
        return _name(target)
    return rdata.to_text()
