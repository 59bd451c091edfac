"""What is seen of DNS beside the records of a domain: a name before it is registered, and whether one can look."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Survey:
    """What stands at a name before it is registered (S9).

    ``types`` are the types other than CNAME found at the name (``MX``, ``A``, ``AAAA``, ``TXT``); ``apex`` is set
    where the name is a zone of its own; ``checked`` is False where DNS gave no usable answer, and ``problem`` then
    says why (as in :class:`bot.model.look.Look`, or ``silent``). Types that only a wildcard gives are not there.
    ``cname`` is the target of a CNAME at the name.
    """

    checked: bool
    types: tuple[str, ...] = ()
    apex: bool = False
    zone: str | None = None
    nameservers: tuple[str, ...] = ()
    problem: str | None = None
    cname: str | None = None


@dataclass(frozen=True, slots=True)
class DnsHealth:
    """Whether this host can look at DNS at all (``doctor``).

    ``recursor`` and the resolvers are ``address:port`` as asked; ``egress`` says whether a root server, asked
    directly, answers on UDP, ``tcp`` whether one does on TCP; None where the recursor could not name one.
    """

    recursor: str
    recursor_answers: bool
    egress: bool | None
    resolvers: tuple[tuple[str, str, bool], ...] = ()  #: (name, address:port, answers)
    tcp: bool | None = None

    @property
    def ok(self) -> bool:
        """Enough to judge a domain: the recursor and authoritative servers answer (resolvers may be silent)."""
        return self.recursor_answers and self.egress is True
