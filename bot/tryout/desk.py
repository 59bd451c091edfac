"""The DNS desk of the try-out: a DNS console in which records are published, rightly or with a mistake of one's choice.

Whatever is pressed, the whole laboratory is made again from what the desk remembers: which domain is published how,
which server is down, which one lags. So mistakes never add up by accident, and all can be taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.app import Bot
from bot.i18n.translator import Translate, translator
from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from bot.model.names import registrable
from bot.model.records import DnsRecord, RecordType
from bot.tryout.dns import Server, Zone
from bot.tryout.dns.catalogue import GROUPS, MISTAKES, OFFERED
from bot.tryout.dns.endpoint import Endpoint
from bot.tryout.dns.mistakes import Place
from bot.tryout.dns.openlab import COMPANY, OpenLab
from bot.tryout.dns.zonedata import ZoneData
from bot.tryout.page import NoSuchThingError
from bot.tryout.slack.message import Json
from bot.tryout.slack.workspace import Workspace

_RIGHT = "right"  #: published without a mistake; otherwise the code of one


@dataclass
class _Console:
    """What the desk remembers. ``published``: sending name -> its records as they were then, and how."""

    published: dict[str, tuple[Sequence[DnsRecord], str]] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)
    lagging: dict[str, Mapping[str, ZoneData]] = field(default_factory=dict)


class DnsDesk:
    """See :class:`bot.tryout.page.Panel`. A wish names a ``domain``, or means the one added last."""

    def __init__(self, bot: Bot, lab: OpenLab, workspace: Workspace) -> None:
        self._bot, self._lab, self._workspace = bot, lab, workspace
        self._console = _Console()

    # --- what is shown ---------------------------------------------------------------------------------------------

    async def show(self, wish: Json) -> Json:
        domains = await self._domains()
        domain = _chosen(domains, wish)
        t = self._language(wish)
        base: Json = {
            "company": COMPANY,
            "domains": [d.name for d in domains],
            "language": t.language,
            "groups": [_group(t, group, codes) for group, codes in GROUPS.items()],
        }
        if domain is None:
            return base | {"domain": None, "zone": "", "made": None, "records": [], "entries": [], "answers": []}
        zones = self._zones(domain)
        endpoints = [*self._serving(domain), *self._lab.resolvers]
        _, made = self._console.published.get(domain.name, ((), ""))
        return base | {
            "domain": domain.name,
            "zone": zones[0].name if zones else registrable(domain.name) or domain.name,
            "made": _mistake(t, made) if made in OFFERED else None,
            "records": [self._record(record) for record in domain.records],
            "entries": [entry for zone in zones for entry in _entries(zone, domain.records)],
            "answers": [self._answers(endpoint, domain.records) for endpoint in endpoints],
        }

    def _record(self, record: DnsRecord) -> Json:
        node = self._lab.holding(record.host).master.nodes.get(record.host)
        found = [value.rstrip(".") for value in node.sets.get(record.type.value, (0, []))[1]] if node else []
        return {**record.as_json(), "published": bool(found), "right": found == [record.value]}

    def _answers(self, endpoint: Endpoint, records: Iterable[DnsRecord]) -> Json:
        is_server = isinstance(endpoint, Server)
        return {
            "name": endpoint.name,
            "server": is_server,
            "down": endpoint.name in self._console.down,
            "lags": endpoint.name in self._console.lagging,
            "said": [_said(endpoint, record) for record in records],
        }

    def _zones(self, domain: EmailDomain) -> list[Zone]:
        return self._lab.below(registrable(domain.name) or domain.name)

    def _serving(self, domain: EmailDomain) -> list[Server]:
        """Every server that has the domain's zone, or one below it, whoever lists it."""
        root = registrable(domain.name) or domain.name
        has = [s for s in self._lab.servers if any(f".{apex}".endswith(f".{root}") for apex in s.data)]
        return sorted(has, key=lambda server: server.name)

    def _language(self, wish: Json) -> Translate:
        """That of the acting person: mistakes are told in it; the page itself is in English."""
        person = self._workspace.people.get(str(wish.get("as", "")))
        return translator(person.locale[:2] if person else "en")

    async def _domains(self) -> list[EmailDomain]:
        """Those that have records, the last one first; removed ones while published, or while nothing else is there."""
        identity = self._bot.ports.identity()
        found = [d for d in await self._bot.store.domains(identity.team) if d.records] if identity else []
        alive = [d for d in found if d.state is not State.REMOVED or d.name in self._console.published]
        return sorted(alive or found, key=lambda d: d.added_at, reverse=True)

    # --- what is done ----------------------------------------------------------------------------------------------

    def stand(self, records: Mapping[str, Sequence[DnsRecord]]) -> None:
        """What was published long ago, by sending name."""
        self._console.published |= {name: (found, _RIGHT) for name, found in records.items()}
        self._rebuild()

    async def act(self, action: str, wish: Json) -> Json:
        """``publish``, ``remove``, ``mistake`` (``code``), and ``down``, ``up``, ``lag``, ``catch_up`` (``server``)."""
        domain = _chosen(await self._domains(), wish)
        console, server = self._console, str(wish.get("server", ""))
        match action:
            case "publish" if domain:
                console.published[domain.name] = domain.records, _RIGHT
            case "mistake" if domain and wish.get("code") in OFFERED:
                console.published[domain.name] = domain.records, str(wish["code"])
            case "remove" if domain:
                console.published.pop(domain.name, None)
            case "down":
                console.down.add(server)
            case "up":
                console.down.discard(server)
            case "lag":
                console.lagging[server] = {apex: data.copy() for apex, data in self._server(server).data.items()}
            case "catch_up":
                console.lagging.pop(server, None)
            case _:
                raise NoSuchThingError(action)
        self._rebuild()
        return await self.show(wish)

    def _server(self, name: str) -> Server:
        found = next((server for server in self._lab.servers if server.name == name), None)
        if found is None:
            raise NoSuchThingError(name)
        return found

    def _rebuild(self) -> None:
        """The laboratory as the console has it."""
        self._lab.begin_again()
        places: list[tuple[Place, str]] = []
        for name, (records, how) in self._console.published.items():
            by_type = {record.type: record for record in records}
            zone = self._lab.holding(name)
            for record in records:
                zone.publish(record)
            places.append((Place(self._lab, zone, by_type[RecordType.TXT], by_type[RecordType.CNAME]), how))
        for place, how in places:
            if how in MISTAKES:
                MISTAKES[how](place)
        for name, data in self._console.lagging.items():
            self._server(name).freeze(data)
        for name in self._console.down:
            self._server(name).silence()


