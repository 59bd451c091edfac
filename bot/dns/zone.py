"""Which zone holds a name, and at which addresses its servers are.

The recursor is asked only for what surely exists: the NS set of the registrable domain and of the zone above it, and
the addresses of name servers. From there on servers are asked directly, without recursion, so that looking for a
record never makes any resolver remember that it is not there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass
from typing import Any

from bot.dns.client import DnsClient, Outcome, Reply, RRset, spent, within
from bot.dns.manners import Manners
from bot.dns.recursor import Recursor, Ticks
from bot.dns.ttl_cache import Cache
from bot.model.names import registrable

#: The root has 13 (RFC 9609); nobody needs more. Zones are written by strangers, so everything is bounded.
MAX_NAMESERVERS = 20
MAX_ADDRESSES_OF_ONE = 4
MAX_ADDRESSES = 40

#: Seconds after which the next server is asked too, where one usable answer is enough.
_HEDGE = 0.1

#: Seconds: the longest we believe a delegation, that a zone has no cut, and that a parent cannot be asked.
_DELEGATION, _NO_CUT, _NO_PARENT = 3600, 300, 60

#: Seconds until the recursor is asked as well, since the parent's servers seem to be out of reach.
_PARENT_PATIENCE = 0.5


@dataclass(frozen=True, slots=True)
class Server:
    """One address of one name server."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone and who serves it. ``lost`` are name servers for which no usable address is known."""

    name: str
    nameservers: tuple[str, ...]
    servers: tuple[Server, ...]
    lost: tuple[str, ...] = ()


