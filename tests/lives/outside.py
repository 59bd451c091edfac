"""The world outside as small fakes that behave and outlive the bot: a clock, a Slack, a DNS, a mail platform."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.errors import PlatformDown, PlatformRefused, PlatformUnclear, SlackBusy, SlackUnclear
from bot.model.campaign import Campaigns
from bot.model.look import Answer, Look, RecordLook, Status
from bot.model.message import Message
from bot.model.name_survey import DnsHealth, Survey
from bot.model.observations import CnameAnswer, CnamePoll, ListedServer, Org, ServerAnswer
from bot.model.outbox import Reach
from bot.model.people import Person
from bot.model.permits import Permit
from bot.model.records import DnsRecord, RecordType
from bot.model.registration import Preflight, Registration, Stage, Verification
from tests.clock import START

TEAM, CHANNEL = "T0XYZCORP", "C0MAIL"
ALEX, SAM, SUZUKI = "U0ALEX", "U0SAM", "U0SUZUKI"
PROVISIONS_IN = 3_000  #: ms
TIMEOUT = 10.0  #: seconds, SLACK_TIMEOUT

_ZONE = "xyzcorp.com"
ORG = Org("embedded", "practice", "Practice")


class Killed(BaseException):
    """The process is gone. Nothing of it runs any further."""


class Fuse:
    """Kills the process at the n-th moment at which it does something to the world outside, before or after it."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.dead = False

    def burn(self) -> None:
        if self.left is not None:
            self.left -= 1
            self.dead = self.dead or self.left < 0
        if self.dead:
            raise Killed


class Clock:
    """Slack's time, which may step, and time that only passes; both by hand."""

    def __init__(self) -> None:
        self.instant, self.passed = START, 0  #: ms
        self.ahead = 0  #: by how much all steps together have put the clock forward (ms)

    def now(self) -> int:
        return self.instant

    def monotonic(self) -> float:
        return self.passed / 1000

    def delay_until(self, instant: int) -> float:
        return max(0.0, (instant - self.instant) / 1000)

    def forward(self, ms: int) -> None:
        self.instant += ms
        self.passed += ms

    def step(self, ms: int) -> None:
        self.instant += ms
        self.ahead += max(0, ms)


@dataclass
class Posted:
    key: str
    thread: str | None
    ts: str
    passed: int  #: when it appeared, on the clock that never steps


@dataclass
class Slack:
    """Takes messages, loses answers, is late; the journal of what people saw is the truth."""

    clock: Clock
    fuse: Fuse
    journal: list[Posted] = field(default_factory=list)
    moods: list[str] = field(default_factory=list)  #: what happens to the next calls
    _late: list[tuple[int, Posted]] = field(default_factory=list)
    _count: int = 0

    def settle(self) -> None:
        """What was taken and not carried out yet is, once its time has come."""
        for at, posted in list(self._late):
            if self.clock.passed >= at:
                self._late.remove((at, posted))
                posted.passed = self.clock.passed
                self.journal.append(posted)

    def _mood(self) -> str:
        return self.moods.pop(0) if self.moods else "well"

    async def reach(self, channel: str) -> Reach:
        return Reach.YES

    async def post(
        self, channel: str, message: Message, *, metadata: dict[str, Any], thread: str | None = None,
        broadcast: bool = False,
    ) -> tuple[str, str]:  # fmt: skip
        self.fuse.burn()
        mood = self._mood()
        if mood == "busy":
            raise SlackBusy("chat.postMessage", 3.0)
        if mood == "lost":
            raise SlackUnclear("chat.postMessage", "timeout")
        self._count += 1
        key = metadata["event_payload"]["key"] if metadata else "private"
        posted = Posted(key, thread, f"{self.clock.instant // 1000}.{self._count:06}", self.clock.passed)
        if mood == "late":
            self._late.append((self.clock.passed + round(TIMEOUT * 2000), posted))
            raise SlackUnclear("chat.postMessage", "timeout")
        self.journal.append(posted)
        self.fuse.burn()
        if mood == "answer lost":
            raise SlackUnclear("chat.postMessage", "dropped")
        return channel, posted.ts

    async def find(self, channel: str, key: str, *, since: int, thread: str | None) -> str | None:
        self.settle()
        if self._mood() not in ("well", "answer lost"):
            raise SlackUnclear("conversations.replies", "timeout")
        found = (p.ts for p in self.journal if p.key == key and p.thread == thread and float(p.ts) * 1000 >= since)
        return next(found, None)

    async def update(self, channel: str, ts: str, message: Message) -> None:
        if self._mood() not in ("well", "answer lost"):
            raise SlackUnclear("chat.update", "timeout")

    async def whisper(self, channel: str, user: str, message: Message) -> None: ...

    @property
    def counts(self) -> Counter[str]:
        return Counter(p.key for p in self.journal if p.key != "private")


class Directory:
    """Three full members, all of them in the channel."""

    async def person(self, user: str) -> Person:
        return Person(user, TEAM)

    def known(self, user: str) -> Person | None:
        return Person(user, TEAM)

    async def members(self, channel: str) -> frozenset[str] | None:
        return frozenset({ALEX, SAM, SUZUKI})

    async def group(self, id: str) -> frozenset[str]:
        return frozenset()


