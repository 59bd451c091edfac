"""Something stands where the record should be, and it is not right, or right in an unusual way."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.model.diagnosis import cname_targets, dkim_keys
from bot.model.diagnosis.case import EMPTY, Case, Sight, listed, wrong
from bot.model.diagnosis.missing import hours
from bot.model.key_pieces import is_piece
from bot.model.look import Answer, RecordLook, Status
from bot.model.records import RecordType, is_key, same_name, same_value

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
    if answer.why in ("alias", "loop", "long"):
        return True
    expected = case.txt.record.value if case.txt else ""
    return bool(case.context.aliases) and not any(dkim_keys.meant_as_key(expected, value) for value in answer.found)


def _keys(look: RecordLook, answer: Answer) -> list[str]:
    """Keys and pieces of keys among the values."""
    wanted = look.record.value
    key = dkim_keys.public_key_of(wanted)
    return sorted(v for v in answer.found if dkim_keys.meant_as_key(wanted, v) or (key and is_piece(key, v)))


def key_fault(code: str) -> See:
    """This is wrong with the value that was meant as our key."""

    def see(case: Case) -> Iterator[Sight]:
        for look, answer in _values(case):
            expected, found = look.record.value, _keys(look, answer)
            if not found or dkim_keys.are_halves(expected, answer.found) or _one_is_right(look, found):
                continue
            faults = dkim_keys.faults(expected, found[0])
            if code in faults:
                whose = _whose(case, code, expected, found[0])
                yield look, {"found": found[0] or EMPTY, **faults[code], **whose}

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
            facts = {"count": str(len(found)), "found": listed(others or found)}
            yield look, facts | _of_what_kind(look.record.value, found, others)


def _of_what_kind(expected: str, found: list[str], others: list[str]) -> dict[str, str]:
    """Whether the ones too many are ours as well, or only pieces beside the right one."""
    if all(dkim_keys.is_ours(expected, key) for key in others):
        return {"form": "same"}
    pieces = all(not is_key(key) or dkim_keys.is_ours(expected, key) for key in others)
    return {"form": "piece"} if pieces and len(others) < len(found) else {}


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
                yield look, {"found": _values_of(answer)}
        elif len(found) == 1 and not dkim_keys.faults(look.record.value, found[0]):
            yield look, {"found": _values_of(answer)}


def _values_of(answer: Answer) -> str:
    """The values as a text shows them; what is empty is shown as that."""
    return listed(value or EMPTY for value in sorted(answer.found))


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
            if answer.why in ("loop", "long", "broken"):
                continue
            found = _target_faults(case, case.cname, answer)
            if code in found:
                yield case.cname, {"found": _targets(answer), **found[code]}

    return see


def _target_faults(case: Case, look: RecordLook, answer: Answer) -> dkim_keys.Faults:
    if len(answer.found) != 1:
        ours = any(same_value(look.record, target) for target in answer.found)
        return {"MULTIPLE_CNAMES": {"count": str(len(answer.found)), **({"form": "ours"} if ours else {})}}
    zones = {case.zone_of(look), case.name, case.name.partition(".")[2]}
    return cname_targets.faults(look.record.value, answer.found[0], zones) or {"WRONG_TARGET": {}}


def _targets(answer: Answer) -> str:
    """The targets as a text shows them; the root's name is a dot."""
    return listed(target or "." for target in sorted(answer.found))


def endless(why: str) -> See:
    """The CNAMEs come back to where they were (``loop``), or there are more than are followed (``long``)."""

    def see(case: Case) -> Iterator[Sight]:
        for look in case.records.values():
            for answer in wrong(look):
                if answer.why == why:
                    yield look, {"found": _way(case, look, answer), "count": str(_HOPS)}

    return see


def stuck(case: Case) -> Iterator[Sight]:
    """A CNAME leads to where nobody answers."""
    for rtype, at in case.context.stuck.items():
        look = case.records.get(rtype)
        if look and any(answer.why == "alias" and answer.status is Status.UNKNOWN for answer in look.servers):
            servers = listed(at.nameservers) or at.zone
            yield look, {"alias": at.host, "alias_zone": at.zone, "servers": servers}


def chain_broken(case: Case) -> Iterator[Sight]:
    if case.txt and RecordType.TXT not in case.context.masks and not any(True for _ in swapped(case)):
        for answer in wrong(case.txt):
            if answer.why not in ("loop", "long") and _behind_alias(case, answer):
                yield case.txt, {"found": _way(case, case.txt, answer)}
    for answer in wrong(case.cname):
        if case.cname and answer.why == "broken":
            yield case.cname, {"found": _way(case, case.cname, answer)}


def swapped(case: Case) -> Iterator[Sight]:
    aliases, txt, cname = case.context.aliases, case.txt, case.cname
    if txt and cname and aliases and txt.status is not Status.RIGHT and same_name(aliases[0], cname.record.value):
        both = any(dkim_keys.is_ours(txt.record.value, text) for text in case.context.others.get("TXT", ()))
        other = case.about(cname)
        told = {"cname_host": other["host"], "cname_entry": other["entry"], "cname_value": other["entered"]}
        yield txt, {"found": aliases[0], **told, **({"form": "both"} if both else {})}


def _way(case: Case, look: RecordLook, answer: Answer) -> str:
    hops = case.context.aliases if look.record.type is RecordType.TXT else case.context.chain
    return " → ".join(hops[:_HOPS] or answer.found)


def beside(case: Case) -> Iterator[Sight]:
    """A CNAME and something else at one name, where nothing else may be (RFC 1034 section 3.6.2)."""
    for record_type, types in case.context.beside.items():
        if types and (look := case.records.get(record_type)):
            hides = {"form": "hides"} if record_type is RecordType.TXT else {}
            yield look, {"types": listed(types), **hides}


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
