"""Who serves a zone, for steps that cannot be taken back: nothing remembered, nothing left out, and who said so."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.dns.client import Outcome, Reply, RRset, within
from bot.dns.zone import NoZone, Zone, Zones, glue_of, ns_of

#: Seconds until the recursor's word is taken, since the parent's servers seem to be out of reach.
_PATIENCE = 1.5

#: How many of the parent's servers confirm over TCP that there is no such name.
_WITNESSES = 3


@dataclass(frozen=True, slots=True)
class Delegation:
    """The name servers of ``zone``, all of them, and the addresses that came along.

    ``heard``: the parent's own servers said so, not only the recursor. ``denied``: they said with authority, over UDP
    and over TCP, that the zone does not exist (RFC 2308 section 2.1).
    """

    zone: str
    nameservers: tuple[str, ...] = ()
    glue: Mapping[str, list[str]] = field(default_factory=dict)
    heard: bool = True
    denied: bool = False


def by(cuts: Iterable[tuple[RRset, Reply]], zone: str) -> Delegation:
    """All that the NS sets of ``zone`` name, each with the reply that it came in."""
    names: set[str] = set()
    glue: dict[str, list[str]] = {}
    for cut, reply in cuts:
        names.update(cut.values)
        for server, addresses in glue_of(cut, reply).items():
            glue.setdefault(server, []).extend(addresses)
    return Delegation(zone, tuple(sorted(names)), glue)


async def delegation(zones: Zones, root: str) -> Delegation:
    """Who serves the registrable domain ``root`` now. Raises NoZone, with ``unregistered`` never: see ``denied``."""
    parent = await zones.parent(root)
    above = await _within(_PATIENCE, zones, parent, root) if parent else None
    if parent and above and above.rcode == "NXDOMAIN":
        above = await _confirmed(zones, parent, root)
        if above is None:
            return Delegation(root, denied=True)
    if above and (cut := ns_of(root, above)):
        return by([(cut, above)], root)
    return await _by_recursor(zones, root, root)


async def _within(seconds: float, zones: Zones, parent: Zone, root: str) -> Reply | None:
    try:
        async with asyncio.timeout(seconds):
            return await zones.first(parent, root, "NS")
    except TimeoutError:
        return None


async def _confirmed(zones: Zones, parent: Zone, root: str) -> Reply | None:
    """None if the parent's servers deny ``root`` over TCP too, where the question is in small letters as well.

    Else what they say instead. Raises NoZone where they do not say anything.
    """
    asked = (zones.direct(server.address, root, "NS", tcp=True) for server in parent.servers[:_WITNESSES])
    told = [reply for reply in await asyncio.gather(*asked) if reply.usable]
    other = next((reply for reply in told if reply.rcode != "NXDOMAIN"), None)
    if other is None and not any(reply.authoritative for reply in told):
        raise NoZone("delegation")
    return other


async def _by_recursor(zones: Zones, root: str, name: str) -> Delegation:
    """By the recursor's word, which is enough to ask servers, and never enough to say that there are none."""
    reply = await zones.recursor.ask(name, "NS")
    if reply.outcome is not Outcome.ANSWER or reply.rcode == "REFUSED":
        raise NoZone("recursor")
    cut = reply.find(name, "NS")
    if cut:
        found = by([(cut, reply)], name)
        return Delegation(name, found.nameservers, found.glue, heard=False)
    holder = reply.soa[0] if reply.soa else name
    if name == root and reply.rcode == "NOERROR" and holder != name and within(name, holder):
        # A private suffix without a cut: the zone above holds the name itself.
        return await _by_recursor(zones, root, holder)
    raise NoZone("delegation")