class Dns:
    """Each name is right, missing, wrong or silent; one of its two servers may differ."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.stands: dict[str, tuple[Status, Status]] = {}
        self.results: Mapping[str, int] = {}

    async def look(
        self, name: str, records: tuple[DnsRecord, ...], *, resolvers: bool = True, confirm: bool = False,
        fresh: bool = False, last: Look | None = None, early: Callable[[Look], None] | None = None,
    ) -> Look:  # fmt: skip
        stands = self.stands.get(name, (Status.MISSING, Status.MISSING))
        servers = tuple(Answer(f"ns{n}.{_ZONE}", f"192.0.2.{n}", status) for n, status in enumerate(stands))
        seen = tuple(RecordLook(record, servers, servers[:1] if resolvers else ()) for record in records)
        look = Look(name, self._clock.now(), seen, zone=_ZONE, confirmed=confirm)
        if early is not None:
            early(look)
        return look

    async def poll(self, name: str, *, target: str | None, former: Sequence[ListedServer] = ()) -> CnamePoll:
        said = {
            Status.RIGHT: CnameAnswer.OURS, Status.MISSING: CnameAnswer.NONE, Status.WRONG: CnameAnswer.OTHER,
            Status.UNKNOWN: CnameAnswer.NO_ANSWER,
        }  # fmt: skip
        stands = self.stands.get(name, (Status.MISSING, Status.MISSING))
        rows = [ServerAnswer(f"ns{n}.{_ZONE}", f"192.0.2.{n}", said[status]) for n, status in enumerate(stands)]
        return CnamePoll(self._clock.now(), tuple(rows))

    async def survey(self, name: str) -> Survey:
        return Survey(True, zone=_ZONE, nameservers=(f"ns0.{_ZONE}",))

    async def health(self) -> DnsHealth:
        raise NotImplementedError

    async def close(self) -> None: ...


@dataclass
class Held:
    """What the platform holds of one name."""

    records: tuple[DnsRecord, ...]
    verified: bool = False
    verified_at: int | None = None
    stage: Stage = Stage.PENDING
    done_at: int | None = (
        None  #: when it was first provisioned with both records verified, on the clock that never steps
    )
    activations: int = 0


class Platform:
    """Verifies when asked, forgets and changes its mind on order; remembers when a name was first in service."""

    name, admin_url = "embedded", None

    def __init__(self, clock: Clock, fuse: Fuse, dns: Dns) -> None:
        self._clock, self._fuse, self._dns = clock, fuse, dns
        self.holds: dict[str, Held] = {}
        self.registered: Counter[str] = Counter()
        self.moods: list[str] = []
        self._keys = 0

    def _before(self) -> None:
        self._fuse.burn()
        if self.moods and self.moods[0] == "down":
            self.moods.pop(0)
            raise PlatformDown(self.name)

    def _after(self) -> None:
        self._fuse.burn()
        if self.moods and self.moods.pop(0) == "answer lost":
            raise PlatformDown(self.name, "answer lost")

    def _lost(self) -> None:
        """As :meth:`_after`, for what may not be asked for twice."""
        try:
            self._after()
        except PlatformDown:
            raise PlatformUnclear(self.name, "answer lost") from None

    async def organisation(self) -> Org:
        return ORG

    async def inbound(self) -> tuple[str, ...]:
        return ()

    async def preflight(self) -> Preflight:
        return Preflight(ORG, frozenset())

    def issue(self, name: str) -> tuple[DnsRecord, ...]:
        """Fresh values, as every registration gets."""
        self._keys += 1
        return (
            DnsRecord(RecordType.TXT, f"scph1126._domainkey.{name}", f"v=DKIM1; k=rsa; p=KEY{self._keys}"),
            DnsRecord(RecordType.CNAME, name, "sparkpostmail.com"),
        )

    async def register(self, name: str, org: Org) -> Registration:
        self._before()
        if name in self.holds:
            raise PlatformRefused(self.name, "exists", name=name)
        self.registered[name] += 1
        self.holds[name] = Held(self.issue(name))
        self._lost()
        return self._says(name)

    async def look(self, name: str) -> Registration:
        self._before()
        self._after()
        return self._says(name)

    async def activate(self, name: str, org: Org) -> Registration:
        self._before()
        held = self.holds.get(name)
        if held is not None:
            held.activations += 1
            stands = self._dns.stands.get(name, (Status.MISSING,))
            held.verified = Status.RIGHT in stands
            if held.verified and held.verified_at is None:
                held.verified_at = self._clock.passed
        self._after()
        return self._says(name)

    async def delete(self, permit: Permit) -> bool:
        self._before()
        found = self.holds.pop(permit.name, None)
        self._lost()
        return found is not None

    def _says(self, name: str) -> Registration:
        held = self.holds.get(name)
        if held is None:
            return Registration(name, Stage.ABSENT, org=ORG)
        ready = held.verified_at is not None and self._clock.passed >= held.verified_at + PROVISIONS_IN
        if held.stage is Stage.PENDING and held.verified and ready:
            held.stage = Stage.PROVISIONED
            held.done_at = self._clock.passed if held.done_at is None else held.done_at
        verdict = Verification.VERIFIED if held.verified else Verification.PENDING
        return Registration(name, held.stage, held.records, dict.fromkeys(RecordType, verdict), org=ORG)

    async def domains(self) -> tuple[str, ...]:
        return tuple(self.holds)

    async def campaigns(self, name: str) -> Campaigns:
        return Campaigns()

    async def close(self) -> None: ...
