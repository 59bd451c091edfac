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
from typing import Any, NamedTuple

import structlog

from bot.errors import Problem, SlackBusy, SlackRefused, SlackTokenRefused, SlackUnclear
from bot.model.domain import EmailDomain
from bot.model.lifecycle import Kind, State
from bot.model.message import Message
from bot.model.outbox import Notice, Reach
from bot.ports import Ports
from bot.runtime.keyed_pool import KeyedPool, Work
from bot.services import binding, grouping
from bot.services.applying_look import decided
from bot.services.notifying import Notifier
from bot.services.outbox.mentioning import mentions, votable
from bot.services.outbox.reconciling import Settler
from bot.services.outbox.refreshing import OUT, Converger, fingerprint
from bot.views import notices, replies
from bot.views.context import Context, context

log = structlog.get_logger(__name__)

#: Shown to the whole channel, not only to those who follow the thread.
BROADCAST = frozenset(
    {Kind.READY, Kind.APPROVAL, Kind.ACTIVATED, Kind.SENDING_ALLOWED, Kind.DEGRADED, Kind.RECOVERED, Kind.GUARD}
)

_CARDS = (Kind.RECORDS, Kind.CARD)

#: That one can send is said only of a domain that is open at that moment.
_ALLOWED = frozenset({Kind.SENDING_ALLOWED, Kind.RECOVERED})

#: Tried again after so many ms: a channel we are not in, one that is gone, Slack silent, any other failure.
_NOT_IN, _GONE, _UNKNOWN, _REST = 60_000, 600_000, 5_000, 60_000
_BATCH = 100
_LONGEST = 60.0  #: seconds

#: Blocks Slack does not take are our mistake; the ping goes out in plain text rather than not at all.
_BAD_BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"})


class Hold(NamedTuple):
    """Why nothing more goes to a channel for now, and until when (UTC ms)."""

    until: int
    problem: str | None = None


