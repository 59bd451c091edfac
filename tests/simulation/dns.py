"""DNS as machines behind the port: servers of a zone that may lag, be silent, lose a record or give two; resolvers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from bot.model.diagnosis.case import Context
from bot.model.diagnosis.cname_targets import is_carrier
from bot.model.diagnosis.table import diagnose
from bot.model.look import Answer, Finding, Look, RecordLook, Status
from bot.model.name_survey import DnsHealth, Survey
from bot.model.observations import CnameAnswer, CnamePoll, ListedServer, ServerAnswer
from bot.model.records import DnsRecord, RecordType, proves
from tests.simulation.clocks import Clocks
from tests.simulation.history import History

ZONE = "xyzcorp.com"
RESOLVERS = ("cloudflare", "google", "quad9")

Held = dict[tuple[str, str], tuple[str, ...]]  #: (type, host) to values


@dataclass
class Server:
    """One address of the zone. ``lag``: seconds until it has what was published; ``silent``: it says nothing."""

    name: str
    address: str
    listed: bool = True
    silent: bool = False
    lag: float = 0.0
    holds: Held = field(default_factory=dict)

    def gives(self, type: str, host: str) -> tuple[str, ...]:
        return self.holds.get((type, host), ())


class Zone:
    """What people publish, and what each server has of it."""

    def __init__(self, clocks: Clocks, history: History) -> None:
        self._clocks, self._history = clocks, history
        self.servers = [Server(f"ns{n}.{ZONE}", f"192.0.2.{n}") for n in (1, 2)]
        self.record: Held = {}  #: what the owner of the zone has entered
        self.denying = False  #: the resolvers say that nothing exists
        self.unregistered = False
        self.hidden: set[str] = set()  #: names at which an alias to elsewhere stands instead
        self.twice: set[str] = set()  #: names that give a second CNAME beside ours
        self.shown: set[str] = set()  #: names of which the bot was shown something
        self.listings: list[tuple[int, str]] = []  #: (until when, address) of servers no longer listed

    def publish(self, records: Iterable[DnsRecord]) -> None:
        self.enter({(r.type.value, r.host): (r.value,) for r in records})

    def withdraw(self, name: str) -> None:
        """Every record at the name and below it."""
        self.enter({key: () for key in self.record if key[1] == name or key[1].endswith(f".{name}")})

    def enter(self, changes: Mapping[tuple[str, str], tuple[str, ...]]) -> None:
        """Each server has it after its own lag."""
        for key, values in changes.items():
            self.record[key] = values
        for server in self.servers:
            if server.lag:
                asyncio.get_running_loop().call_later(server.lag, self._arrive, server, dict(changes))
            else:
                self._arrive(server, changes)
        names = sorted({host for _, host in changes})
        self._history.note("published", names[-1] if names else "", filled=[bool(v) for v in changes.values()])

    @staticmethod
    def _arrive(server: Server, changes: Mapping[tuple[str, str], tuple[str, ...]]) -> None:
        server.holds |= changes

    def settle(self) -> None:
        """Every server has what was entered, now."""
        for server in self.servers:
            server.holds, server.lag, server.silent = dict(self.record), 0.0, False

    def unlist(self, server: Server) -> None:
        server.listed = False
        self.listings.append((self._clocks.now(), server.address))

    @property
    def counted(self) -> list[Server]:
        """Listed now, or within the last 48 hours."""
        since = self._clocks.now() - 48 * 3_600_000
        lately = {address for at, address in self.listings if at >= since}
        return [s for s in self.servers if s.listed or s.address in lately]

    def ours(self, server: Server, name: str) -> bool:
        return any(is_carrier(value, None) for value in server.gives("CNAME", name))

    def verified(self, name: str, records: tuple[DnsRecord, ...]) -> Mapping[RecordType, str]:
        """As the platform sees it: one server's word, the first that speaks."""
        server = next((s for s in self.servers if s.listed and not s.silent), None)
        if server is None or self.unregistered:
            return {}
        right = {r.type: proves(r, server.gives(r.type.value, r.host)) for r in records}
        return {kind: "Verified" if ok else "Failed" for kind, ok in right.items()}

    def right(self, name: str, records: tuple[DnsRecord, ...]) -> bool:
        """Both records, at every listed server that speaks."""
        speaking = [s for s in self.servers if s.listed and not s.silent]
        return bool(speaking) and all(r.value in s.gives(r.type.value, r.host) for s in speaking for r in records)


@lru_cache(maxsize=1024)
def _diagnosed(name: str, told: tuple[RecordLook, ...], names: tuple[str, ...]) -> tuple[Finding, ...]:
    """Nothing here remembers until when, so the same is found whenever it is asked."""
    context = Context(zone=ZONE, zones={one.record.type: ZONE for one in told}, nameservers=names, child=names)
    return diagnose(name, told, context)


