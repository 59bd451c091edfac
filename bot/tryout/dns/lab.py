"""A small internet of DNS on loopback addresses: a root, top-level domains, zones with servers of their own, resolvers.

Every server has its own address in one random block of 127.0.0.0/8, so laboratories run beside each other; all share
one port, which is what ``EMAILDOMAIN_DNS_PORT`` is for. Linux needs no set-up for these addresses.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from functools import cache

import dns.rcode
from publicsuffixlist import PublicSuffixList

from bot.model.names import registrable
from bot.tryout.dns.endpoint import Endpoint, Question
from bot.tryout.dns.resolver import Resolver, Walk
from bot.tryout.dns.servers import Infrastructure, Server, Zone
from bot.tryout.dns.zonedata import Response

#: Questions kept for tests to look at.
_JOURNAL = 100_000

#: Names for documentation and tests (RFC 2606): top-level domains here although the public list lacks them.
_RESERVED = frozenset({"test", "example", "invalid", "localhost"})


class DnsLab:
    """The laboratory. ``now`` (UTC ms) dates what resolvers remember; ``port`` 0 takes any free one.

    Zones may be made before or after :meth:`start`. ``questions`` is the journal of everything that was asked;
    top-level domains are there by themselves, other names only once made.
    """

    def __init__(self, *, now: Callable[[], int] | None = None, port: int = 0) -> None:
        self._block = f"127.{random.randint(16, 250)}.{random.randint(0, 255)}"
        self._used = 9
        self._wanted = port
        self.port = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self.questions: deque[Question] = deque(maxlen=_JOURNAL)
        self.zones: dict[str, Zone] = {}
        self._endpoints: list[Endpoint] = []
        self._infra = Infrastructure("a.root-servers.example", f"{self._block}.1", self.questions.append, self._reach)
        self._endpoints.append(self._infra)
        self._made("", [self._infra])
        self._resolver = Resolver("recursor", f"{self._block}.3", self.questions.append, self._walk(0), None)
        self.resolvers = tuple(
            Resolver(name, f"{self._block}.{4 + i}", self.questions.append, self._walk(i), now or _loop_time)
            for i, name in enumerate(("cloudflare", "google", "quad9"))
        )
        self._endpoints += (self._resolver, *self.resolvers)
        self.locate(self._infra.name, "A", self._infra.address)

    # ---- life

    async def start(self) -> None:
        """Opens every socket on one port. Raises OSError where a wanted port is taken."""
        for tries_left in reversed(range(20)):
            self._loop = asyncio.get_running_loop()
            try:
                self.port = self._wanted
                for endpoint in self._endpoints:
                    self.port = endpoint.open(self.port, self._loop)
                break
            except OSError:
                await self.stop()
                if self._wanted or not tries_left:
                    raise
        for resolver in (self._resolver, *self.resolvers):
            resolver.port = self.port

    async def stop(self) -> None:
        await asyncio.gather(*(endpoint.close() for endpoint in self._endpoints))
        self.port, self._loop = 0, None

    # ---- what the bot is told

    @property
    def recursor(self) -> tuple[str, int]:
        """Address and port of the resolver that remembers nothing."""
        return self._resolver.address, self.port

    @property
    def recursor_server(self) -> Resolver:
        """The recursor as a server that can be silenced."""
        return self._resolver

    @property
    def settings(self) -> dict[str, str]:
        """The environment variables that point the bot here."""
        return {
            "EMAILDOMAIN_RECURSOR": f"{self._resolver.address}:{self.port}",
            "EMAILDOMAIN_DNS_PORT": str(self.port),
            "EMAILDOMAIN_DNS_PRIVATE": "yes",
            "EMAILDOMAIN_RESOLVERS": ",".join(f"{r.name}={r.address}:{self.port}" for r in self.resolvers),
        }

    # ---- zones

    def zone(
        self,
        name: str,
        *,
        nameservers: int | tuple[str, ...] = 2,
        negative: int = 300,
        ttl: int = 300,
        parent: Zone | None = None,
    ) -> Zone:
        """A delegated zone with servers of its own: ``ns1.<zone>``, ``ns2.<zone>``, ... or names of your choice.

        ``negative`` is the SOA minimum, ``ttl`` that of records, in seconds.
        """
        names = tuple(f"ns{i + 1}.{name}" for i in range(nameservers)) if isinstance(nameservers, int) else nameservers
        above = parent or self._above(name)
        zone = self._made(name, [self._server(ns) for ns in names], above, negative=negative, ttl=ttl)
        for server in zone.servers:
            zone.nameserver(server.name, server.address)
        return zone

    def locate(self, host: str, rdtype: str, address: str, zone: Zone | None = None) -> None:
        """Gives a name server's name an address: in ``zone`` and its parent as glue, else wherever the name belongs."""
        if zone is not None and zone.master.holds(host):
            zone.add(host, rdtype, address)
            if zone.parent:
                zone.parent.add(host, rdtype, address)
            return
        home = next((z for z in self._holders(host) if z.name.count(".") > 0), None)
        if home is None:
            root = registrable(host) or host
            home = self._made(root, [self._infra], self._above(root))
            for holder in (home, home.parent):
                if holder:
                    holder.add(root, "NS", f"{self._infra.name}.")
        home.add(host, rdtype, address)

    def expire(self, zone: Zone) -> None:
        """The registrar lets a domain go: the zone above does not know it any more."""
        if zone.parent:
            zone.parent.remove(zone.name, "NS")
            for server in zone.servers:
                zone.parent.remove(server.name, "A")
        del self.zones[zone.name]

    @property
    def servers(self) -> list[Server]:
        """All authoritative servers, those of the root included."""
        return [endpoint for endpoint in self._endpoints if isinstance(endpoint, Server)]

    def asked(self, server: str | None = None, name: str | None = None) -> list[Question]:
        """The journal, of one server or about one name only."""
        return [q for q in self.questions if server in (None, q.server) and name in (None, q.name)]

    def _made(
        self, apex: str, servers: list[Server], parent: Zone | None = None, *, negative: int = 900, ttl: int = 3600
    ) -> Zone:
        zone = Zone(self, apex, servers, parent, negative=negative, ttl=ttl)
        self.zones[apex] = zone
        for server in servers:
            server.serve(zone.master)
        if not apex:
            zone.nameserver(self._infra.name, self._infra.address)
        return zone

    def _server(self, name: str) -> Server:
        """The server of this name, made where there is none yet."""
        if known := next((server for server in self.servers if server.name == name), None):
            return known
        self._used += 1
        if self._used > 254:
            raise ValueError("a laboratory has room for 245 name servers")
        server = Server(name, f"{self._block}.{self._used}", self.questions.append)
        self._endpoints.append(server)
        if self._loop:
            server.open(self.port, self._loop)
        return server

    def _above(self, name: str) -> Zone:
        self._reach(name)
        return next(z for z in self._holders(name) if z.name != name)

    def _holders(self, name: str) -> list[Zone]:
        """The zones that could hold ``name``, deepest first."""
        return sorted((z for z in self.zones.values() if z.master.holds(name)), key=lambda z: -len(z.name))

    def _reach(self, name: str) -> None:
        """Makes the top-level domain of ``name`` if the world has one of that name."""
        tld = name.rpartition(".")[2]
        if tld and tld not in self.zones and (tld in _RESERVED or _suffixes().publicsuffix(tld, accept_unknown=False)):
            zone = self._made(tld, [self._infra], self.zones[""])
            for holder in (zone, self.zones[""]):
                holder.add(tld, "NS", f"{self._infra.name}.")

    # ---- resolving

    def _walk(self, turn: int) -> Walk:
        """From the root down, as resolver number ``turn`` sees it: each begins with another of a zone's servers."""

        def walk(name: str, rdtype: str) -> Response | None:
            self._reach(name)
            zone: Zone | None = self.zones[""]
            while zone is not None:
                # Real resolvers hold the root and the top-level domains for days: their faults do not show.
                usable = [s for s in zone.servers if s.usable or s is self._infra]
                if not usable:
                    return None
                response = usable[turn % len(usable)].lookup(name, rdtype)
                if response.rcode == dns.rcode.REFUSED:
                    return None
                if response.authoritative:
                    return response
                zone = self.zones.get(response.authority[0].name.to_text(omit_final_dot=True))
            return None

        return walk


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def _loop_time() -> int:
    return int(asyncio.get_running_loop().time() * 1000)
