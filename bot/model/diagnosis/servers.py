"""Servers and resolvers: who does not answer, who does not agree, who remembers something older."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.model.diagnosis.case import EMPTY, Case, Sight, answering, listed
from bot.model.look import Answer, RecordLook, Status
from bot.model.records import RecordType

See = Callable[[Case], Iterator[Sight]]

#: Why a server's answer is of no use, by what it means: nothing comes back; it does not serve the zone; UDP is too
#: small for the answer and TCP gives nothing. What is in none of them (``notimp``, ...) counts as lame.
SILENT = frozenset({"timeout", "closed", "malformed"})
CUT = frozenset({"truncated"})
LAME = frozenset({"lame", "refused", "servfail", "notauth", "notimp", "formerr"})

#: Why a server that serves the zone still gives nothing for one type, by code.
PICKY = {
    "TYPE_NOT_SUPPORTED": frozenset({"notimp", "formerr"}),
    "TXT_FILTERED": SILENT,
    "SERVFAIL": frozenset({"servfail"}),
    "NAME_REFUSED": frozenset({"refused", "notauth"}),
}


def no_address(case: Case) -> Iterator[Sight]:
    if case.context.problem == "delegation" and case.context.lost:
        yield None, {"servers": listed(case.context.lost)}


def some_without_address(case: Case) -> Iterator[Sight]:
    if case.context.problem is None and case.context.lost:
        yield None, {"servers": listed(case.context.lost)}


def cut_off(case: Case) -> Iterator[Sight]:
    if case.context.problem in ("egress", "recursor"):
        yield None, {}


def denying(case: Case) -> Iterator[Sight]:
    if case.context.problem == "denied":
        yield None, {}


def out_of_reach(case: Case) -> Iterator[Sight]:
    """All servers of the zone have IPv6 addresses only, and nothing gets out by IPv6 here."""
    if case.context.problem == "family":
        yield None, {}


def moved(case: Case) -> Iterator[Sight]:
    for server, (old, new) in case.context.moved.items():
        yield None, {"server": server, "old": old, "new": new}


def bogus(case: Case) -> Iterator[Sight]:
    if case.context.bogus:
        yield None, {"resolvers": listed(case.context.bogus)}


def unlike_parent(case: Case) -> Iterator[Sight]:
    above, inside = set(case.context.nameservers), set(case.context.child)
    if above and inside and above != inside:
        only_listed, only_own = listed(sorted(above - inside)), listed(sorted(inside - above))
        form = {} if only_listed and only_own else {"form": "listed" if only_listed else "own"}
        yield None, {"only_listed": only_listed, "only_own": only_own, **form}


def denied(case: Case) -> Iterator[Sight]:
    """The TXT is there, and a name above it is said not to exist (RFC 8020)."""
    if case.txt and case.context.hidden and case.txt.count(Status.RIGHT):
        yield case.txt, {"hidden": listed(case.context.hidden)}


def without_edns(case: Case) -> Iterator[Sight]:
    if case.context.plain:
        yield None, {"servers": listed(case.context.plain)}


def flapping(case: Case) -> Iterator[Sight]:
    for record_type, servers in case.context.flapping.items():
        if look := case.records.get(record_type):
            yield look, {"servers": listed(servers)}


def _differ(case: Case, *, right: bool) -> Iterator[Sight]:
    for look in case.records.values():
        told = {(a.status, () if a.status is Status.RIGHT else tuple(sorted(a.found))) for a in answering(look)}
        good = [a.server for a in look.servers if a.status is Status.RIGHT]
        if len(told) > 1 and bool(good) is right:
            bad = [a.server for a in answering(look) if a.status is not Status.RIGHT]
            serials = [f"{server} {serial}" for server, serial in case.context.serials.items()]
            facts = {"good": listed(good), "servers": listed(bad), "serials": listed(serials)}
            facts |= {"affected": str(len(bad)), "total": str(len(answering(look)))}
            yield look, facts | {"form": "serials" if good and serials else "plain" if good else "none"}


def stale(case: Case) -> Iterator[Sight]:
    """Some servers are right already: the others have not taken over the change."""
    yield from _differ(case, right=True)


def disagreeing(case: Case) -> Iterator[Sight]:
    yield from _differ(case, right=False)


# ---- no usable answer


def unusable(whys: frozenset[str], *, everywhere: bool) -> See:
    """Servers that give no usable answer for one of ``whys``, where no server (or only some) answers at all."""

    def see(case: Case) -> Iterator[Sight]:
        if case.context.problem:
            return
        for look in case.records.values():
            if not look.servers or everywhere == bool(answering(look)) or (everywhere and _picked(case, look)):
                continue
            silent = [a for a in look.servers if a.status is Status.UNKNOWN and a.why not in ("alias", "unsent")]
            silent = [a for a in silent if a.server not in case.context.moved]
            servers = [a.server for a in silent if _means(a.why) is whys]
            if servers:
                everyone = {a.server for a in look.servers}
                yield (
                    None,
                    {
                        "zone": case.zone_of(look),
                        "servers": listed(servers),
                        "affected": str(len(set(servers))),
                        "total": str(len(everyone)),
                        **({"form": "authority"} if whys is LAME and {a.why for a in silent} == {"lame"} else {}),
                    },
                )

    return see


def _means(why: str | None) -> frozenset[str]:
    return next((group for group in (SILENT, CUT) if why in group), LAME)


def picky(code: str) -> See:
    """No server answers about this record, and one that serves the zone does not for this reason."""

    def see(case: Case) -> Iterator[Sight]:
        for look in case.records.values():
            if found := [a for a in _picked(case, look) if a.why in PICKY[code]]:
                yield look, {"servers": listed(a.server for a in found)}

    return see


def _picked(case: Case, look: RecordLook) -> list[Answer]:
    """Servers of the zone that answer for it, but not about this record; only where nobody does."""
    if answering(look) or case.context.problem:
        return []
    return [a for a in look.servers if a.address in case.context.alive and _picky(look, a)]


def _picky(look: RecordLook, answer: Answer) -> bool:
    silent_for_txt = answer.why not in SILENT or look.record.type is RecordType.TXT
    return silent_for_txt and any(answer.why in whys for whys in PICKY.values())


# ---- resolvers


def _seen_by_resolvers(case: Case) -> Iterator[tuple[RecordLook, Answer]]:
    for look in case.records.values():
        if look.published and not case.context.beside.get(look.record.type):
            yield from ((look, answer) for answer in look.resolvers)


def remembered(case: Case) -> Iterator[Sight]:
    for look, answer in _seen_by_resolvers(case):
        if answer.status is Status.MISSING:
            yield look, {"resolver": answer.server, **_minutes(answer, case.now)}


def disagrees(case: Case) -> Iterator[Sight]:
    for look, answer in _seen_by_resolvers(case):
        if answer.status is Status.WRONG:
            found = listed(value or EMPTY for value in answer.found)
            yield look, {"resolver": answer.server, "found": found, **_minutes(answer, case.now)}
        elif answer.why == "servfail" and answer.server not in case.context.bogus:
            yield look, {"resolver": answer.server, "found": "SERVFAIL", "form": "failing"}


def _minutes(answer: Answer, now: int) -> dict[str, str]:
    """Whole minutes, rounded up, until the resolver asks again, if it says so."""
    if answer.until is None:
        return {"form": "soon"}
    return {"minutes": str(max(1, -(-(answer.until - now) // 60_000)))}
