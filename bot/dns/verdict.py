"""What one server says of the CNAME at a name, over UDP and over TCP together. Pure.

Where there is doubt the worse is taken: a CNAME of ours that is not seen may cost a live domain, one that is seen
twice costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from bot.dns.classification import MAX_FOUND
from bot.dns.client import Outcome, Reply
from bot.model.diagnosis.cname_targets import is_carrier
from bot.model.observations import CnameAnswer


class Verdict(NamedTuple):
    """The last fields of a :class:`~bot.model.observations.ServerAnswer`, in its order."""

    said: CnameAnswer
    why: str = ""
    found: tuple[str, ...] = ()


#: The worst first: of two that differ it counts.
_ORDER = tuple(CnameAnswer)

_OUTCOMES: Mapping[Outcome, str] = {
    Outcome.TIMEOUT: "timeout",
    Outcome.CLOSED: "closed",
    Outcome.MALFORMED: "malformed",
    Outcome.NOT_ASKED: "family",
    Outcome.UNSENT: "not_asked",
}

#: Why nothing is known over one transport, which leaves it to the other.
_QUIET = frozenset({"timeout", "closed", "truncated"})


def verdict(reply: Reply, name: str, target: str | None) -> Verdict:
    """What one reply to CNAME of ``name`` says. OTHER still has to be followed; ``found`` is where it leads.

    The carrier's CNAME counts wherever it stands in the answer, whatever else is wrong with the reply.
    """
    aliases = [value for rrset in reply.answer if rrset.type == "CNAME" for value in rrset.values]
    why = _unusable(reply)
    if ours := [value for value in aliases if is_carrier(value, target)]:
        return Verdict(CnameAnswer.OURS, why, few([*ours, *aliases]))
    if why:
        return Verdict(CnameAnswer.NO_ANSWER, why)
    own = reply.find(name, "CNAME")
    if own:
        return Verdict(CnameAnswer.OTHER, "", tuple(dict.fromkeys(own.values)))
    if reply.answer:
        return Verdict(CnameAnswer.NO_ANSWER, "malformed")  # a DNAME without its CNAME (RFC 6672), or nonsense
    return Verdict(CnameAnswer.NONE, "nxdomain" if reply.rcode == "NXDOMAIN" else "nodata")


def both(udp: Verdict, tcp: Verdict) -> Verdict:
    """One server's word by what it says over either transport.

    TCP counts alone where UDP is silent. What is clear over UDP alone may be forged: it is ``unconfirmed``.
    """
    if _quiet(udp) and tcp.said is not CnameAnswer.NO_ANSWER:
        return tcp
    if _quiet(tcp) and udp.said in (CnameAnswer.NONE, CnameAnswer.OTHER):
        return Verdict(CnameAnswer.NO_ANSWER, "unconfirmed", udp.found)
    return worst((udp, tcp))


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of at least one, with all targets that were seen. Among equals one that tells more than silence."""
    told = sorted(verdicts, key=lambda one: (_ORDER.index(one.said), one.why in _QUIET))
    return told[0]._replace(found=few(target for one in told for target in one.found))


def few(targets: Iterable[str]) -> tuple[str, ...]:
    """Each once, and not more than anybody reads."""
    return tuple(dict.fromkeys(targets))[:MAX_FOUND]


def _quiet(one: Verdict) -> bool:
    return one.said is CnameAnswer.NO_ANSWER and one.why in _QUIET


def _unusable(reply: Reply) -> str:
    """Why the reply says nothing of the name; empty if it does."""
    if reply.outcome is not Outcome.ANSWER:
        return _OUTCOMES[reply.outcome]
    if reply.rcode not in ("NOERROR", "NXDOMAIN"):
        return "refused" if reply.rcode == "REFUSED" else "servfail"
    if reply.truncated:
        return "truncated"
    return "" if reply.authoritative else "lame"
