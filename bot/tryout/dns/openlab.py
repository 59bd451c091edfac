"""The try-out's DNS: one pretended DNS company that runs every domain somebody thinks of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from bot.model.names import registrable
from bot.tryout.dns.lab import DnsLab
from bot.tryout.dns.mistakes import CARRIER
from bot.tryout.dns.servers import Server, Zone

#: The company and its two name servers; RFC 2606 keeps the name from being anybody's.
COMPANY = "dns-desk.example"
_SERVERS = (f"ns1.{COMPANY}", f"ns2.{COMPANY}")

#: How long anybody may remember an answer (s), so that what is changed at the desk is seen at once.
_TTL = 1

#: What stands in zones from the first day: mail and a web site, to see what *add* says to them (S9, S11); the carrier.
_FURNISHED: Mapping[str, tuple[tuple[str, str, str], ...]] = MappingProxyType(
    {
        "xyzcorp.com": (
            ("xyzcorp.com", "MX", "10 mx1.xyzcorp.com."),
            ("mail.xyzcorp.com", "MX", "10 mx1.xyzcorp.com."),
            ("www.xyzcorp.com", "A", "192.0.2.10"),
        ),
        "sparkpostmail.com": (("sparkpostmail.com", "A", CARRIER),),
    }
)


class OpenLab(DnsLab):
    """A laboratory in which every registrable domain is delegated to the company's servers, once it is asked for."""

    def __init__(self, *, now: Callable[[], int]) -> None:
        self._company: list[Server] = []  # none yet: what the laboratory itself needs is made as usual
        self._lapsed: set[str] = set()
        super().__init__(now=now)
        self._company = [self._server(name) for name in _SERVERS]
        for server in self._company:  # somebody else keeps their addresses: they are found even while both are down
            self.locate(server.name, "A", server.address)
        self._lasting = frozenset(self.zones)

    def holding(self, name: str) -> Zone:
        """The zone in which the records of ``name`` stand."""
        self._reach(name)
        return self._holders(name)[0]

    def below(self, root: str) -> list[Zone]:
        """The zone ``root`` and those below it; none where the domain has lapsed."""
        self._reach(root)
        return [zone for apex, zone in self.zones.items() if apex == root or apex.endswith(f".{root}")]

    def expire(self, zone: Zone) -> None:
        self._lapsed.add(zone.name)
        super().expire(zone)

    def begin_again(self) -> None:
        """All domains as on the first day: nothing published, every server well, nothing remembered."""
        self._lapsed.clear()
        for endpoint in self._endpoints:
            endpoint.heal()
        for resolver in self.resolvers:
            resolver.forget()
        gone = [self.zones.pop(apex) for apex in [*self.zones] if "." in apex and apex not in self._lasting]
        for zone in gone:
            self._forget(zone)
        for zone in gone:
            self._reach(zone.name)

    def _forget(self, zone: Zone) -> None:
        for server in self.servers:
            server.drop(zone.name)
        if zone.parent and zone.parent.name in self.zones:
            for host in [host for host in zone.parent.master.nodes if f".{host}".endswith(f".{zone.name}")]:
                for rdtype in ("NS", "A", "AAAA"):
                    zone.parent.remove(host, rdtype)

    def _made(
        self, apex: str, servers: list[Server], parent: Zone | None = None, *, negative: int = 0, ttl: int = 0
    ) -> Zone:
        return super()._made(apex, servers, parent, negative=_TTL, ttl=_TTL)

    def _above(self, name: str) -> Zone:
        """The zone above; a zone made on purpose is not the company's."""
        super()._reach(name)
        return next(zone for zone in self._holders(name) if zone.name != name)

    def _reach(self, name: str) -> None:
        super()._reach(name)
        root = registrable(name)
        if not self._company or not root or root in self.zones or root in self._lapsed:
            return
        if root.rpartition(".")[2] in self.zones:
            zone = self._made(root, list(self._company), self._holders(root)[0])
            for server in self._company:
                zone.nameserver(server.name, server.address)
            for host, rdtype, value in _FURNISHED.get(root, ()):
                zone.add(host, rdtype, value)
