"""Something stands where the record should be, and it is not right, or right in an unusual way."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.model.diagnosis import cname_targets, dkim_keys
from bot.model.diagnosis.case import Case, Sight, listed, wrong
from bot.model.diagnosis.missing import hours
from bot.model.look import Answer, RecordLook, Status
from bot.model.records import RecordType, same_name, same_value

See = Callable[[Case], Iterator[Sight]]

#: Seconds: from here on it is worth a word how long a wrong value stays in caches.
_LONG = 3600

#: Characters of a CNAME chain's hops that a text shows.
_HOPS = 8


# ---- the TXT


def _values(case: Case) -> Iterator[tuple[RecordLook, Answer]]:
    """Wrong TXT answers whose values tell something: not behind an alias, not from a wildcard."""
    if case.txt and RecordType.TXT not in case.context.masks:
        yield from ((case.txt, answer) for answer in wrong(case.txt) if not _behind_alias(case, answer))


def _behind_alias(case: Case, answer: Answer) -> bool:
    """There is a CNAME where the TXT should be, and no key behind it."""
    if answer.why in ("alias", "loop"):
        return True
    expected = case.txt.record.value if case.txt else ""
    return bool(case.context.aliases) and not any(dkim_keys.meant_as_key(expected, value) for value in answer.found)


def _keys(look: RecordLook, answer: Answer) -> list[str]:
    return sorted(value for value in answer.found if dkim_keys.meant_as_key(look.record.value, value))


def key_fault(code: str) -> See:
    """This is wrong with the value that was meant as our key."""

    def see(case: Case) -> Iterator[Sight]:
        for look, answer in _values(case):
            expected, found = look.record.value, _keys(look, answer)
            if not found or dkim_keys.are_halves(expected, answer.found) or _one_is_right(look, found):
                continue
            faults = dkim_keys.faults(expected, found[0])
            if code in faults:
                yield look, {"found": found[0], **faults[code], **_whose(case, code, expected, found[0])}

    return see


def _whose(case: Case, code: str, expected: str, value: str) -> dict[str, str]:
    """Another key may be that of another domain of ours."""
    name = case.context.holders.get(dkim_keys.read(expected, value).tags.get("p", ""))
    return {"whose": name} if name and code == "KEY_MISMATCH" else {}


def _one_is_right(look: RecordLook, values: list[str]) -> bool:
    return any(same_value(look.record, value) for value in values)


def several_keys(case: Case) -> Iterator[Sight]:
    for look, answer in _values(case):
        found = _keys(look, answer)
        if len(found) > 1 and not dkim_keys.are_halves(look.record.value, answer.found):
            others = [key for key in found if not same_value(look.record, key)]
            yield look, {"count": str(len(found)), "found": listed(others or found)}


def halves(case: Case) -> Iterator[Sight]:
    for look, answer in _values(case):
        if dkim_keys.are_halves(look.record.value, answer.found):
            yield look, {"count": str(len(answer.found))}


def no_key(case: Case) -> Iterator[Sight]:
    """There is a TXT, and it is something else, or nothing that can be told."""
    for look, answer in _values(case):
        found = _keys(look, answer)
        if not found:
            if not dkim_keys.are_halves(look.record.value, answer.found):
                yield look, {"found": listed(sorted(answer.found))}
        elif len(found) == 1 and not dkim_keys.faults(look.record.value, found[0]):
            yield look, {"found": listed(sorted(answer.found))}


def old_value(case: Case) -> Iterator[Sight]:
    if case.txt and case.context.ttl > _LONG and any(True for _ in key_fault("KEY_MISMATCH")(case)):
        yield case.txt, {"hours": hours(case.context.ttl)}


def test_mode(case: Case) -> Iterator[Sight]:
    if case.txt:
        found = [value for a in case.txt.servers if a.status is Status.RIGHT for value in a.found]
        if any(same_value(case.txt.record, value) and dkim_keys.in_test_mode(value) for value in found):
            yield case.txt, {}


# ---- the CNAME


def target_fault(code: str) -> See:
    """This is wrong with the CNAME's target."""

    def see(case: Case) -> Iterator[Sight]:
        if case.cname is None or RecordType.CNAME in case.context.masks:
            return
        for answer in wrong(case.cname):
            if answer.why in ("loop", "broken"):
                continue
            found = _target_faults(case, case.cname, answer)
            if code in found:
                yield case.cname, {"found": listed(sorted(answer.found)), **found[code]}

    return see


def _target_faults(case: Case, look: RecordLook, answer: Answer) -> dkim_keys.Faults:
    if len(answer.found) != 1:
        return {"WRONG_TARGET": {}}
    zones = {case.zone_of(look), case.name, case.name.partition(".")[2]}
    return cname_targets.faults(look.record.value, answer.found[0], zones) or {"WRONG_TARGET": {}}


def looped(case: Case) -> Iterator[Sight]:
    for look in case.records.values():
        for answer in wrong(look):
            if answer.why == "loop":
                yield look, {"found": _way(case, look, answer)}


def chain_broken(case: Case) -> Iterator[Sight]:
    if case.txt and RecordType.TXT not in case.context.masks and not any(True for _ in swapped(case)):
        for answer in wrong(case.txt):
            if answer.why != "loop" and _behind_alias(case, answer):
                yield case.txt, {"found": _way(case, case.txt, answer)}
    for answer in wrong(case.cname):
        if case.cname and answer.why == "broken":
            yield case.cname, {"found": _way(case, case.cname, answer)}


def swapped(case: Case) -> Iterator[Sight]:
    aliases, txt, cname = case.context.aliases, case.txt, case.cname
    if txt and cname and aliases and txt.status is Status.WRONG and same_name(aliases[0], cname.record.value):
        yield txt, {"found": aliases[0]}


def _way(case: Case, look: RecordLook, answer: Answer) -> str:
    hops = case.context.aliases if look.record.type is RecordType.TXT else case.context.chain
    return " → ".join(hops[:_HOPS] or answer.found)


def beside(case: Case) -> Iterator[Sight]:
    if case.cname and case.context.beside:
        yield case.cname, {"types": listed(case.context.beside)}


def redirected(case: Case) -> Iterator[Sight]:
    if case.context.redirect:
        owner, target = case.context.redirect
        yield None, {"owner": owner, "target": target}


# ---- right all the same


def through_alias(case: Case) -> Iterator[Sight]:
    if case.txt and case.txt.published and case.context.aliases:
        yield case.txt, {"found": " → ".join(case.context.aliases[:_HOPS])}


def through_chain(case: Case) -> Iterator[Sight]:
    if case.cname and case.cname.published and case.context.chain:
        yield case.cname, {"found": " → ".join(case.context.chain[:_HOPS])}


def extra_txt(case: Case) -> Iterator[Sight]:
    if case.txt and case.txt.published:
        record = case.txt.record
        extra = [v for a in case.txt.servers for v in a.found if not same_value(record, v)]
        if extra and record.type is RecordType.TXT:
            yield case.txt, {"found": listed(sorted(extra))}