class NoZone(Exception):
    """No zone could be found; ``problem`` is ``recursor``, ``denied``, ``unregistered`` or ``delegation``.

    ``denied``: the recursor says that there is none, and nobody who must know says so. Stays in bot.dns.
    """

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class Zones:
    """Finds zones and remembers them for the TTL of their NS set, at most an hour."""

    def __init__(self, client: DnsClient, recursor: Recursor, *, port: int, clock: Ticks, timeout: float) -> None:
        self.recursor, self.timeout = recursor, timeout
        self.manners = Manners(client, port=port, clock=clock, timeout=timeout)
        self._zones: Cache[str, Zone] = Cache(50_000, _DELEGATION, clock.monotonic)  # registrable domains and below
        self._parents: Cache[str, Zone] = Cache(10_000, _DELEGATION, clock.monotonic)  # public suffixes
        self._whole: Cache[tuple[str, str], tuple[str, ...]] = Cache(200_000, _NO_CUT, clock.monotonic)
        self._orphans: Cache[str, bool] = Cache(10_000, _NO_PARENT, clock.monotonic)
        self._work: dict[str, asyncio.Task[Zone]] = {}

    async def start(self, name: str) -> Zone:
        """The deepest zone known to hold ``name``; at first that of its registrable domain. Raises NoZone."""
        above = name
        while above:
            if known := self._zones.get(above):
                return known
            above = above.partition(".")[2]
        root = registrable(name)
        if root is None:
            raise NoZone("delegation")
        return await self._once(root, lambda: self._delegation(root))

    async def below(self, zone: Zone, name: str) -> Zone | None:
        """The next zone below ``zone`` on the way to ``name``; None if ``zone`` holds it, or nobody answers."""
        between = [above for above in upwards(name, zone.name) if above != zone.name]
        if self._whole.get((zone.name, name)) is not None or not between:
            return None
        replies = await asyncio.gather(*(self.first(zone, above, "NS") for above in reversed(between)))
        for above, reply in zip(reversed(between), replies, strict=True):
            if reply is None:
                continue
            cut = reply.referral(zone.name, above) or (reply.find(above, "NS") if reply.authoritative else None)
            if cut:
                return await self.adopt(cut, reply)
        if all(replies):
            told = zip(reversed(between), replies, strict=True)
            absent = tuple(a for a, reply in told if a != name and reply and reply.denies(a))
            self._whole.put((zone.name, name), absent, _NO_CUT)
        return None

    async def denied(self, zone: Zone, name: str, holding: Collection[str]) -> tuple[str, ...]:
        """Names above ``name`` that an address of ``holding`` says do not exist, although it has ``name`` (RFC 8020).

        What a server says that lacks ``name`` is no contradiction.
        """
        suspects = self._whole.get((zone.name, name)) or ()
        asked = [(above, address) for above in suspects for address in holding]
        replies = await asyncio.gather(*(self.direct(address, above, "NS") for above, address in asked))
        denied = {above for (above, _), reply in zip(asked, replies, strict=True) if reply.denies(above)}
        still = tuple(above for above in suspects if above in denied)
        if still != suspects and all(reply.usable for reply in replies):
            self._whole.put((zone.name, name), still, _NO_CUT)
        return still

    async def root(self) -> Zone:
        """The root zone as the recursor knows it. Raises NoZone."""
        return await self._by_recursor("", await self.recursor.ask(".", "NS"))

    async def adopt(self, cut: RRset, reply: Reply) -> Zone:
        """The zone that an NS set found in ``reply`` stands for."""
        names = tuple(sorted(set(cut.values)))[:MAX_NAMESERVERS]
        glue = glue_of(cut, reply)
        found = await asyncio.gather(*(self.recursor.addresses(server, glue.get(server, ())) for server in names))
        pairs = list(zip(names, found, strict=True))
        servers = [Server(server, a) for server, addresses in pairs for a in addresses[:MAX_ADDRESSES_OF_ONE]]
        lost = tuple(server for server, addresses in pairs if not addresses)
        zone = Zone(cut.name, names, tuple(servers[:MAX_ADDRESSES]), lost)
        if zone.servers and not (lost and spent()):  # who could not be asked for is not remembered as lost
            known = self._zones if registrable(zone.name) else self._parents
            known.put(zone.name, zone, cut.ttl)
        return zone

    def forget(self, name: str) -> None:
        """Nothing remembered about where ``name`` is served will be used again."""
        root = registrable(name) or name
        for above in upwards(name, root):
            if zone := self._zones.get(above):
                for server in zone.nameservers:
                    self.recursor.forget(server)
            self._zones.forget(above)
            self._whole.forget((above, name))
        self._orphans.forget(root)

    async def parent(self, root: str) -> Zone | None:
        """The zone that delegates the registrable domain ``root``; None if the recursor cannot tell."""
        _, _, suffix = root.partition(".")
        try:
            known = self._parents.get(suffix)
            return known or (await self._once(suffix, lambda: self._parent(suffix)) if suffix else None)
        except NoZone:
            return None

    async def first(self, zone: Zone, name: str, rdtype: str) -> Reply | None:
        """The first usable answer of the zone's servers, asked one after the other; None if there is none."""
        waiting = list(zone.servers)
        asked: set[asyncio.Task[Reply]] = set()
        try:
            while waiting or asked:
                if waiting:
                    asked.add(asyncio.create_task(self.direct(waiting.pop(0).address, name, rdtype)))
                done, asked = await asyncio.wait(
                    asked, timeout=_HEDGE if waiting else None, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    reply = task.result()
                    if reply.usable and (reply.authoritative or reply.referral(zone.name, name)):
                        return reply
        finally:
            for task in asked:
                task.cancel()
        return None

    def asked(self, address: str, name: str, rdtype: str, *, plain: bool = False) -> asyncio.Future[Reply]:
        """As :meth:`direct`, at once and without a task, for whoever asks very much; ``plain``: in small letters."""
        return self.manners.soon(address, name, rdtype, plain=plain)

    async def direct(
        self, address: str, name: str, rdtype: str, *, tcp: bool = False, edns: bool = True, plain: bool = False,
        tries: int = 3,
    ) -> Reply:  # fmt: skip
        """One authoritative server's answer, asked without recursion, and as this server must be asked."""
        return await self.manners.ask(address, name, rdtype, tcp=tcp, edns=edns, plain=plain, tries=tries)

    async def close(self) -> None:
        work = tuple(self._work.values())
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)

    async def _once(self, key: str, start: Callable[[], Coroutine[Any, Any, Zone]]) -> Zone:
        """Equal work is done once, and goes on if whoever asked runs out of time: the next look needs it."""
        task = self._work.get(key)
        if task is None:
            task = asyncio.create_task(start())
            self._work[key] = task

            def done(finished: asyncio.Task[Zone]) -> None:
                self._work.pop(key, None)
                if not finished.cancelled():
                    finished.exception()  # taken, or asyncio complains when nobody waited to the end

            task.add_done_callback(done)
        await asyncio.wait({task})
        if task.cancelled():
            raise NoZone("recursor")
        return task.result()

    async def _delegation(self, root: str) -> Zone:
        """The zone of a registrable domain by its parent's NS set, else by what the recursor says."""
        parent = asyncio.create_task(self._asked_above(root))
        try:
            await asyncio.wait({parent}, timeout=_PARENT_PATIENCE)
            late = not parent.done()
            reply = await self.recursor.ask(root, "NS") if late or parent.result() is None else None
            if late:
                self._orphans.put(root, True, _NO_PARENT)
            above = parent.result() if parent.done() else None
        finally:
            parent.cancel()
        if above is not None:
            cut = ns_of(root, above)
            if cut is None:
                raise NoZone("unregistered")
            return await self.adopt(cut, above)
        if reply and reply.rcode == "NXDOMAIN" and await self._no_such_suffix(root.partition(".")[2]):
            raise NoZone("unregistered")
        zone = await self._by_recursor(root, reply or Reply(Outcome.TIMEOUT))
        if zone.name != root:
            self._zones.put(root, zone, _NO_CUT)
        return zone

    async def _by_recursor(self, name: str, reply: Reply) -> Zone:
        """The zone as the recursor knows it, from its answer to NS of ``name``."""
        if reply.outcome is not Outcome.ANSWER or reply.rcode == "REFUSED":
            raise NoZone("recursor")
        if reply.rcode == "NXDOMAIN":
            raise NoZone("denied")
        cut = reply.find(name, "NS")
        if cut:
            return await self.adopt(cut, reply)
        holder = reply.soa
        if reply.rcode == "NOERROR" and holder and holder[0] != name and within(name, holder[0]):
            # A private suffix without a cut: the zone above holds the name itself.
            return await self._by_recursor(holder[0], await self.recursor.ask(holder[0], "NS"))
        raise NoZone("delegation")

    async def _asked_above(self, root: str) -> Reply | None:
        """What the parent zone's own servers say about ``root``; None if they cannot be asked."""
        parent = None if self._orphans.get(root) else await self.parent(root)
        reply = await self.first(parent, root, "NS") if parent else None
        denied = reply and reply.denies(root) and reply.soa and within(root, reply.soa[0])  # a firewall has no SOA
        return reply if reply and (denied or ns_of(root, reply)) else None

    async def _no_such_suffix(self, suffix: str) -> bool:
        """Whether the root's own servers say that there is no such top-level domain."""
        top = suffix.rpartition(".")[2]
        try:
            reply = await self.first(await self.root(), top, "NS") if top else None
        except NoZone:
            return False
        return bool(reply and reply.denies(top))

    async def _parent(self, suffix: str) -> Zone:
        zone = await self._by_recursor(suffix, await self.recursor.ask(suffix, "NS"))
        self._parents.put(suffix, zone, _DELEGATION)  # co.jp is no zone: jp answers for it
        return zone


def glue_of(cut: RRset, reply: Reply) -> dict[str, list[str]]:
    """Addresses that came with an NS set, by server. They count only below the zone it leads to: of anybody else's
    server the recursor knows better."""
    glue: dict[str, list[str]] = {}
    for rrset in reply.additional:
        if rrset.type in ("A", "AAAA") and within(rrset.name, cut.name):
            glue.setdefault(rrset.name, []).extend(rrset.values)
    return glue


def ns_of(name: str, reply: Reply) -> RRset | None:
    """The NS set of exactly ``name``, from an answer or a referral."""
    if reply.rcode != "NOERROR":
        return None
    return next((s for s in (*reply.answer, *reply.authority) if s.type == "NS" and s.name == name), None)


def upwards(name: str, top: str) -> list[str]:
    """``name`` and what is above it, down to up, ``top`` last."""
    if not within(name, top):
        return [name]
    found = [name]
    while name != top:
        name = name.partition(".")[2]
        found.append(name)
    return found
