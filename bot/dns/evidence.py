"""What the diagnosis needs beside the answers: asked only where something is not right, but for what is cheap."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any

from bot.dns.aliases import Seen
from bot.dns.authority import Deadline
from bot.dns.classification import classify
from bot.dns.client import Outcome, Reply, purse
from bot.dns.probing import addresses, beside, free_name, masks, own_addresses, places
from bot.dns.recursor import Ticks
from bot.dns.surveying import others
from bot.dns.ttl_cache import Cache
from bot.dns.zone import NoZone, Zone, Zones, upwards
from bot.model.diagnosis import dkim_keys
from bot.model.diagnosis.case import Context, listed
from bot.model.diagnosis.servers import SILENT
from bot.model.look import Answer, Status
from bot.model.names import registrable
from bot.model.records import DnsRecord, RecordType

#: Seconds for which a zone's own list of servers is believed.
_LIST = 3600

#: How often a server is asked again to see whether it changes its answer, and how many servers are.
_REPEATS, _REPEATED = 2, 8

#: How many of the root's servers are asked to see whether anything gets out.
_ROOTS = 3

#: How many servers that have the TXT are asked whether they deny what is above it.
_HOLDING = 2

#: Packets for that; where nobody answers, public resolvers are not asked.
_ROOT_PACKETS = 30

#: Of how many keys that stand there we look up whose they are.
_HOLDERS = 4

#: The domain of ours a public key (``p=``) belongs to, if any.
Holder = Callable[[str], Coroutine[Any, Any, str | None]]

_SILENT = Reply(Outcome.TIMEOUT)


class Evidence:
    """Gathers a :class:`Context` within the deadline; what is not there by then was not seen."""

    def __init__(self, zones: Zones, ticks: Ticks, holder: Holder | None = None) -> None:
        self._zones, self._holder = zones, holder
        self._lists: Cache[str, tuple[str, ...]] = Cache(50_000, _LIST, ticks.monotonic)

    async def gather(self, name: str, seen: list[Seen], deadline: Deadline, *, confirm: bool) -> Context:
        """``confirm`` sees also whether what is right stays right when it is asked again."""
        by_type = {one.record.type: one for one in seen}
        txt, cname = by_type.get(RecordType.TXT), by_type.get(RecordType.CNAME)
        context = Context(
            problem=next((one.problem for one in seen if one.problem), None),
            zones={one.record.type: one.zone.name for one in seen if one.zone},
            aliases=txt.aliases if txt else (),
            chain=cname.aliases if cname else (),
            stuck={one.record.type: one.stuck for one in seen if one.stuck},
            redirect=next((one.redirect for one in seen if one.redirect), None),
            plain=tuple(dict.fromkeys(server for one in seen for server in one.plain)),
            ttl=txt.ttl if txt else 0,
            negative=max((one.negative for one in seen), default=0),
        )
        zone = next((one.zone for one in (cname, *seen) if one and one.zone), None)
        if zone is None:
            return context
        context = replace(context, zone=zone.name, nameservers=zone.nameservers, lost=zone.lost)
        if _nobody(seen):
            out = await deadline.of(self._gets_out(), True)
            return context if out else replace(context, problem="egress")
        facts = await asyncio.gather(
            self._own_list(zone, seen, deadline),
            self._denied(name, txt, deadline),
            self._at_name(name, cname, deadline),
            self._beside(cname, txt, deadline),
            self._moved(seen, deadline),
            self._put_wrong(name, seen, deadline),
            self._soa(seen, deadline),
            self._repeated(seen, deadline, confirm=confirm),
            self._holders(txt, deadline),
        )
        merged: dict[str, Any] = {}
        for found in facts:
            merged |= found
        return replace(context, **merged)

    def forget(self, name: str) -> None:
        """Nothing remembered about the zones above ``name`` will be used again."""
        for above in upwards(name, registrable(name) or name):
            self._lists.forget(above)

    async def _own_list(self, zone: Zone, seen: list[Seen], deadline: Deadline) -> Mapping[str, Any]:
        """The servers the zone itself lists; those the parent does not know are asked for what is missing."""
        own = self._lists.get(zone.name)
        if own is None:
            reply = await deadline.of(self._zones.first(zone, zone.name, "NS"), None)
            found = reply.find(zone.name, "NS") if reply and reply.authoritative else None
            own = tuple(sorted(set(found.values))) if found else ()
            if found:
                self._lists.put(zone.name, own, found.ttl)
        extra = [server for server in own if server not in zone.nameservers]
        if not extra or not any(one.look.status is Status.MISSING for one in seen):
            return {"child": own}
        holding = await asyncio.gather(*(self._holds(server, seen, deadline) for server in extra[:4]))
        return {"child": own, "elsewhere": tuple(s for s, holds in zip(extra, holding, strict=False) if holds)}

    async def _holds(self, server: str, seen: list[Seen], deadline: Deadline) -> bool:
        at = await deadline.of(self._zones.recursor.addresses(server, ()), ())
        asked = [one.record for one in seen if at and one.look.status is Status.MISSING]
        replies = await asyncio.gather(*(self._once(at[0], record, deadline) for record in asked))
        told = [classify(record, reply, server, at[0]) for record, reply in zip(asked, replies, strict=True)]
        return any(answer.status is Status.RIGHT for answer in told)

    async def _denied(self, name: str, txt: Seen | None, deadline: Deadline) -> Mapping[str, Any]:
        if txt is None or txt.zone is None or not txt.look.count(Status.RIGHT):
            return {}
        holding = [a.address for a in txt.answers if a.status is Status.RIGHT][:_HOLDING]
        hidden = await deadline.of(self._zones.denied(txt.zone, txt.record.host, holding), ())
        # The sending name is there once its CNAME is; until then nothing is to be added to it.
        return {"hidden": tuple(one for one in hidden if one != name)}

    async def _at_name(self, name: str, cname: Seen | None, deadline: Deadline) -> Mapping[str, Any]:
        """Other records at the sending name instead of the CNAME, and a name that could be taken instead of it."""
        if cname is None or cname.zone is None or not any(a.why == "nodata" for a in cname.answers):
            return {}
        found = await deadline.of(others(self._zones, cname.zone, name), None)
        known: dict[str, Any] = {"others": found or {}}
        if found:
            known["free"] = await deadline.of(free_name(self._zones, cname.zone, name), None)
        if found and {"A", "AAAA"} & set(found):
            known["target"] = await deadline.of(addresses(self._zones, cname.record.value), ())
        return known

    async def _beside(self, cname: Seen | None, txt: Seen | None, deadline: Deadline) -> Mapping[str, Any]:
        """What stands beside a CNAME: only odd servers hold such a thing, and no receiver can tell what it gets."""
        found: dict[RecordType, tuple[str, ...]] = {}
        if cname and cname.zone and any(a.found for a in cname.answers) and not (txt and _dumb(txt)):
            types = await deadline.of(beside(self._zones, cname.zone, cname.record.host, cname.record.value), ())
            found[RecordType.CNAME] = types
        if txt and txt.zone and not txt.aliases and txt.look.count(Status.RIGHT):
            reply = await deadline.of(self._zones.first(txt.zone, txt.record.host, "CNAME"), None)
            if reply and reply.find(txt.record.host, "CNAME"):
                found[RecordType.TXT] = ("CNAME",)
        return {"beside": found}

    async def _moved(self, seen: list[Seen], deadline: Deadline) -> Mapping[str, Any]:
        """Servers that are of no use at the address the parent has, and to which the zone gives another."""
        for one in seen:
            silent = [a for a in one.answers if a.status is Status.UNKNOWN and a.why != "alias"]
            if one.zone and silent and len(silent) < len(one.answers):
                told = [(a, own_addresses(self._zones, one.zone, a.server)) for a in silent if a.server]
                own = await asyncio.gather(*(deadline.of(asked, ()) for _, asked in told))
                moved = [(a, new) for (a, _), new in zip(told, own, strict=True) if new and a.address not in new]
                return {"moved": {a.server: (a.address, listed(new)) for a, new in moved}}
        return {}

    async def _put_wrong(self, name: str, seen: list[Seen], deadline: Deadline) -> Mapping[str, Any]:
        """Where a missing record is instead, and which wildcard answers for it."""
        bad = [one for one in seen if one.zone and one.look.status in (Status.MISSING, Status.WRONG)]
        bad = [one for one in bad if not one.look.count(Status.RIGHT)]
        found = await asyncio.gather(
            *(deadline.of(places(self._zones, one, name), ()) for one in bad),
        )
        masked = await asyncio.gather(*(deadline.of(masks(self._zones, one), None) for one in bad))
        return {
            "places": tuple(place for row in found for place in row),
            "masks": {one.record.type: mask for one, mask in zip(bad, masked, strict=True) if mask},
        }

    async def _soa(self, seen: list[Seen], deadline: Deadline) -> Mapping[str, Any]:
        """Who serves the zone at all, and which version of it: where servers differ or nobody answers."""
        unsure = next((one for one in seen if _dumb(one) or _torn(one)), None)
        if unsure is None or unsure.zone is None:
            return {}
        zone = unsure.zone
        record = DnsRecord(RecordType.TXT, zone.name, "")
        silent = {a.address for a in unsure.answers if a.status is Status.UNKNOWN and not _dumb(unsure)}
        servers = [server for server in zone.servers if server.address not in silent]
        replies = await asyncio.gather(*(self._once(s.address, record, deadline, "SOA") for s in servers))
        found = {s: r.find(zone.name, "SOA") for s, r in zip(servers, replies, strict=True) if r.authoritative}
        return {
            "alive": frozenset(server.address for server, soa in found.items() if soa),
            "serials": {server.name: soa.values[0].split()[2] for server, soa in found.items() if soa},
        }

    async def _repeated(self, seen: list[Seen], deadline: Deadline, *, confirm: bool) -> Mapping[str, Any]:
        """Servers that change their answer when they are asked again."""
        found: dict[RecordType, tuple[str, ...]] = {}
        for one in seen:
            if one.aliases or not (confirm or one.look.status in (Status.MISSING, Status.WRONG)):
                continue
            told = [answer for answer in one.answers if answer.status is not Status.UNKNOWN][:_REPEATED]
            changed = await asyncio.gather(*(self._changes(one.record, answer, deadline) for answer in told))
            names = tuple(dict.fromkeys(a.server for a, changes in zip(told, changed, strict=True) if changes))
            if names:
                found[one.record.type] = names
        return {"flapping": found}

    async def _changes(self, record: DnsRecord, first: Answer, deadline: Deadline) -> bool:
        for _ in range(_REPEATS):
            reply = await self._once(first.address, record, deadline)
            again = classify(record, reply, first.server, first.address)
            if again.status is Status.UNKNOWN:
                return False
            if (again.status, sorted(again.found)) != (first.status, sorted(first.found)):
                return True
        return False

    async def _holders(self, txt: Seen | None, deadline: Deadline) -> Mapping[str, Any]:
        """Whose keys those are that stand where ours should be."""
        if txt is None or self._holder is None:
            return {}
        expected, wrong = txt.record.value, [a for a in txt.answers if a.status is Status.WRONG]
        shown = [
            sorted(value for value in answer.found if dkim_keys.meant_as_key(expected, value))[:1] for answer in wrong
        ]
        found = [dkim_keys.read(expected, value).tags.get("p", "") for values in shown for value in values]
        asked = list(dict.fromkeys(key for key in found if key))[:_HOLDERS]
        names = await asyncio.gather(*(deadline.of(self._holder(key), None) for key in asked))
        return {"holders": {key: name for key, name in zip(asked, names, strict=True) if name}}

    async def _gets_out(self) -> bool:
        """Whether a root server answers us. With packets of its own: silent ones may have cost the rest."""
        with purse(_ROOT_PACKETS):
            try:
                root = await self._zones.root()
            except NoZone:
                return True  # that is the recursor's trouble
            asked: list[Coroutine[Any, Any, Reply]] = [
                self._zones.direct(server.address, ".", "SOA", tries=1) for server in root.servers[:_ROOTS]
            ]
            return any(reply.usable for reply in await asyncio.gather(*asked))

    async def _once(self, address: str, record: DnsRecord, deadline: Deadline, rdtype: str | None = None) -> Reply:
        question = self._zones.direct(address, record.host, rdtype or record.type, tries=1)
        return await deadline.of(question, _SILENT)


def _nobody(seen: list[Seen]) -> bool:
    """Every server of every record is silent."""
    answers = [answer for one in seen for answer in one.answers]
    return bool(answers) and all(a.status is Status.UNKNOWN and a.why in SILENT for a in answers)


def _dumb(one: Seen) -> bool:
    """No server says anything about the record."""
    return bool(one.answers) and all(answer.status is Status.UNKNOWN for answer in one.answers)


def _torn(one: Seen) -> bool:
    """Servers say different things."""
    told = {(a.status, a.found) for a in one.answers if a.status is not Status.UNKNOWN}
    return len(told) > 1
