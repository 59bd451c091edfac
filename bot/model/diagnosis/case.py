"""Everything a diagnosis may rest on: the answers about the records, and what was seen beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.model import dns_providers
from bot.model.look import Answer, RecordLook, Status
from bot.model.names import registrable, relative
from bot.model.records import RecordType


@dataclass(frozen=True, slots=True)
class Place:
    """A record found where it does not belong: the code that says so, and the name it stands at."""

    type: RecordType
    code: str
    host: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Mask:
    """A wildcard that answers where the record is missing: its owner, and the type of what it gives."""

    owner: str
    type: str


@dataclass(frozen=True, slots=True)
class Stuck:
    """Where nobody answers behind a CNAME: the name it leads to, the zone that holds that, and who serves it."""

    host: str
    zone: str
    nameservers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Context:
    """What was seen beside the answers about the records themselves.

    *The zone.* ``zone`` holds the sending name, ``zones`` each record; ``nameservers`` are those of ``zone`` as its
    parent lists them, ``child`` as the zone itself does (empty: not asked), ``lost`` those without a usable address;
    ``serials`` the zone's version at each server; ``problem`` as in :class:`bot.model.look.Look`.

    *The names.* ``others`` are the records at the sending name where the CNAME is missing (type -> values), ``free``
    another sending name that nothing is at, ``beside`` the types beside a CNAME, by the record that should be alone
    there; ``target`` the addresses of the right target; ``masks`` wildcards that answer instead of a record; ``places``
    where records were put instead; ``elsewhere`` servers only the zone itself lists, where they are; ``aliases`` the
    CNAMEs between the TXT's host and the TXT, ``chain`` those between the sending name and the right target; ``stuck``
    where nobody answers behind a CNAME; ``redirect`` a DNAME above (owner, target); ``hidden`` names that are there
    only by what is below them and that are denied.

    *The answers.* ``ttl`` seconds for which wrong values may be kept, ``negative`` for which absence may; ``alive``
    addresses that answer for the zone although not for a record, ``moved`` servers whose address at the parent is not
    one that the zone gives them (server -> the parent's, the zone's), ``flapping`` servers that change their answer,
    ``plain`` servers that answer only without EDNS, ``bogus`` resolvers for which DNSSEC is broken; ``holders`` whose
    key it is that stands where ours should be (``p=`` -> our domain).
    """

    zone: str | None = None
    zones: Mapping[RecordType, str] = field(default_factory=dict)
    nameservers: tuple[str, ...] = ()
    child: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    serials: Mapping[str, str] = field(default_factory=dict)
    problem: str | None = None
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    beside: Mapping[RecordType, tuple[str, ...]] = field(default_factory=dict)
    free: str | None = None
    target: tuple[str, ...] = ()
    masks: Mapping[RecordType, Mask] = field(default_factory=dict)
    places: tuple[Place, ...] = ()
    elsewhere: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    chain: tuple[str, ...] = ()
    stuck: Mapping[RecordType, Stuck] = field(default_factory=dict)
    redirect: tuple[str, str] | None = None
    hidden: tuple[str, ...] = ()
    ttl: int = 0
    negative: int = 0
    alive: frozenset[str] = frozenset()
    moved: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    flapping: Mapping[RecordType, tuple[str, ...]] = field(default_factory=dict)
    plain: tuple[str, ...] = ()
    bogus: tuple[str, ...] = ()
    holders: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a row may look at."""

    name: str
    records: Mapping[RecordType, RecordLook]
    context: Context
    now: int

    @property
    def txt(self) -> RecordLook | None:
        return self.records.get(RecordType.TXT)

    @property
    def cname(self) -> RecordLook | None:
        return self.records.get(RecordType.CNAME)

    @property
    def zone(self) -> str:
        return self.context.zone or registrable(self.name) or self.name

    def zone_of(self, look: RecordLook) -> str:
        return self.context.zones.get(look.record.type, self.zone)

    def about(self, look: RecordLook | None) -> dict[str, str]:
        """Facts every text may use; those of the record where the finding concerns one.

        ``entry`` and ``entered`` are host and value as the console of the company that serves the zone wants them.
        """
        facts = {"name": self.name, "zone": self.zone, "nameservers": listed(self.context.nameservers)}
        if look is not None:
            zone = self.zone_of(look)
            console = dns_providers.serving(self.context.nameservers)
            facts |= {
                "entry": console.host(look.record, zone) if console else relative(look.record.host, zone),
                "entered": console.value(look.record) if console else look.record.value,
                "type": look.record.type.value,
                "host": look.record.host,
                "relative": relative(look.record.host, zone),
                "value": look.record.value,
                "zone": zone,
            }
        return facts


#: How an empty TXT is shown.
EMPTY = '""'

#: What a row saw: the record concerned (None: the name as a whole), and the values its texts need beside those of
#: :meth:`Case.about`.
Sight = tuple[RecordLook | None, dict[str, str]]


def listed(values: Iterable[str]) -> str:
    """Values as texts show them."""
    return ", ".join(dict.fromkeys(values))


def answering(look: RecordLook) -> list[Answer]:
    """The servers that say something of the record."""
    return [a for a in look.servers if a.status is not Status.UNKNOWN]


def absent(look: RecordLook | None) -> bool:
    """Every server that answers says that there is nothing."""
    return look is not None and {a.status for a in answering(look)} == {Status.MISSING}


def wrong(look: RecordLook | None) -> list[Answer]:
    """One answer for each distinct set of wrong values."""
    if look is None:
        return []
    return list({(tuple(sorted(a.found)), a.why): a for a in look.servers if a.status is Status.WRONG}.values())
