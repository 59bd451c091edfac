"""Every counted server asked for the CNAME at a sending name: the evidence on which a live domain may be deleted.

Counted are all addresses of the servers that the parent of the name's zone delegates to, of those that the zone lists
itself, and of those that it listed lately. What cannot be asked is shown as not answering; nobody vanishes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from bot.dns.authority import Deadline
from bot.dns.client import Reply, RRset
from bot.dns.delegation import Delegation, by
from bot.dns.following import AGAINST, MAX_CUTS, Following, Heard
from bot.dns.zone import NoZone, Server, Zones, upwards
from bot.model.observations import CnameAnswer, CnamePoll, ListedServer, ServerAnswer

#: Seconds for one poll: nobody waits for it, and every server has time for three tries.
DEADLINE = 5.0

#: Datagrams, connections and names looked up in one poll, as reckoned before they are sent, so that every server has
#: its share; a stranger's zone cannot make us send more. A zone with more servers than that takes several rounds.
MAX_PACKETS = 150

#: So many former servers are asked at once; further ones get the packets that the listed ones leave.
_FORMER = 12

#: Servers that are shown though there were no packets left to ask them.
_MAX_UNASKED = 26

#: What servers say when nothing of ours gets out.
_UNREACHED = frozenset({"timeout", "closed", "family"})


class _Listed(NamedTuple):
    """What the servers say that are listed now; the last two as in :class:`CnamePoll`."""

    rows: Sequence[ServerAnswer]
    problem: str | None = None
    denied: bool = False


class _Level(NamedTuple):
    """A zone on the way to the name. ``cuts`` below it hold the name instead. ``told``: some server of it said
    whether there are any, and whom the zone itself lists."""

    rows: Sequence[ServerAnswer]
    cuts: Sequence[Delegation]
    told: bool


async def poll(
    zones: Zones, name: str, *, target: str | None, former: Sequence[ListedServer], at: int
) -> CnamePoll:  # fmt: skip
    """``bot.ports.Dns.poll``, begun at ``at`` (UTC ms). Of what looks remember only the suffix's servers are used."""
    following = Following(zones, target, deadline=Deadline.after(DEADLINE), packets=MAX_PACKETS)
    one = _Poll(following, name)
    listed, late = await asyncio.gather(one.listed(), one.former(former[:_FORMER]))
    late += await one.former(former[_FORMER:])
    rows: dict[str, ServerAnswer] = {}
    for row in (*listed.rows, *late):
        rows.setdefault(row.address or f"{row.why} {row.server}", row)
    dropped = set([row for row in rows.values() if row.why == "not_asked"][_MAX_UNASKED:])
    return CnamePoll(at, tuple(r for r in rows.values() if r not in dropped), listed.problem, listed.denied)


class _Poll:
    """Who is counted for ``name``, and what they say."""

    def __init__(self, following: Following, name: str) -> None:
        self._following, self._name = following, name

    async def former(self, servers: Sequence[ListedServer]) -> list[ServerAnswer]:
        heard = await asyncio.gather(*(self._following.ask(self._name, one.address) for one in servers))
        return [
            ServerAnswer(s.server, s.address, *one.verdict, listed=False) for s, one in zip(servers, heard, strict=True)
        ]

    async def listed(self) -> _Listed:
        """From the parent's list down to the zone that holds the name."""
        try:
            top = await self._following.top(self._name)
        except NoZone as why:
            return _Listed((), why.problem)
        if top.denied:
            return _Listed((), "unregistered", denied=True)
        parent = ServerAnswer(top.zone.partition(".")[2], "", CnameAnswer.NO_ANSWER, "parent")
        rows = [] if top.heard else [parent]
        waiting, seen, told = [top], {top.zone}, True
        while waiting and len(seen) <= MAX_CUTS:
            level = await self._level(waiting.pop(0))
            rows += level.rows
            told = told and level.told
            waiting += [cut for cut in level.cuts if cut.zone not in seen]
            seen.update(cut.zone for cut in level.cuts)
        reasons = {row.why if row.said is CnameAnswer.NO_ANSWER else "" for row in rows if row.address}
        if reasons and (reasons <= {"family"} or (reasons <= _UNREACHED and not top.heard)):
            return _Listed(rows, "egress")
        return _Listed(rows, None if told and not waiting else "delegation")

    async def _level(self, zone: Delegation) -> _Level:
        """The servers that ``zone`` is delegated to, and those that it lists beside them.

        Where a zone below holds the name, of what is said here only what speaks against us counts.
        """
        servers, lost = await self._following.servers(zone)
        heard = await self._thorough(servers, zone.zone)
        lists = [one[zone.zone] for _, one in heard.values() if one]
        own = by([(s, r) for r in lists if r.authoritative and (s := r.find(zone.zone, "NS"))], zone.zone)
        more = Delegation(zone.zone, tuple(n for n in own.nameservers if n not in zone.nameservers), own.glue)
        servers, more_lost = await self._following.servers(more, but={server.address for server in servers})
        heard |= await self._thorough(servers, zone.zone)
        rows = [ServerAnswer(s.name, s.address, *one.verdict) for s, (one, _) in heard.items()]
        if cuts := self._cuts(zone.zone, heard.values()):
            return _Level([row for row in rows if row.said in AGAINST], cuts, told=True)
        replies = [asked for _, one in heard.values() for asked in one.items() if asked[1].authoritative]
        told = {name for name, r in replies if r.usable and (r.rcode == "NOERROR" or name != zone.zone)}
        return _Level([*rows, *lost, *more_lost], (), told >= set(upwards(self._name, zone.zone)))

    def _cuts(self, zone: str, heard: Iterable[tuple[Heard, Mapping[str, Reply]]]) -> list[Delegation]:
        """Zones below ``zone`` that hold the name, as any of its servers says."""
        found: dict[str, list[tuple[RRset, Reply]]] = {}
        for one, lists in heard:
            for asked, reply in (*((self._name, reply) for reply in one.replies), *lists.items()):
                own = reply.find(asked, "NS") if asked != zone and reply.authoritative and reply.usable else None
                if cut := own or reply.referral(zone, self._name):
                    found.setdefault(cut.name, []).append((cut, reply))
        return [by(cuts, name) for name, cuts in found.items()]

    async def _thorough(self, servers: Sequence[Server], zone: str) -> dict[Server, tuple[Heard, Mapping[str, Reply]]]:
        """What each server of ``zone`` says of the name and, where it answers, of NS of every name up to the zone."""

        async def one(address: str) -> tuple[Heard, Mapping[str, Reply]]:
            heard = await self._following.ask(self._name, address)
            if not any(reply.usable and reply.authoritative for reply in heard.replies):
                return heard, {}
            only_tcp = not heard.replies[0].usable
            return heard, await self._following.lists(upwards(self._name, zone), address, tcp=only_tcp)

        told = await asyncio.gather(*(one(server.address) for server in servers))
        return dict(zip(servers, told, strict=True))
