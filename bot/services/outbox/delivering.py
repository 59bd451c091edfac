"""Messages owed become messages sent, once; messages shown are kept equal to what they should show.

Slack has no idempotency key, so: the intention to post is durable before the first byte leaves; the message carries
our key; after an unclear answer it is looked for in its thread before it is sent again; and never before the
answer can no longer be on its way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import structlog

from bot.errors import Problem, SlackBusy, SlackRefused, SlackTokenRefused, SlackUnclear, Unreadable
from bot.model.domain import EmailDomain
from bot.model.lifecycle import Kind, State
from bot.model.message import Message
from bot.model.outbox import Notice, Reach
from bot.ports import Ports
from bot.runtime.keyed_pool import KeyedPool, Work
from bot.services import grouping
from bot.services.notifying import Notifier
from bot.services.outbox.putting_back import CARDS, Hold, PuttingBack
from bot.services.outbox.reconciling import Settler, anchor
from bot.services.outbox.refreshing import OUT, Converger, fingerprint
from bot.services.outbox.subjects import Subject, subject
from bot.services.outbox.telling_owner import OwnerTeller
from bot.services.outbox.wording import Wording

log = structlog.get_logger(__name__)

#: Shown to the whole channel, not only to those who follow the thread.
BROADCAST = frozenset(
    {Kind.READY, Kind.APPROVAL, Kind.ACTIVATED, Kind.SENDING_ALLOWED, Kind.DEGRADED, Kind.RECOVERED, Kind.GUARD}
)

#: That one can send is said only of a domain that is open at that moment.
_ALLOWED = frozenset({Kind.SENDING_ALLOWED, Kind.RECOVERED})

#: Tried again after so many ms: a channel we are not in, one that is gone, Slack silent, any other failure.
_NOT_IN, _GONE, _UNKNOWN, _REST = 60_000, 600_000, 5_000, 60_000
_BATCH = 100
_LONGEST = 60.0  #: seconds

#: Blocks Slack does not take are our mistake; the ping goes out in plain text rather than not at all.
_BAD_BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"})


class Deliverer:
    """One per process; ``life`` names this life of it."""

    def __init__(self, ports: Ports, life: str) -> None:
        self._ports = ports
        self._wording = Wording(ports)
        self._owner = OwnerTeller(ports, self._wording)
        self._back = PuttingBack(ports, self._owner)
        self._settler = Settler(ports, life, self._not_told)
        self._converger = Converger(ports, self._wording.words)
        self._notifier = Notifier(ports)
        self._pool = KeyedPool()
        self._alarm: asyncio.Handle = asyncio.get_running_loop().call_soon(self._pool.notify)

    def ring(self) -> None:
        """Something is new: a delivery that is going on looks again."""
        self._pool.notify()

    async def deliver(self) -> float | None:
        """Send what may be sent and update what differs; returns seconds until the next thing, if it is known.

        Each channel has one sender at a time, and keeps no other channel waiting. While we are in another workspace
        than the database's channels all that is owed waits; only the operators are told.
        """
        if self._ports.foreign():
            await self._notifier.notify("another_team")
            return None
        try:
            chores = {
                "to settle": self._look_ahead,
                "to converge": self._converger.converge,
                "to notify": self._notifier.notify,
            }
            await self._pool.run(self._senders, chores)
        finally:
            self._alarm.cancel()
        return await self._settle()

    async def _settle(self) -> float | None:
        """Settle what is unclear; seconds until there will be more to do."""
        waits = [await self._settler.settle()]
        soonest = await self._ports.store.next_sendable(self._ports.clock.now())
        if soonest is not None:
            waits.append(self._ports.clock.delay_until(soonest))
        return min((wait for wait in waits if wait is not None), default=None)

    async def _look_ahead(self) -> None:
        """Somebody may be sending for minutes: what falls due for others meanwhile rings by itself."""
        wait = await self._settle()
        self._alarm.cancel()
        self._alarm = asyncio.get_running_loop().call_later(_LONGEST if wait is None else wait, self._pool.notify)

    async def _senders(self, busy: Collection[str]) -> Mapping[str, Work]:
        """One for each channel that has something to be sent and is not being sent to already."""
        found: dict[str, Work] = {}
        seen: set[str] = set()
        while batch := await self._ports.store.sendable(self._ports.clock.now(), _BATCH, {*busy, *found}):
            if not {notice.key for notice in batch} - seen:
                break
            seen |= {notice.key for notice in batch}
            queues: dict[str, list[tuple[Notice, Subject]]] = {}
            for notice in batch:
                about = await self._subject(notice)
                if about is not None:
                    queues.setdefault(about.queue, []).append((notice, about))
            found |= {to: partial(self._send_all, queue) for to, queue in queues.items()}
        return found

    async def _subject(self, notice: Notice) -> Subject | None:
        """What it is about; None where that cannot be told, and it rests or has ended."""
        now = self._ports.clock.now()
        try:
            about = await subject(self._ports, notice)
        except Unreadable:
            await self._ports.store.put_back(notice, now + _GONE, "unreadable", failed_at=now, aside=True)
            return None
        if about is None or (about.past and notice.kind in CARDS):  # nobody needs the card of a past life
            log.error("message about nothing", key=notice.key)
            await self._ports.store.end(notice, "past")
            return None
        return about

    async def _send_all(self, queue: Sequence[tuple[Notice, Subject]]) -> None:
        """Those of one queue, in their order."""
        for n, (notice, about) in enumerate(queue):
            now = self._ports.clock.now()
            if self._pool.failed is not None:
                return
            try:
                hold = await self._send(about.channel, notice, about.domain)
            except Problem:
                raise
            except Exception as error:
                # One message's trouble must not silence the others; it is tried again after a rest.
                log.error("message not sent", key=notice.key, exc_info=error)
                bug = Hold(now + _REST, "bug", failed=True)
                await self._back.failed(about.channel, notice, about.domain, bug, aside=True)
                continue
            if hold is not None and not about.past:
                for waiting, other in queue[n + 1 :]:
                    if not other.past:
                        await self._back.put(other.channel, waiting, other.domain, hold)
                return

    async def _send(self, channel: str, notice: Notice, domain: EmailDomain) -> Hold | None:
        """One message; a hold where nothing more can be sent to this channel now."""
        ports = self._ports
        private = "to" in notice.facts
        if not private and (hold := await self._unreachable(channel, notice, domain)):
            return hold
        card = await ports.store.card(domain)
        thread = None if private or card is None or notice.kind in CARDS else card.ts
        where = card.channel if card is not None and thread is not None else channel
        if notice.kind in _ALLOWED and (domain.observations.absences or domain.observations.others):
            # The platform misses it, or reports another word: the next readings tell.
            await ports.store.put_back(notice, ports.clock.now() + ports.rhythm["hold"], "doubt")
            return None
        member = not private and await grouping.join(ports, notice, where)
        message = await self._wording.words_or_plain(notice, domain)
        if await self._outdated(notice):
            await ports.store.end(notice, "outdated")
            return None
        with self._settler.attempt(notice):
            begun = await ports.store.begin_sending(notice, self._settler.life, anchor(ports.clock), where, thread)
            if begun is None:
                return None
            if member:  # another message of this channel stands for it
                begun = replace(begun, facts=begun.facts | {"quiet": True})
            try:
                posted, shown = await self._post(where, begun, message, thread)
            except SlackBusy as busy:
                hold = Hold(ports.clock.now() + round(busy.seconds * 1000))
                return await self._back.put(where, begun, domain, hold)
            except SlackRefused as refused:
                return await self._refused(where, begun, domain, refused)
            except SlackUnclear as unclear:
                log.warning("message unclear", key=notice.key, why=unclear.why)
                return None
            await ports.store.sent(begun, *posted, fingerprint(shown), domain.version)
        log.info("message sent", key=notice.key, channel=posted[0])
        return None

    async def _outdated(self, notice: Notice) -> bool:
        """*Still being prepared*, or *you can send*, and it no longer is so: while Slack was silent, more happened."""
        if notice.kind in _ALLOWED:
            wanted = State.OPEN
        elif notice.facts.get("why") == "preparing":
            wanted = State.REGISTERING
        else:
            return False
        domain = await self._ports.store.domain(notice.team, notice.name)
        return domain is None or domain.life != notice.life or domain.state is not wanted

    async def _not_told(self, notice: Notice, refused: SlackRefused) -> None:
        """Slack does not let us see whether it was posted: others pass it, the owner is told, and once it ends."""
        about = await self._subject(notice)
        if about is None:
            return
        channel = notice.channel or about.channel
        if not await self._back.ended(channel, notice, about.domain, refused.error):
            await self._ports.store.step_aside(notice, refused.error, self._ports.clock.now())
            await self._owner.refused(channel, about.domain, refused.error)

    async def _post(
        self, channel: str, notice: Notice, message: Message, thread: str | None
    ) -> tuple[tuple[str, str], Message]:
        """Where it stands now, and what was posted there."""
        payload = {"kind": notice.kind.value, "domain": notice.name, "key": notice.key}
        options: dict[str, Any] = {
            "metadata": {"event_type": "emaildomain", "event_payload": payload},
            "thread": thread,
            "broadcast": thread is not None and notice.kind in BROADCAST and not notice.facts.get("quiet"),
        }
        try:
            return await self._ports.messenger.post(channel, message, **options), message
        except SlackRefused as refused:
            if refused.error not in _BAD_BLOCKS:
                raise
            log.error("blocks refused", key=notice.key, error=refused.error)
            plain = Message(message.text, [])
            return await self._ports.messenger.post(channel, plain, **options), plain

    async def _unreachable(self, channel: str, notice: Notice, domain: EmailDomain) -> Hold | None:
        now = self._ports.clock.now()
        try:
            reach = await self._ports.messenger.reach(channel)
        except SlackBusy as busy:
            return await self._back.put(channel, notice, domain, Hold(now + round(busy.seconds * 1000)))
        except SlackUnclear:
            return await self._back.put(channel, notice, domain, Hold(now + _UNKNOWN))
        except SlackTokenRefused as refused:
            return await self._back.put(channel, notice, domain, Hold(now + _REST, refused.error))
        return None if reach is Reach.YES else await self._blocked(channel, notice, domain, reach)

    async def _refused(self, channel: str, notice: Notice, domain: EmailDomain, refused: SlackRefused) -> Hold | None:
        reach = OUT.get(refused.error)
        if reach is Reach.NOT_IN and "to" not in notice.facts:  # removed from it: a public channel is joined again
            again = Hold(self._ports.clock.now() + _UNKNOWN, refused.error, failed=True)
            blocked = await self._unreachable(channel, notice, domain)
            return blocked or await self._back.put(channel, notice, domain, again)
        if reach is not None and "to" not in notice.facts:
            return await self._blocked(channel, notice, domain, reach)
        log.error("message refused", key=notice.key, error=refused.error)
        if "to" in notice.facts:  # a person who cannot be written to must not hold up what the channel is owed
            await self._ports.store.end(notice, refused.error)
            return None
        hold = Hold(self._ports.clock.now() + _REST, refused.error, failed=not isinstance(refused, SlackTokenRefused))
        if not hold.failed:
            return await self._back.put(channel, notice, domain, hold)
        await self._back.failed(channel, notice, domain, hold, aside=True)
        await self._owner.refused(channel, domain, refused.error)
        return None

    async def _blocked(self, channel: str, notice: Notice, domain: EmailDomain, reach: Reach) -> Hold:
        """The posts wait. The owner is told once, in private, with the records and what to do."""
        until = self._ports.clock.now() + (_NOT_IN if reach is Reach.NOT_IN else _GONE)
        hold = await self._back.put(channel, notice, domain, Hold(until, reach.value, failed=True))
        await self._owner.unreachable(channel, domain, reach)
        return hold
