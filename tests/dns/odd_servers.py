"""Servers of the laboratory with one peculiarity each, as people met them. Each is given to a zone's servers."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

import dns.rcode
import dns.rdatatype

from bot.tryout.dns.packets import question_length
from bot.tryout.dns.servers import Asked, Oddity, Server, Zone
from bot.tryout.dns.zonedata import Response


def all_of(zone: Zone, change: Callable[[Server], None]) -> None:
    for server in zone.servers:
        change(server)


def refuses_edns(code: str) -> Callable[[Server], None]:
    """An error to whatever has an OPT record (RFC 6891 section 7), the right answer without."""
    error = Response(dns.rcode.from_text(code), authoritative=False)
    return lambda server: server.misbehave(lambda asked: Asked(error) if asked.edns else asked, "edns error")


def each_by_itself(server: Server) -> None:
    """Of the types at a name that has a CNAME it gives the one asked for alone, as if there were no CNAME."""

    def only(asked: Asked) -> Asked:
        if asked.response is None:
            return asked
        wanted = dns.rdatatype.from_text(asked.rdtype)
        own = [s for s in asked.response.answer if s.rdtype == wanted]
        return replace(asked, response=replace(asked.response, answer=own)) if own else asked

    server.misbehave(only, "by itself")


def says(rcode: str, *names: str, types: Collection[str] = ()) -> Oddity:
    """The answer as it is, with this rcode, for these names (all where none is given) and types."""

    def change(asked: Asked) -> Asked:
        concerned = (not names or asked.name in names) and (not types or asked.rdtype in types)
        if asked.response is None or not concerned:
            return asked
        return replace(asked, response=replace(asked.response, rcode=dns.rcode.from_text(rcode)))

    return change


def error_to(rcode: str, *names: str) -> Oddity:
    """Nothing but an error for these names."""
    error = Response(dns.rcode.from_text(rcode), authoritative=False)
    return lambda asked: Asked(error) if asked.name in names else asked


def header_only(server: Server) -> None:
    """Errors of twelve octets: the question is not repeated."""

    def cut(_: bytes, answer: bytes) -> bytes:
        return answer[:4] + bytes(8) if answer[3] & 15 in (1, 2, 4, 5) else answer

    server.rewire(cut)


def question_in(how: Callable[[bytes], bytes]) -> Callable[[Server], None]:
    """The question comes back in its own spelling."""

    def change(asked: bytes, answer: bytes) -> bytes:
        end = 12 + question_length(asked) - 4
        return answer[:12] + how(answer[12:end]) + answer[end:]

    return lambda server: server.rewire(change)


def upper(name: bytes) -> bytes:
    return bytes(c - 32 if 97 <= c <= 122 else c for c in name)


def as_stored(name: bytes) -> bytes:
    return name.lower().replace(b"sales", b"Sales").replace(b"scph", b"Scph")
