"""How each mistake of the catalogue shows itself in the answers; the rows of :mod:`bot.model.diagnosis` name these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from bot.model.look import Answer, RecordLook, Status
from bot.model.names import registrable
from bot.model.records import RecordType, fitting_tag, is_key, same_name, same_value, tags

if TYPE_CHECKING:
    from bot.model.diagnosis import Case, Sight

See = Callable[["Case"], Iterator["Sight"]]

#: Why a server's answer is of no use, by what it means: nothing comes back; it does not serve the zone; UDP is too
#: small for the answer and TCP gives nothing. What is in none of them (``notimp``, ...) counts as lame.
SILENT = frozenset({"timeout", "closed", "malformed"})
CUT = frozenset({"truncated"})
LAME = frozenset({"lame", "refused", "servfail", "notauth", "notimp", "formerr"})


def listed(values: Iterable[str]) -> str:
    """Values as texts show them."""
    return ", ".join(dict.fromkeys(values))


# ---- the name as a whole


def not_registered(case: Case) -> Iterator[Sight]:
    if case.context.problem == "unregistered":
        domain = registrable(case.name) or case.name
        yield None, {"domain": domain, "suffix": domain.partition(".")[2]}


def own_zone(case: Case) -> Iterator[Sight]:
    if case.context.zone == case.name:
        yield None, {"parent": case.name.partition(".")[2]}


def no_address(case: Case) -> Iterator[Sight]:
    if case.context.problem == "delegation" and case.context.lost:
        yield None, {"servers": listed(case.context.lost)}


def some_without_address(case: Case) -> Iterator[Sight]:
    if case.context.problem is None and case.context.lost:
        yield None, {"servers": listed(case.context.lost)}


def bogus(case: Case) -> Iterator[Sight]:
    if case.context.bogus:
        yield None, {"resolvers": listed(case.context.bogus)}


# ---- not there


def _absent(look: RecordLook | None) -> bool:
    """Every server that answers says that there is nothing."""
    return look is not None and look.count(Status.MISSING) > 0 and look.status is Status.MISSING and not _some(look)


def _some(look: RecordLook) -> bool:
    return bool(look.count(Status.RIGHT) or look.count(Status.WRONG))


def _cname_absent(case: Case) -> bool:
    """Missing, and nothing else to say about it: a zone of its own or other records explain it better."""
    return _absent(case.cname) and case.context.zone != case.name and not case.context.others


def conflict(case: Case) -> Iterator[Sight]:
    if _absent(case.cname) and case.context.others and case.context.zone != case.name:
        parent = case.name.partition(".")[2]
        yield case.cname, {"types": listed(case.context.others), "other_name": f"news.{parent}"}


def both_missing(case: Case) -> Iterator[Sight]:
    txt, cname = case.txt, case.cname
    if txt and cname and _absent(txt) and _cname_absent(case):
        first, second = case.about(txt), case.about(cname)
        yield (
            None,
            {f"txt_{key}": first[key] for key in ("host", "relative", "value")}
            | {f"cname_{key}": second[key] for key in ("host", "relative", "value")},
        )


def dkim_missing(why: str) -> See:
    """The TXT is missing alone: no server has the name (``nxdomain``), or it has something else (``nodata``)."""

    def see(case: Case) -> Iterator[Sight]:
        if case.txt and _absent(case.txt) and not _cname_absent(case):
            whys = {answer.why for answer in case.txt.servers if answer.status is Status.MISSING}
            if why == ("nodata" if whys == {"nodata"} else "nxdomain"):
                yield case.txt, {}

    return see


def cname_missing(case: Case) -> Iterator[Sight]:
    if case.cname and _cname_absent(case) and not (case.txt and _absent(case.txt)):
        yield case.cname, {}


# ---- there, but not right


def _wrong(look: RecordLook | None) -> Iterator[Answer]:
    """One answer for each distinct set of wrong values."""
    if look is not None:
        sets = {tuple(sorted(a.found)): a for a in look.servers if a.status is Status.WRONG}
        yield from sets.values()


def _keys(answer: Answer) -> list[str]:
    return [value for value in answer.found if is_key(value)]


def _behind_alias(case: Case, answer: Answer) -> bool:
    """There is a CNAME where the TXT should be, and no key behind it."""
    return answer.why == "alias" or (bool(case.context.aliases) and not _keys(answer))


def wrong_target(case: Case) -> Iterator[Sight]:
    for answer in _wrong(case.cname):
        yield case.cname, {"found": listed(answer.found)}


def no_key(case: Case) -> Iterator[Sight]:
    for answer in _wrong(case.txt):
        if not _keys(answer) and not _behind_alias(case, answer):
            yield case.txt, {"found": listed(answer.found)}


def several_keys(case: Case) -> Iterator[Sight]:
    for answer in _wrong(case.txt):
        keys = _keys(answer)
        if case.txt and len(keys) > 1:
            others = [key for key in keys if not same_value(case.txt.record, key)]
            yield case.txt, {"count": str(len(keys)), "found": listed(others or keys)}


def single_key(test: Callable[[str, str], bool]) -> See:
    """There is one key, and ``test(expected, found)`` says what is wrong with it."""

    def see(case: Case) -> Iterator[Sight]:
        for answer in _wrong(case.txt):
            keys = _keys(answer)
            if case.txt and len(keys) == 1 and test(case.txt.record.value, keys[0]):
                yield case.txt, {"found": keys[0]}

    return see


def other_key(expected: str, found: str) -> bool:
    want, have = tags(expected) or {}, tags(found) or {}
    return bool(have.get("p")) and have["p"] != want.get("p")


def revoked(_: str, found: str) -> bool:
    return (tags(found) or {}).get("p") == ""


def no_p(_: str, found: str) -> bool:
    return "p" not in (tags(found) or {})


def v_not_first(_: str, found: str) -> bool:
    have = tags(found) or {}
    return "v" in have and next(iter(have)) != "v"


def bad_tag(tag: str) -> Callable[[str, str], bool]:
    """The key is the right one, but this tag makes verifiers refuse it."""

    def test(expected: str, found: str) -> bool:
        want, have = tags(expected) or {}, tags(found) or {}
        return bool(have.get("p")) and have["p"] == want.get("p") and not fitting_tag(tag, want, have)

    return test


def swapped(case: Case) -> Iterator[Sight]:
    aliases, txt, cname = case.context.aliases, case.txt, case.cname
    if txt and cname and aliases and txt.status is Status.WRONG and same_name(aliases[0], cname.record.value):
        yield txt, {"found": aliases[0]}


def chain_broken(case: Case) -> Iterator[Sight]:
    if any(True for _ in swapped(case)):
        return
    for answer in _wrong(case.txt):
        if _behind_alias(case, answer):
            yield case.txt, {"found": listed(case.context.aliases or answer.found)}


def beside(case: Case) -> Iterator[Sight]:
    if case.cname and case.context.beside:
        yield case.cname, {"types": listed(case.context.beside)}


def inconsistent(case: Case) -> Iterator[Sight]:
    for look in case.records.values():
        told = {(a.status, () if a.status is Status.RIGHT else tuple(sorted(a.found))) for a in _answering(look)}
        if len(told) > 1:
            good = [a.server for a in look.servers if a.status is Status.RIGHT]
            bad = [a.server for a in _answering(look) if a.status is not Status.RIGHT]
            yield look, {"good": listed(good) or "-", "servers": listed(bad)}


# ---- servers and resolvers


def _answering(look: RecordLook) -> list[Answer]:
    return [a for a in look.servers if a.status is not Status.UNKNOWN]


def unusable(whys: frozenset[str], *, everywhere: bool) -> See:
    """Servers that give no usable answer for one of ``whys``, where no server (or only some) answers at all."""

    def see(case: Case) -> Iterator[Sight]:
        for look in case.records.values():
            if not look.servers or everywhere == bool(_answering(look)):
                continue
            silent = [a for a in look.servers if a.status is Status.UNKNOWN and a.why != "alias"]
            servers = [a.server for a in silent if _means(a.why) is whys]
            if servers:
                zone = case.context.zones.get(look.record.type, case.zone)
                everyone = {a.server for a in look.servers}
                yield (
                    None,
                    {
                        "zone": zone,
                        "servers": listed(servers),
                        "affected": str(len(set(servers))),
                        "total": str(len(everyone)),
                    },
                )

    return see


def _means(why: str | None) -> frozenset[str]:
    return next((group for group in (SILENT, CUT) if why in group), LAME)


def _seen_by_resolvers(case: Case) -> Iterator[tuple[RecordLook, Answer]]:
    for look in case.records.values():
        if look.published:
            yield from ((look, answer) for answer in look.resolvers)


def remembered(case: Case) -> Iterator[Sight]:
    for look, answer in _seen_by_resolvers(case):
        if answer.status is Status.MISSING:
            yield look, {"resolver": answer.server, "minutes": _minutes(answer, case.now)}


def disagrees(case: Case) -> Iterator[Sight]:
    for look, answer in _seen_by_resolvers(case):
        if answer.status is Status.WRONG or answer.why == "servfail":
            found = listed(answer.found) or "SERVFAIL"
            yield look, {"resolver": answer.server, "found": found, "minutes": _minutes(answer, case.now)}


def _minutes(answer: Answer, now: int) -> str:
    """Whole minutes, rounded up, until the resolver asks again; ``?`` where it does not say."""
    return "?" if answer.until is None else str(max(1, -(-(answer.until - now) // 60_000)))


# ---- right all the same


def through_alias(case: Case) -> Iterator[Sight]:
    if case.txt and case.txt.published and case.context.aliases:
        yield case.txt, {"found": listed(case.context.aliases)}


def extra_txt(case: Case) -> Iterator[Sight]:
    if case.txt and case.txt.published:
        record = case.txt.record
        extra = [v for a in case.txt.servers for v in a.found if not same_value(record, v)]
        if extra and record.type is RecordType.TXT:
            yield case.txt, {"found": listed(extra)}
