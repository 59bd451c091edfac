"""One address asked for the CNAME at a name, and where that leads; with a bound on all that is sent.

Questions are as in RFC 1035, without recursion and EDNS, and in small letters, since some servers know nothing else.
Each goes out over UDP and over TCP.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from itertools import chain, zip_longest
from typing import NamedTuple

from bot.dns.authority import Deadline
from bot.dns.classification import MAX_FOUND, MAX_HOPS
from bot.dns.client import Outcome, Reply
from bot.dns.delegation import Delegation, by, delegation
from bot.dns.verdict import Verdict, both, few, verdict, worst
from bot.dns.zone import MAX_NAMESERVERS, NoZone, Server, Zones
from bot.model.names import registrable
from bot.model.observations import CLEAN, CnameAnswer, ServerAnswer

#: Deepest nesting of zones below a registrable domain that is followed.
MAX_CUTS = 8

#: Where a CNAME leads, so many name servers are asked, and so many of their addresses.
_FEW, _FEW_ADDRESSES = 8, 16

#: Datagrams of a question about the CNAME, and of one about who serves the zone.
_TRIES, _LIST_TRIES = 3, 2

AGAINST = frozenset({CnameAnswer.OURS, CnameAnswer.NOT_KNOWN})

_SILENT = Reply(Outcome.TIMEOUT)
_PRIVATE, _NOT_ASKED, _NO_ADDRESS = (Verdict(CnameAnswer.NO_ANSWER, w) for w in ("private", "not_asked", "no_address"))
_LOOP, _CHAIN = (Verdict(CnameAnswer.NOT_KNOWN, why) for why in ("loop", "chain"))


class Heard(NamedTuple):
    """What one address said of the CNAME: what that means, and its replies, UDP's first; none if it was not asked."""

    verdict: Verdict
    replies: tuple[Reply, ...] = ()