class Deliverer:
    """One per process; ``life`` names this life of it."""

    def __init__(self, ports: Ports, life: str) -> None:
        self._ports = ports
        self._settler = Settler(ports, life)
        self._converger = Converger(ports, self.words)
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
        while batch := await self._ports.store.sendable(self._ports.clock.now(), _BATCH, {*busy, *found}):
            domains = {notice.key: await self._domain(notice) for notice in batch}
            queues: dict[str, list[Notice]] = {}
            for notice in batch:
                queues.setdefault(notice.facts.get("to") or domains[notice.key].channel, []).append(notice)
            found |= {to: partial(self._send_all, to, queue, domains) for to, queue in queues.items()}
        return found

    async def _domain(self, notice: Notice) -> EmailDomain:
        """The domain a message speaks of, in the life it belongs to."""
        domain = await self._ports.store.domain(notice.team, notice.name)
        if domain is None:
            raise LookupError(f"message {notice.key} belongs to no domain")
        return domain.but(life=notice.life)

    async def _send_all(self, channel: str, queue: Sequence[Notice], domains: Mapping[str, EmailDomain]) -> None:
        for n, notice in enumerate(queue):
            if self._pool.failed is not None:
                return
            try:
                hold = await self._send(channel, notice, domains[notice.key])
            except Problem:
                raise
            except Exception as error:
                # One message's trouble must not silence the others; it is tried again after a rest.
                log.error("message not sent", key=notice.key, exc_info=error)
                await self._ports.store.put_back(notice, self._ports.clock.now() + _REST, "bug")
                continue
            if hold is not None:
                for waiting in queue[n + 1 :]:
                    await self._ports.store.put_back(waiting, *hold)
                return

    async def _send(self, channel: str, notice: Notice, domain: EmailDomain) -> Hold | None:
        """One message; a hold where nothing more can be sent to this channel now."""
        ports = self._ports
        private = "to" in notice.facts
        if not private and (hold := await self._unreachable(channel, notice, domain)):
            return hold
        card = await ports.store.card(domain)
        thread = None if private or card is None or notice.kind in _CARDS else card.ts
        where = card.channel if card is not None and thread is not None else channel
        if notice.kind in _ALLOWED and (domain.observations.absences or domain.observations.others):
            # The platform misses it, or reports another word: the next readings tell.
            await ports.store.put_back(notice, ports.clock.now() + ports.rhythm["hold"], "doubt")
            return None
        member = not private and await grouping.join(ports, notice, where)
        message = await self.words(notice, domain)
        outdated = await self._outdated(notice)
        with self._settler.attempt(notice):
            begun = await ports.store.begin_sending(notice, self._settler.life, ports.clock.now(), where, thread)
            if begun is None:
                return None
            if member:  # another message of this channel stands for it
                begun = replace(begun, facts=begun.facts | {"quiet": True})
            if outdated:
                await ports.store.sent(begun, channel, "", "", 0)
                return None
            try:
                posted, shown = await self._post(where, begun, message, thread)
            except SlackBusy as busy:
                return await self._put_back(begun, Hold(ports.clock.now() + round(busy.seconds * 1000)))
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

    async def _put_back(self, notice: Notice, hold: Hold) -> Hold:
        """Surely not posted; it is tried again when the hold is over."""
        await self._ports.store.put_back(notice, *hold)
        return hold

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
            return await self._put_back(notice, Hold(now + round(busy.seconds * 1000)))
        except SlackUnclear:
            return await self._put_back(notice, Hold(now + _UNKNOWN))
        except SlackTokenRefused as refused:
            return await self._put_back(notice, Hold(now + _REST, refused.error))
        return None if reach is Reach.YES else await self._blocked(channel, notice, domain, reach)

    async def _refused(self, channel: str, notice: Notice, domain: EmailDomain, refused: SlackRefused) -> Hold | None:
        reach = OUT.get(refused.error)
        if reach is Reach.NOT_IN and "to" not in notice.facts:  # removed from it: a public channel is joined again
            again = Hold(self._ports.clock.now() + _UNKNOWN)
            return await self._unreachable(channel, notice, domain) or await self._put_back(notice, again)
        if reach is not None and "to" not in notice.facts:
            return await self._blocked(channel, notice, domain, reach)
        log.error("message refused", key=notice.key, error=refused.error)
        if "to" in notice.facts:  # a person who cannot be written to must not hold up what the channel is owed
            await self._ports.store.sent(notice, channel, "", "", 0)
            return None
        await self._put_back(notice, Hold(self._ports.clock.now() + _REST, refused.error))
        return None

    async def _blocked(self, channel: str, notice: Notice, domain: EmailDomain, reach: Reach) -> Hold:
        """The posts wait. The owner is told once, in private, with the records and what to do."""
        until = self._ports.clock.now() + (_NOT_IN if reach is Reach.NOT_IN else _GONE)
        hold = await self._put_back(notice, Hold(until, reach.value))
        await self._tell_owner(channel, domain, reach)
        return hold

    async def _tell_owner(self, channel: str, domain: EmailDomain, reach: Reach) -> None:
        mark = f"{reach.value}/{channel}/{domain.name}#{domain.life}"
        if await self._ports.store.document("unreachable", mark) is not None:
            return
        # Written first: one message lost is better than one a minute.
        await self._ports.store.put_document("unreachable", mark, {"at": self._ports.clock.now()})
        ctx = await self._context(domain, domain.owner)
        message = replies.channel_gone(domain, channel, ctx)
        if reach is Reach.NOT_IN:
            message = replies.not_in_channel(domain, channel, ctx)
        try:
            await self._ports.messenger.post(domain.owner, message, metadata={}, thread=None, broadcast=False)
        except (SlackBusy, SlackUnclear, SlackRefused) as error:
            log.warning("owner not told", domain=domain.name, error=str(error))

    # ---- words

    async def words(self, notice: Notice, domain: EmailDomain) -> Message:
        """A fact in the channel's language (a private one in the reader's)."""
        notice = replace(notice, facts=notice.facts | await grouping.facts(self._ports, notice))
        facts = dict(notice.facts)
        if "round" in facts:
            asked = await self._ports.store.round(domain.team, domain.name, int(facts["round"]))
            if notice.kind is Kind.APPROVAL and asked is not None and not asked.open:
                facts["decided"] = decided(asked)
        ctx = await self._context(domain, facts.get("to"))
        if notice.kind is Kind.APPROVAL and "decided" not in facts:
            ctx = replace(ctx, held=await binding.held(self._ports) is not None)
        approvers = await votable(self._ports.directory, notice, self._ports.settings.approvers)
        return notices.render(notice.kind, domain, facts, ctx, mentions(notice, domain, approvers))

    async def _context(self, domain: EmailDomain, reader: str | None) -> Context:
        settings = self._ports.settings
        person = self._ports.directory.known(reader) if reader else None
        language = person.language if person else settings.language
        return context(self._ports, language, person.timezone if person else str(settings.timezone))