def _chosen(domains: Sequence[EmailDomain], wish: Json) -> EmailDomain | None:
    return next((d for d in domains if d.name == wish.get("domain")), domains[0] if domains else None)


def _mistake(t: Translate, code: str) -> Json:
    return {"code": code, "name": t.plain(f"mistake.{code}.name"), "did": t.plain(f"mistake.{code}.did")}


def _group(t: Translate, group: str, codes: Iterable[str]) -> Json:
    return {"label": t.plain(f"mistake_group.{group}"), "mistakes": [_mistake(t, code) for code in codes]}


def _entries(zone: Zone, wanted: Iterable[DnsRecord]) -> list[Json]:
    """Every record of a zone, its delegations included; ``right`` where it is one of ``wanted``."""
    right = {(record.host, record.type.value, record.value) for record in wanted}
    return [
        {"host": host, "type": rdtype, "value": value.rstrip("."), "right": (host, rdtype, value.rstrip(".")) in right}
        for host, node in sorted(zone.master.nodes.items(), key=lambda row: row[0].split(".")[::-1])
        for rdtype, (_, values) in node.sets.items()
        for value in values
    ]


def _said(endpoint: Endpoint, record: DnsRecord) -> Json:
    """What the endpoint answers about ``record`` right now. ``mood``: right, other, nothing, silent."""
    response = endpoint.peek(record.host, record.type.value)
    if response is None:
        return {"type": record.type.value, "mood": "silent", "values": [], "said": "no answer"}
    values = response.values(record.type.value)
    mood = "right" if record.value in values else "other" if values else "nothing"
    return {"type": record.type.value, "mood": mood, "values": values, "said": "" if values else response.said}
