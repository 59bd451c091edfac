"""The authoritative side of the laboratory: zones, and servers that each hold a copy of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import dns.message
import dns.rcode

from bot.model.records import DnsRecord, RecordType
from bot.tryout.dns.endpoint import Endpoint, Question, Rewire
from bot.tryout.dns.zonedata import Response, ZoneData


class World(Protocol):
    """What a zone needs of the laboratory it is in."""

    def zone(self, name: str, *, nameservers: int | tuple[str, ...] = 2, parent: Zone | None = None) -> Zone: ...

    def locate(self, host: str, rdtype: str, address: str, zone: Zone | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the answer it would get; ``turn`` counts how often it was asked."""

    response: Response | None
    name: str = ""
    rdtype: str = ""
    edns: bool = False
    turn: int = 0
    small: bool = True  #: the question came in small letters


#: A way to spoil answers: those it does not concern pass as they are.
Oddity = Callable[[Asked], Asked]


class Server(Endpoint):
    """An authoritative server with its own copy of the zones it serves."""

    def __init__(self, name: str, address: str, journal: Callable[[Question], None]) -> None:
        super().__init__(name, address, journal)
        self.data: dict[str, ZoneData] = {}
        self.frozen = False
        self._masters: dict[str, ZoneData] = {}
        self._exchanged = 0
        self._odd: dict[str, Oddity] = {}
        self._turns: Counter[tuple[str, str]] = Counter()

    def serve(self, master: ZoneData) -> None:
        self._masters[master.apex] = master
        self.data[master.apex] = master.copy()
        self._exchanged += 1

    def drop(self, apex: str) -> None:
        """It knows nothing of this zone any more."""
        self.data.pop(apex, None)
        self._masters.pop(apex, None)
        self._exchanged += 1

    def freeze(self, data: Mapping[str, ZoneData] | None = None) -> None:
        """A stale secondary: it keeps answering what it has now, or this ``data`` (by apex)."""
        self.data |= data or {}
        self._exchanged += 1
        self.frozen = True

    def misbehave(self, oddity: Oddity, name: str = "") -> None:
        """Answers as ``oddity`` makes them, until healed; ``name`` tells it from others."""
        self._odd[name or "odd"] = oddity

    def rewire(self, change: Rewire) -> None:
        """Every answer is sent as ``change`` makes it of the question's and the answer's bytes."""
        self._odd.setdefault("wire", lambda asked: asked)  # nothing is answered from memory
        self._rewire = change

    def refuse_names(self, *names: str) -> None:
        """REFUSED about these, although it serves their zone."""
        refused = Asked(Response(dns.rcode.REFUSED, authoritative=False))
        self._odd["names"] = lambda asked: refused if asked.name in names else asked

    def fail(self, rdtype: str, how: str = "SERVFAIL") -> None:
        """Questions of this type get that error, or nothing at all where ``how`` is empty."""
        code = dns.rcode.from_text(how) if how else None
        self._odd[rdtype] = lambda asked: (
            Asked(None if code is None else Response(code, authoritative=False)) if asked.rdtype == rdtype else asked
        )

    def block(self) -> None:
        """A firewall between us and it: nothing gets through, but resolvers elsewhere still reach it."""
        self._odd["blocked"] = lambda _: Asked(None)

    def drop_edns(self) -> None:
        """Silent when asked with EDNS."""
        self._odd["edns"] = lambda asked: Asked(None) if asked.edns else asked

    def small_letters(self) -> None:
        """It knows names in small letters only: in others they do not exist, against RFC 1034 section 3.1."""
        self._odd["small"] = lambda asked: asked if asked.small else Asked(self._nothing(asked.name))

    def flap(self) -> None:
        """Every second answer to the same question, the first among them, is that there is nothing."""
        self._odd["flap"] = lambda asked: Asked(self._nothing(asked.name)) if asked.turn % 2 else asked

    def deny_empty(self) -> None:
        """Names that are there only by what is below them are said not to exist, against RFC 8020."""
        self._odd["empty"] = lambda asked: Asked(self._nothing(asked.name)) if self._is_empty(asked.name) else asked

    def heal(self) -> None:
        """All right again; a stale secondary fetches its zones."""
        super().heal()
        self._odd.clear()
        if self.frozen:
            self.frozen = False
            self.data = {apex: master.copy() for apex, master in self._masters.items()}
            self._exchanged += 1

    def version(self) -> int | None:
        return None if self._odd else (self._exchanged << 40) + sum(data.serial for data in self.data.values())

    def respond(self, name: str, rdtype: str, query: dns.message.Message) -> Response | None:
        self._turns[name, rdtype] += 1
        shown = query.question[0].name.to_text()
        return self._answered(name, rdtype, edns=query.edns >= 0, small=shown == shown.lower())

    def foresee(self, name: str, rdtype: str) -> Response | None:
        return self._answered(name, rdtype, edns=False)

    def _answered(self, name: str, rdtype: str, *, edns: bool, small: bool = True) -> Response | None:
        asked = Asked(self.lookup(name, rdtype), name, rdtype, edns, self._turns[name, rdtype], small)
        for oddity in self._odd.values():
            asked = oddity(asked)
        return asked.response

    def _nothing(self, name: str) -> Response:
        soa = max((data for data in self.data.values() if data.holds(name)), key=lambda data: len(data.apex)).soa()
        return Response(dns.rcode.NXDOMAIN, authority=[soa])

    def _is_empty(self, name: str) -> bool:
        return any(data.is_empty(name) for data in self.data.values())

    def lookup(self, name: str, rdtype: str) -> Response:
        """From the deepest zone it serves; REFUSED where it serves none of the name's."""
        held = [data for data in self.data.values() if data.holds(name)]
        if not held:
            return Response(dns.rcode.REFUSED, authoritative=False)
        return max(held, key=lambda data: len(data.apex)).respond(name, rdtype)

    @property
    def usable(self) -> bool:
        """Whether a resolver gets anything from it."""
        return self._fault.name in ("NONE", "TRUNCATES", "RECASES") and "udp" not in self._muted


