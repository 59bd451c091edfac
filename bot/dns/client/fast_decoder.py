"""The common answers, read without dnspython, which takes ten times as long; whatever is unusual is left to it.

Both ways give the same or this one gives nothing: a test holds them against each other. Message format: RFC 1035
section 4.1, OPT: RFC 6891 section 6.1.
"""

from __future__ import annotations

import socket
import string
import struct

import dns.ipv6

#: One resource record: name in lower case without the final dot, type, TTL in seconds, value.
Record = tuple[str, str, int, str]

#: Answer, authority, additional.
Sections = tuple[list[Record], list[Record], list[Record]]

_FIXED = struct.Struct("!HHIH")
_NUMBERS = struct.Struct("!IIIII")
_A, _NS, _CNAME, _SOA, _TXT, _AAAA = 1, 2, 5, 6, 16, 28
_IN = 1

#: An OPT record without options at the end of the message, but for the two bytes of the sender's buffer size.
_OPT = b"\0\0\x29" + bytes(6)

#: What needs no escaping when a name is written down; other names are dnspython's.
_PLAIN = (string.ascii_letters + string.digits + "-_*").encode()


class _Unusual(Exception):
    """Better read by dnspython."""


def sections(data: bytes, at: int, counts: tuple[int, int, int], host: str | None) -> Sections | None:
    """The sections of a message whose question ends ``at``; None if dnspython must look.

    ``host`` is the name asked for, in lower case without the final dot, where it needs no reading.
    """
    answer: list[Record] = []
    authority: list[Record] = []
    additional: list[Record] = []
    try:
        if counts[0]:
            at = _section(data, at, counts[0], host, answer)
        if counts[1]:
            at = _section(data, at, counts[1], host, authority)
        if counts[2] > 1:
            at = _section(data, at, counts[2] - 1, host, additional)
        if counts[2] and data[at : at + 3] + data[at + 5 :] != _OPT:
            return None
    except (_Unusual, IndexError, struct.error):
        return None
    return answer, authority, additional


def _section(data: bytes, at: int, count: int, host: str | None, found: list[Record]) -> int:
    """Puts ``count`` records from ``at`` on into ``found``; where they end."""
    for _ in range(count):
        if host is not None and data[at] == 0xC0 and data[at + 1] == 12:
            name, at = host, at + 2
        else:
            name, at = _name(data, at)
            name = name.lower()
        kind, rdclass, ttl, size = _FIXED.unpack_from(data, at)
        at += 10
        end = at + size
        if end > len(data) or rdclass != _IN or ttl > 0x7FFFFFFF:
            raise _Unusual
        if kind == _TXT:
            found.append((name, "TXT", ttl, _text(data, at, end)))
        else:
            found.append((name, *_value(data, at, end, kind, ttl)))
        at = end
    return at


def _value(data: bytes, at: int, end: int, kind: int, ttl: int) -> tuple[str, int, str]:
    """Type, TTL and value of the record data between ``at`` and ``end``."""
    if kind in (_CNAME, _NS):
        target, at = _name(data, at)
        value = "CNAME" if kind == _CNAME else "NS", ttl, target.lower()
    elif kind == _SOA:
        mname, at = _name(data, at)
        rname, at = _name(data, at)
        numbers = _NUMBERS.unpack_from(data, at)
        at += 20
        value = "SOA", ttl, " ".join((f"{mname}.", f"{rname}.", *map(str, numbers)))
    elif kind == _A and end - at == 4:
        return "A", ttl, socket.inet_ntoa(data[at:end])
    elif kind == _AAAA and end - at == 16:
        return "AAAA", ttl, dns.ipv6.inet_ntoa(data[at:end])
    else:
        raise _Unusual
    if at != end:
        raise _Unusual
    return value


def _text(data: bytes, at: int, end: int) -> str:
    if at == end:
        raise _Unusual
    if at + 1 + data[at] == end:
        return _decoded(data[at + 1 : end])
    strings = []
    while at < end:
        after = at + 1 + data[at]
        strings.append(data[at + 1 : after])
        at = after
    if at != end:
        raise _Unusual
    return _decoded(b"".join(strings))


def _decoded(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")


def _name(data: bytes, at: int) -> tuple[str, int]:
    """The name ``at`` that place without its final dot, and where it ends. Pointers must lead backwards."""
    labels = []
    end, bound, room = 0, at, 255
    while size := data[at]:
        if size >= 0xC0:
            target = (size & 0x3F) << 8 | data[at + 1]
            end = end or at + 2
            if target >= bound:
                raise _Unusual
            at = bound = target
            continue
        if size > 63:
            raise _Unusual
        room -= size + 1
        labels.append(data[at + 1 : at + 1 + size])
        at += size + 1
    joined = b".".join(labels)
    if room < 1 or b"".join(labels).translate(None, _PLAIN):
        raise _Unusual
    return joined.decode("ascii"), end or at + 1