class SimulatedDns:
    """See :class:`bot.ports.Dns`."""

    def __init__(self, zone: Zone, clock: Callable[[], int], chance: random.Random, history: History) -> None:
        self._zone, self._now, self._chance, self._history = zone, clock, chance, history
        self.results: Mapping[str, int] = {}

    async def _wait(self) -> None:
        quick = not any(s.silent for s in self._zone.servers)
        await asyncio.sleep(0.02 + self._chance.random() * 0.1 if quick else 2.4)

    def _value(self, server: Server, record: DnsRecord) -> tuple[str, ...]:
        values = server.gives(record.type.value, record.host)
        if record.type is RecordType.CNAME and record.host in self._zone.hidden and values:
            return ("alias.elsewhere.example",)
        if record.type is RecordType.CNAME and record.host in self._zone.twice and values:
            return ("second.elsewhere.example", *values)
        return values

    def _ask(self, server: Server, record: DnsRecord) -> Answer:
        if server.silent:
            return Answer(server.name, server.address, Status.UNKNOWN, why="timeout")
        values = self._value(server, record)
        if values:
            self._zone.shown.add(record.host.rpartition("_domainkey.")[2])
        if not values:
            return Answer(server.name, server.address, Status.MISSING, why="nxdomain")
        status = Status.RIGHT if values == (record.value,) or proves(record, values) else Status.WRONG
        return Answer(server.name, server.address, status, values)

    async def look(
        self, name: str, records: tuple[DnsRecord, ...], *, resolvers: bool = True, confirm: bool = False,
        fresh: bool = False, last: Look | None = None, early: Callable[[Look], None] | None = None,
    ) -> Look:  # fmt: skip
        await self._wait()
        zone, now = self._zone, self._now()
        listed = [s for s in zone.servers if s.listed]
        if zone.unregistered:
            return Look(name, now, tuple(RecordLook(r) for r in records), zone=ZONE, problem="unregistered")
        looks = []
        for record in records:
            servers = tuple(self._ask(server, record) for server in listed)
            public: tuple[Answer, ...] = ()
            if resolvers and RecordLook(record, servers).published:
                public = self._public(record, listed)
            looks.append(RecordLook(record, servers, public))
        names = tuple(s.name for s in listed)
        told = tuple(looks)
        if last is not None and last.thorough_at is not None and last.records == told:
            return last.again(now)
        look = Look(
            name, now, told, zone=ZONE, nameservers=names, findings=_diagnosed(name, told, names), confirmed=confirm,
            thorough_at=now,
        )  # fmt: skip
        if early is not None:
            early(look)
        return look

    def _public(self, record: DnsRecord, listed: Sequence[Server]) -> tuple[Answer, ...]:
        if self._zone.denying:
            return tuple(Answer(r, "198.51.100.1", Status.MISSING, why="nxdomain") for r in RESOLVERS)
        speaking = [s for s in listed if not s.silent]
        return tuple(
            self._ask(self._chance.choice(speaking), record)._replace(server=r, address="198.51.100.1")
            for r in RESOLVERS
        )

    async def poll(self, name: str, *, target: str | None, former: Sequence[ListedServer] = ()) -> CnamePoll:
        await self._wait()
        zone = self._zone
        if zone.unregistered:
            self._history.note("poll", name, said=["denied"], clean=False)
            return CnamePoll(self._now(), (), "unregistered", denied=True)
        former_at = {one.address for one in former}
        asked = [s for s in zone.servers if s.listed or s.address in former_at]
        rows = tuple(ServerAnswer(s.name, s.address, *self._said(s, name, target), listed=s.listed) for s in asked)
        poll = CnamePoll(self._now(), rows)
        self._history.note("poll", name, said=[row.said.value for row in rows], at=[row.address for row in rows])
        return poll

    def _said(self, server: Server, name: str, target: str | None) -> tuple[CnameAnswer, str, tuple[str, ...]]:
        if server.silent:
            return CnameAnswer.NO_ANSWER, "timeout", ()
        values = server.gives("CNAME", name)
        if not values:
            return CnameAnswer.NONE, "nodata", ()
        self._zone.shown.add(name)
        if name in self._zone.hidden:
            return CnameAnswer.NOT_KNOWN, "", ("alias.elsewhere.example",)
        ours = any(is_carrier(value, target) for value in values)
        return (CnameAnswer.OURS if ours else CnameAnswer.OTHER), "", values

    async def survey(self, name: str) -> Survey:
        await self._wait()
        servers = tuple(s.name for s in self._zone.servers if s.listed)
        return Survey(not self._zone.unregistered, zone=ZONE, nameservers=servers)

    async def health(self) -> DnsHealth:
        return DnsHealth("192.0.2.53", recursor_answers=True, egress=True)

    async def close(self) -> None:
        """Nothing is open."""
