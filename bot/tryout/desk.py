"""The DNS desk of the try-out: one pretended DNS company that runs every domain somebody thinks of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from bot.app import Bot
from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from bot.model.names import registrable
from bot.model.records import DnsRecord, RecordType
from bot.tryout.dns import DnsLab, Server, Zone
from bot.tryout.message import Json

#: The desk's buttons: action -> label.
ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "publish": "Publish the records",
        "wrong_target": "Publish a wrong CNAME",
        "wrong_key": "Publish another key",
        "remove": "Remove them",
    }
)

#: The company and its two name servers; RFC 2606 keeps the name from being anybody's.
_COMPANY = "dns-desk.example"
_SERVERS = (f"ns1.{_COMPANY}", f"ns2.{_COMPANY}")

#: How long anybody may remember an answer (s): at the try-out's pace a usual TTL would last for days.
_TTL = 1

#: What stands in a zone that already has mail and a web site, to see what *add* says to them (S9, S11).
_FURNISHED: Mapping[str, tuple[tuple[str, str, str], ...]] = MappingProxyType(
    {
        "xyzcorp.com": (
            ("xyzcorp.com", "MX", "10 mx1.xyzcorp.com."),
            ("mail.xyzcorp.com", "MX", "10 mx1.xyzcorp.com."),
            ("www.xyzcorp.com", "A", "192.0.2.10"),
        )
    }
)

#: The end of another key: what is left when somebody pastes the value of another domain.
_OTHER_KEY = "QIDAQAB"


class OpenLab(DnsLab):
    """A laboratory in which every registrable domain is delegated to the desk's two servers, once it is asked for."""

    def __init__(self, *, now: Callable[[], int]) -> None:
        self._company: list[Server] = []  # none yet: what the laboratory itself needs is made as usual
        super().__init__(now=now)
        self._company = self.zone(_COMPANY, nameservers=_SERVERS).servers

    def _reach(self, name: str) -> None:
        super()._reach(name)
        root = registrable(name)
        if self._company and root and root not in self.zones and root.rpartition(".")[2] in self.zones:
            zone = self._made(root, self._company, self._holders(root)[0], negative=_TTL, ttl=_TTL)
            for server in self._company:
                zone.nameserver(server.name, server.address)
            for host, rdtype, value in _FURNISHED.get(root, ()):
                zone.add(host, rdtype, value)

    def holding(self, name: str) -> Zone:
        """The zone in which the records of ``name`` stand."""
        self._reach(name)
        return self._holders(name)[0]


class DnsDesk:
    """See :class:`bot.tryout.page.Desk`: shows the domain added last, and changes its records."""

    def __init__(self, bot: Bot, lab: OpenLab) -> None:
        self._bot, self._lab = bot, lab

    async def show(self) -> Json:
        domain = await self._latest()
        if domain is None:
            return {"name": "DNS desk", "domains": [], "records": []}
        zone = self._lab.holding(domain.name)
        return {
            "name": f"DNS desk: {zone.name}",
            "domains": [domain.name],
            "records": [
                {**record.as_json(), "published": bool(found), "found": found, "right": record.value in found}
                for record in domain.records
                for found in [self._found(zone, record)]
            ],
        }

    async def act(self, action: str) -> Json:
        domain = await self._latest()
        for record in domain.records if domain else ():
            zone = self._lab.holding(record.host)
            zone.remove(record.host, record.type.value)
            if action != "remove":
                zone.publish(_mistaken(record, action))
        return await self.show()

    async def _latest(self) -> EmailDomain | None:
        """The domain added last that has records; one that is removed only while nothing else is there."""
        identity = self._bot.ports.identity()
        domains = await self._bot.store.domains(identity.team) if identity else ()
        return max(
            (d for d in domains if d.records), key=lambda d: (d.state is not State.REMOVED, d.added_at), default=None
        )

    def _found(self, zone: Zone, record: DnsRecord) -> list[str]:
        node = zone.master.nodes.get(record.host)
        _, values = node.sets.get(record.type.value, (0, [])) if node else (0, [])
        return [value.rstrip(".") for value in values]


def _mistaken(record: DnsRecord, action: str) -> DnsRecord:
    """What is published instead of ``record``; the record itself where ``action`` does not touch it."""
    if action == "wrong_target" and record.type is RecordType.CNAME:
        return DnsRecord(record.type, record.host, f"mail.{record.value}")
    if action == "wrong_key" and record.type is RecordType.TXT:
        return DnsRecord(record.type, record.host, record.value[: -len(_OTHER_KEY) - 9] + "x7Qm2Kd9w" + _OTHER_KEY)
    return record
