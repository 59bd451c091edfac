"""The authoritative side of the laboratory: zones, and servers that each hold a copy of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import dns.message
import dns.rcode

from bot.model.records import DnsRecord, RecordType
from bot.tryout.dns.endpoint import Endpoint, Question
from bot.tryout.dns.zonedata import Response, ZoneData


class World(Protocol):
    """What a zone needs of the laboratory it is in."""

    def zone(self, name: str, *, nameservers: int | tuple[str, ...] = 2, parent: Zone | None = None) -> Zone: ...

    def locate(self, host: str, rdtype: str, address: str, zone: Zone | None = None) -> None: ...


class Server(Endpoint):
    """An authoritative server with its own copy of the zones it serves."""

    def __init__(self, name: str, address: str, journal: Callable[[Question], None]) -> None:
        super().__init__(name, address, journal)
        self.data: dict[str, ZoneData] = {}
        self.frozen = False
        self._masters: dict[str, ZoneData] = {}
        self._exchanged = 0

    def serve(self, master: ZoneData) -> None:
        self._masters[master.apex] = master
        self.data[master.apex] = master.copy()
        self._exchanged += 1

    def freeze(self) -> None:
        """A stale secondary: it keeps answering what it has now."""
        self.frozen = True

    def heal(self) -> None:
        """All right again; a stale secondary fetches its zones."""
        super().heal()
        if self.frozen:
            self.frozen = False
            self.data = {apex: master.copy() for apex, master in self._masters.items()}
            self._exchanged += 1

    def version(self) -> int:
        return (self._exchanged << 40) + sum(data.serial for data in self.data.values())

    def respond(self, name: str, rdtype: str, query: dns.message.Message) -> Response:
        return self.lookup(name, rdtype)

    def lookup(self, name: str, rdtype: str) -> Response:
        """From the deepest zone it serves; REFUSED where it serves none of the name's."""
        held = [data for data in self.data.values() if data.holds(name)]
        if not held:
            return Response(dns.rcode.REFUSED, authoritative=False)
        return max(held, key=lambda data: len(data.apex)).respond(name, rdtype)

    @property
    def usable(self) -> bool:
        """Whether a resolver gets anything from it."""
        return self._fault.name in ("NONE", "TRUNCATES", "RECASES")


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
