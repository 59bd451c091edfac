"""The sweep: whatever is due for a domain is done, one step at a time, and the next due moment is stored."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

import structlog

from bot.errors import Problem, Superseded
from bot.model.approval import Purpose
from bot.model.change import Draft
from bot.model.domain import EmailDomain
from bot.model.lifecycle import Event, Kind, State
from bot.model.records import RecordType
from bot.model.schedule import Due, Task, may_repeat, soonest, timer_event
from bot.ports import Ports
from bot.services import (
    activating,
    adopting,
    approving,
    deleting,
    ending,
    guarding_campaigns,
    registering,
    syncing_platform,
)
from bot.services.applying_look import observe
from bot.services.resting import Resting
from bot.services.updating import alter

log = structlog.get_logger(__name__)

#: Steps of one domain in one go; a domain with more to do takes its turn again.
_STEPS = 6

#: Domains under way at once, each perhaps waiting 2.4 s for servers that are silent, and taken up at a time: few, so
#: that they do not march in step and keep the loop from everything else.
_AT_ONCE, _BATCH = 256, 32

#: While some are under way, what becomes due meanwhile is taken up after so many seconds at the latest.
_AGAIN = 0.25

#: While something rests, the sweep looks this often (ms); and what else is due for the same domain, in seconds.
_PAUSE, _LOOK_IN = 1_000, 5.0


async def look(ports: Ports, domain: EmailDomain, due: Due, *, rush: bool = False) -> EmailDomain:
    # The first rounds ask the public resolvers only once the authoritative servers are right; the deciding
    # round is confirmed over TCP or by a second server.
    seen = await ports.dns.look(
        domain.name,
        domain.records,
        confirm=domain.good_since is not None,
        fresh=domain.bad_since is not None,
        last=domain.look if may_repeat(domain, ports.clock.now(), ports.rhythm, rush=rush) else None,
    )

    sending = await guarding_campaigns.live(ports, domain.name) if domain.state is State.OPEN and seen.bad else []

    def decide(draft: Draft) -> bool:
        if draft.domain.records != domain.records or draft.domain.state is not domain.state:
            return False  # somebody was faster: the look belongs to a question nobody asks any more
        return observe(draft, seen, ports.rhythm, sending=sending)

    return await alter(ports, domain, decide)


async def _timer(ports: Ports, domain: EmailDomain, due: Due) -> EmailDomain:
    event = timer_event(domain.state)

    def decide(draft: Draft) -> bool:
        if draft.domain.state is not domain.state:
            return False
        if event is Event.DNS_GAVE_UP:
            began = draft.domain.watch_from or draft.domain.since
            draft.move(event, by="clock", facts=_statuses(draft.domain) | {"until": began + ports.rhythm["watch"]})
        else:
            draft.move(event, by="clock", facts={"why": "activation_gave_up", "findings": []})
            draft.set(told=("seen",), next_platform_at=draft.now + ports.rhythm["platform"])
        return True

    return await alter(ports, domain, decide)


def _statuses(domain: EmailDomain) -> dict[str, str]:
    """What the last look said of each record."""
    seen = {r.record.type: r.status.value for r in domain.look.records} if domain.look else {}
    return {
        "txt": seen.get(RecordType.TXT, "unknown"),
        "cname": seen.get(RecordType.CNAME, "unknown"),
    }


async def _remark(ports: Ports, domain: EmailDomain, due: Due) -> EmailDomain:
    """A reminder that is made once in a wait."""
    began = domain.watch_from or domain.since
    facts: dict[str, object] = {"why": "missing"}
    if due.task is Task.WARN:
        facts = {"why": "watch_ends", "until": began + ports.rhythm["watch"]}

    def decide(draft: Draft) -> bool:
        if draft.domain.state is not domain.state or due.mark in draft.domain.told:
            return False
        draft.tell(due.mark).say(Kind.REMINDER, facts)
        return True

    return await alter(ports, domain, decide)


async def _nothing(ports: Ports, domain: EmailDomain, due: Due) -> EmailDomain:
    """Some minutes after *Check now*: still nothing there."""

    def decide(draft: Draft) -> bool:
        if draft.domain.nothing_at is None or draft.domain.nothing_at > draft.now:
            return False
        draft.set(nothing_at=None)
        waiting = draft.domain.state in (State.AWAITING_DNS, State.STALLED)
        if waiting and draft.domain.look is not None and not draft.domain.look.seen:
            draft.say(Kind.REMINDER, {"why": "nothing"})
        return True

    return await alter(ports, domain, decide)


async def _prepare(ports: Ports, domain: EmailDomain) -> EmailDomain:
    if domain.importing is not None:
        return await adopting.place(ports, domain)
    imported = domain.observations.approved(Purpose.IMPORT, domain.org_id) is not None
    return await (adopting.prepare if imported else registering.prepare)(ports, domain)


async def _late(ports: Ports, domain: EmailDomain, due: Due) -> EmailDomain:
    late = registering.late if domain.state is State.REGISTERING else activating.late
    return await late(ports, domain)


#: Does it, and returns the domain as it stands then.
Step = Callable[[Ports, EmailDomain, Due], Awaitable[EmailDomain]]

STEPS: Mapping[Task, Step] = MappingProxyType(
    {
        Task.PREPARE: lambda p, d, _: _prepare(p, d),
        Task.LATE: _late,
        Task.LOOK: look,
        Task.PLATFORM: lambda p, d, _: syncing_platform.hourly(p, d),
        Task.ACTIVATE: lambda p, d, _: activating.step(p, d),
        Task.WINDOW: lambda p, d, _: activating.open_window(p, d),
        Task.TIMER: _timer,
        Task.EXPIRE: lambda p, d, _: approving.expire(p, d),
        Task.NUDGE: lambda p, d, due: approving.nudge(p, d, due.mark),
        Task.REMIND: _remark,
        Task.WARN: _remark,
        Task.NOTHING: _nothing,
        Task.GUARD: lambda p, d, _: guarding_campaigns.guard(p, d),
        Task.REMOVE: lambda p, d, _: deleting.step(p, d),
        Task.STILL: lambda p, d, due: deleting.still(p, d, due.mark),
        Task.CLEANUP: lambda p, d, _: ending.clean_up(p, d),
        Task.UNANSWERED: lambda p, d, due: ending.unanswered(p, d, due.mark),
    }
)


class Sweeper:
    """Does what is due. Holds nothing that matters: a restart reads it all from the store again.

    A step that fails steps back: it rests, and what else is due for the same domain goes on.
    """

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._flying: dict[tuple[str, str], asyncio.Task[None]] = {}
        self.resting = Resting(ports.clock.monotonic)  #: steps, by domain
        self._asleep: dict[tuple[str, str], float] = {}  # domains of which only what rests is due, until then
        self._room = asyncio.Event()
        self._rush = False  # more is due than fits
        self._broken: BaseException | None = None  # what no domain's trouble can be

    async def sweep(self) -> int | None:
        """Everything that is due now; returns when the next thing will be (UTC ms).

        A pipeline: new domains are taken up as soon as there is room, whatever the slowest is waiting for.
        """
        ports = self._ports
        try:
            while True:
                self._wake_up()
                skip = self._flying.keys() | self._asleep.keys()
                batch = await ports.store.due(ports.clock.now(), _BATCH, skip)
                for domain in batch:
                    self._flying[domain.id] = asyncio.create_task(self._advance(domain))
                if not self._flying:
                    return await self._next()
                self._rush = len(batch) == _BATCH
                if self._rush and len(self._flying) <= _AT_ONCE - _BATCH:
                    continue
                self._room.clear()
                with contextlib.suppress(TimeoutError):
                    # Not wait_for: before Python 3.12 it forgets that it was cancelled where it ends at that moment.
                    async with asyncio.timeout(_AGAIN):
                        await self._room.wait()
                if self._broken is not None:
                    raise self._broken
        finally:
            self._broken = None
            await self._land()

    async def _next(self) -> int | None:
        soonest = await self._ports.store.next_due()
        # What is due and was not taken rests after a failure: no need to look again every moment.
        return None if soonest is None else max(soonest, self._ports.clock.now() + (_PAUSE if self._asleep else 0))

    async def _land(self) -> None:
        """Stopped, or the store failed: what is under way is given up, and is due again."""
        tasks = tuple(self._flying.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _advance(self, domain: EmailDomain) -> None:
        try:
            await self._steps(domain)
        except Superseded:
            log.info("superseded", domain=domain.name)
        except Exception as error:
            # Not even what is due can be told: it rests as a whole.
            log.error("domain rests", domain=domain.name, exc_info=error)
            self.resting.failed(domain.id, None)
            self._asleep[domain.id] = self._ports.clock.monotonic() + min(self.resting.of(domain.id).values())
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - raised again by whoever swept
            self._broken = error
            self._room.set()
        finally:
            del self._flying[domain.id]
            if len(self._flying) in (0, _AT_ONCE - _BATCH):
                self._room.set()

    async def _steps(self, domain: EmailDomain) -> None:
        """What is due for one domain, step by step, each on what the last one left."""
        ports = self._ports
        for _ in range(_STEPS):
            resting = self.resting.of(domain.id)
            due = soonest(domain, ports.rhythm, resting)
            wait = (due.at - ports.clock.now()) / 1000 if due is not None else _LOOK_IN
            if due is None or wait > 0:
                if resting:  # which is why the row says that it is due
                    wait = min(wait, _LOOK_IN, *resting.values())
                    self._asleep[domain.id] = ports.clock.monotonic() + wait
                elif domain.due_at is not None and domain.due_at <= ports.clock.now():
                    await alter(ports, domain, lambda _: True)  # another version reckoned when it is due
                return
            domain = await self._step(domain, due)

    async def _step(self, domain: EmailDomain, due: Due) -> EmailDomain:
        """One step; the domain as it was where that failed or moved nothing. Raises Superseded."""
        try:
            step = functools.partial(look, rush=self._rush) if due.task is Task.LOOK else STEPS[due.task]
            after = await step(self._ports, domain, due)
        except Superseded:
            raise
        except Exception as error:
            known = isinstance(error, Problem)
            what = {"domain": domain.name, "step": due.task.value, "error": str(error)}
            log.warning("step failed", **what, exc_info=None if known else error)
            self.resting.failed(domain.id, due.entry, patient=known)
            return domain
        if after == domain:
            log.error("no progress", domain=domain.name, state=domain.state.value, step=due.task.value)
            self.resting.failed(domain.id, due.entry)
        else:
            self.resting.succeeded(domain.id, due.entry)
        return after

    def _wake_up(self) -> None:
        now = self._ports.clock.monotonic()
        self._asleep = {key: until for key, until in self._asleep.items() if until > now}