class Infrastructure(Server):
    """The root's and the top-level domains' server; these come into being when they are asked for."""

    def __init__(
        self, name: str, address: str, journal: Callable[[Question], None], reach: Callable[[str], None]
    ) -> None:
        super().__init__(name, address, journal)
        self._reach = reach

    def lookup(self, name: str, rdtype: str) -> Response:
        self._reach(name)
        return super().lookup(name, rdtype)


class Zone:
    """One zone of the laboratory: ``servers`` hold copies of the same data until told otherwise."""

    def __init__(
        self, lab: World, apex: str, servers: list[Server], parent: Zone | None, *, negative: int, ttl: int
    ) -> None:
        self._lab, self.name, self.servers, self.parent = lab, apex, servers, parent
        self.master = ZoneData(apex, servers[0].name, negative=negative, ttl=ttl)

    def publish(self, record: DnsRecord, *, only: int | None = None, ttl: int | None = None) -> None:
        """Adds a record as the platform wants it; ``only`` at that server (from 0), else at all that are not frozen."""
        value = record.value if record.type is RecordType.TXT else f"{record.value.rstrip('.')}."
        self.add(record.host, record.type.value, value, only=only, ttl=ttl)

    def add(self, host: str, rdtype: str, *values: str, only: int | None = None, ttl: int | None = None) -> None:
        """Adds records. TXT values are the bare text; other types are written as in a zone file, names in full."""
        self._everywhere(lambda data: data.add(host, rdtype, values, ttl), only)

    def remove(self, host: str, rdtype: str, *, only: int | None = None) -> None:
        """Removes all records of this type at ``host``."""
        self._everywhere(lambda data: data.remove(host, rdtype), only)

    def replace(self, record: DnsRecord, *values: str, only: int | None = None) -> None:
        """What stands at the record's host and type is now exactly ``values``."""
        self.remove(record.host, record.type.value, only=only)
        self.add(record.host, record.type.value, *values, only=only)

    def negative(self, seconds: int) -> None:
        """From now on absence may be remembered for so long."""

        def change(data: ZoneData) -> None:
            data.negative = seconds
            data.serial += 1

        self._everywhere(change, None)

    def child(self, name: str, nameservers: int | tuple[str, ...] = 1) -> Zone:
        """A zone below this one, delegated to servers of its own."""
        return self._lab.zone(name, nameservers=nameservers, parent=self)

    def nameserver(self, name: str, address: str) -> None:
        """Lists one more name server here and at the parent; ``address`` may be anything, also IPv6 or nobody's."""
        for zone in (self, self.parent):
            if zone:
                zone.add(self.name, "NS", f"{name}.")
        self._lab.locate(name, "AAAA" if ":" in address else "A", address, self)

    def _everywhere(self, change: Callable[[ZoneData], None], only: int | None) -> None:
        if only is None:
            change(self.master)
        for index, server in enumerate(self.servers):
            if only == index or (only is None and not server.frozen):
                change(server.data[self.name])
