"""dnspython's reading and writing of messages: right for everything, and slow. What is common goes past it."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

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

from bot.dns.client.fast_decoder import Record, Sections


@dataclass(frozen=True, slots=True)
class Message:
    """``rcode`` in capitals; ``ede`` are extended error codes (RFC 8914)."""

    rcode: str
    sections: Sections
    ede: tuple[int, ...]


def read(data: bytes) -> Message | None:
    """The message in ``data``; None if it cannot be read. Never raises."""
    try:
        # One record at a time: dnspython would silently keep only the last of two CNAMEs at one name.
        message = dns.message.from_wire(data, ignore_trailing=True, one_rr_per_rrset=True)
        return Message(
            dns.rcode.to_text(message.rcode()),
            (_records(message.answer), _records(message.authority), _records(message.additional)),
            tuple(int(o.code) for o in message.options if isinstance(o, dns.edns.EDEOption)),
        )
    except (dns.exception.DNSException, ValueError, IndexError, struct.error):
        return None


def wire_name(name: str) -> bytes:
    """The name as in a message. Raises ValueError."""
    try:
        wire = dns.name.from_text(name).to_wire()
    except (dns.exception.DNSException, UnicodeError) as why:
        raise ValueError(f"{name!r}: {why}") from None
    assert wire is not None  # noqa: S101  (to_wire returns None only when it writes to a file)
    return wire


def type_number(rdtype: str) -> int:
    """The number of a record type. Raises ValueError."""
    try:
        return int(dns.rdatatype.from_text(rdtype))
    except dns.exception.DNSException as why:
        raise ValueError(f"{rdtype}: {why}") from None


def _records(section: Iterable[dns.rrset.RRset]) -> list[Record]:
    return [
        (_name(single.name), dns.rdatatype.to_text(single.rdtype), single.ttl, _value(rdata))
        for single in section
        if single.rdclass == dns.rdataclass.IN
        for rdata in single
    ]


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