class Following:
    """Asks until ``deadline``, and as long as there are ``packets`` left: datagrams, connections, names looked up.

    ``target`` is what our CNAME points to.
    """

    def __init__(self, zones: Zones, target: str | None, *, deadline: Deadline, packets: int) -> None:
        self._zones, self._target, self._deadline, self._left = zones, target, deadline, packets
        self._asked: dict[tuple[str, ...], asyncio.Task[Heard]] = {}  # by the way there, name and address
        self._ends: dict[tuple[str, ...], asyncio.Task[Verdict]] = {}  # by the way there and name

    async def ask(self, name: str, address: str, way: tuple[str, ...] = ()) -> Heard:
        """What the server at ``address`` says of the CNAME at ``name``; asked once, whoever wants to know.

        ``way`` are the aliases that led there.
        """
        key = (*way, name, address)
        if key not in self._asked:
            self._asked[key] = asyncio.create_task(self._ask(name, address, way))
        return await self._asked[key]

    async def lists(self, names: Sequence[str], address: str, *, tcp: bool) -> dict[str, Reply]:
        """The server's replies to NS of each of ``names``."""
        if not self._pay(len(names) * _LIST_TRIES):
            return {}
        asked = (self._question(address, name, "NS", tcp=tcp, tries=_LIST_TRIES) for name in names)
        return dict(zip(names, await asyncio.gather(*asked), strict=True))

    async def top(self, name: str) -> Delegation:
        """Who serves the registrable domain of ``name``. Raises NoZone."""
        root = registrable(name)
        if root is None or not self._pay(_LIST_TRIES):
            raise NoZone("delegation")
        try:
            async with asyncio.timeout_at(self._deadline.at):
                return await delegation(self._zones, root)
        except TimeoutError:
            raise NoZone("recursor") from None

    async def servers(
        self, zone: Delegation, *, most: int = MAX_NAMESERVERS, but: Iterable[str] = ()
    ) -> tuple[list[Server], list[ServerAnswer]]:
        """All addresses but ``but``, the first of every server before the second ones; and the servers without."""
        names = zone.nameservers[:most]
        found = await asyncio.gather(*(self._addresses(name, zone.glue.get(name, ())) for name in names))
        servers: dict[str, Server] = {}
        rows = ([Server(name, address) for address in row] for name, (row, _) in zip(names, found, strict=True))
        for one in chain.from_iterable(zip_longest(*rows)):
            if one and one.address not in but:
                servers.setdefault(one.address, one)
        lost = [name for name, (addresses, whole) in zip(names, found, strict=True) if not (addresses and whole)]
        unasked = [ServerAnswer(name, "", *_NOT_ASKED) for name in zone.nameservers[most:]]
        return list(servers.values()), [*(ServerAnswer(name, "", *_NO_ADDRESS) for name in lost), *unasked]

    async def _addresses(self, server: str, glue: Sequence[str]) -> tuple[tuple[str, ...], bool]:
        """Its addresses, and whether these are all."""
        given = tuple(glue), bool(glue)
        if not self._pay(2 * _TRIES):
            return given
        began = asyncio.get_running_loop().time()
        found = await self._deadline.of(self._zones.recursor.every(server, glue), given)
        self._left += 2 * self._unused(began, _TRIES)
        return found

    def _unused(self, began: float, tries: int) -> int:
        """How many of the tries that were paid for were not needed, by the time the answer took."""
        return max(0, tries - 1 - int((asyncio.get_running_loop().time() - began) / self._zones.timeout))

    async def _ask(self, name: str, address: str, way: tuple[str, ...]) -> Heard:
        if not self._zones.recursor.allows(address):
            return Heard(_PRIVATE if address else _NO_ADDRESS)
        if not self._pay(_TRIES + 1):
            return Heard(_NOT_ASKED)
        over = (self._question(address, name, "CNAME", tcp=tcp, tries=_TRIES) for tcp in (False, True))
        replies = await asyncio.gather(*over)
        udp, tcp = await asyncio.gather(*(self._followed(reply, name, way) for reply in replies))
        return Heard(both(udp, tcp), tuple(replies))

    async def _question(self, address: str, name: str, rdtype: str, *, tcp: bool, tries: int) -> Reply:
        """The server's reply; tries that were paid for and not needed are given back."""
        began = asyncio.get_running_loop().time()
        question = self._zones.direct(address, name, rdtype, tcp=tcp, edns=False, plain=True, tries=tries)
        reply = await self._deadline.of(question, _SILENT)
        if not tcp and reply.outcome is Outcome.ANSWER:
            self._left += self._unused(began, tries)
        return reply

    def _pay(self, packets: int) -> bool:
        if self._left < packets:
            return False
        self._left -= packets
        return True

    # ---- where a CNAME leads

    async def _followed(self, reply: Reply, name: str, way: tuple[str, ...]) -> Verdict:
        """What a reply says, and what is at the end where it leads elsewhere."""
        own = verdict(reply, name, self._target)
        if own.said is not CnameAnswer.OTHER:
            return own
        ends = [_CHAIN] if len(own.found) > MAX_FOUND else []
        ends += await asyncio.gather(*(self._end(target, (*way, name)) for target in own.found[:MAX_FOUND]))
        end = worst(ends)
        return (end if end.said in AGAINST else own)._replace(found=few((*own.found, *end.found)))

    async def _end(self, name: str, way: tuple[str, ...]) -> Verdict:
        if name in way:
            return _LOOP
        if len(way) > MAX_HOPS:
            return _CHAIN
        key = (*way, name)
        if key not in self._ends:
            self._ends[key] = asyncio.create_task(self._follow(name, way))
        return await self._ends[key]

    async def _follow(self, name: str, way: tuple[str, ...]) -> Verdict:
        """OTHER where some server of the zone that holds ``name`` answers with authority, and none leads to us."""
        try:
            zone = await self.top(name)
        except NoZone:
            return _CHAIN
        if zone.denied:
            return Verdict(CnameAnswer.OTHER)
        for _ in range(MAX_CUTS):
            servers, _lost = await self.servers(zone, most=_FEW)
            heard = await asyncio.gather(*(self.ask(name, one.address, way) for one in servers[:_FEW_ADDRESSES]))
            cuts = [(cut, r) for one in heard for r in one.replies if (cut := r.referral(zone.zone, name))]
            if not cuts:
                break
            zone = by(cuts, cuts[0][0].name)
        against = [one.verdict for one in heard if one.verdict.said in AGAINST]
        if against:
            return worst(against)
        # Over UDP alone is enough here: that the CNAME at our name leads elsewhere was confirmed.
        ends = [one for one, _ in heard if one.said in CLEAN or one.why == "unconfirmed"]
        return Verdict(CnameAnswer.OTHER, "", few(t for one in ends for t in one.found)) if ends else _CHAIN
