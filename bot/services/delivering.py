"""Messages owed become messages sent, once; messages shown are kept equal to what they should show.

Slack has no idempotency key, so: the intention to post is durable before the first byte leaves; the message carries
our key; after an unclear answer it is looked for in its thread before it is sent again; and never before the
answer can no longer be on its way.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import structlog

from bot.errors import SlackBusy, SlackRefused, SlackUnclear
from bot.model.domain import EmailDomain
from bot.model.lifecycle import Kind
from bot.model.outbox import Notice, Post
from bot.ports import Message, Ports, Reach
from bot.services.approving import asker
from bot.services.observing import decided
from bot.views import notices, replies
from bot.views.context import Context, context

log = structlog.get_logger(__name__)

#: Shown to the whole channel, not only to those who follow the thread.
BROADCAST = frozenset(
    {Kind.READY, Kind.APPROVAL, Kind.ACTIVATED, Kind.SENDING_ALLOWED, Kind.DEGRADED, Kind.RECOVERED, Kind.GUARD}
)

#: Kept equal to the domain as it is; everything else stays as it was said.
CONVERGING = (Kind.RECORDS, Kind.CARD, Kind.APPROVAL, Kind.READY, Kind.STALLED)

_CARDS = (Kind.RECORDS, Kind.CARD)
_OWNER, _ASKER, _APPROVERS = "owner", "asker", "approvers"

#: Who is mentioned, because Slack tells nobody of a reply in a thread the bot began.
MENTIONS: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {
        Kind.WRONG_RECORD: (_OWNER,),
        Kind.READY: (_OWNER,),
        Kind.STALLED: (_OWNER,),
        Kind.DEGRADED: (_OWNER,),
        Kind.GUARD: (_OWNER,),
        Kind.REMINDER: (_OWNER,),
        Kind.APPROVAL: (_APPROVERS,),
        Kind.DECIDED: (_ASKER, _OWNER),
        Kind.FAILED: (_ASKER, _OWNER),
        Kind.SENDING_ALLOWED: (_ASKER, _OWNER),
    }
)

_MARGIN = 120_000  #: Slack's Date header counts whole seconds and clocks drift: look a little further back (ms)
_NOT_IN = 60_000  #: try a channel we are not in again after this (ms)
_GONE = 600_000
_HOLD = 600_000
_BATCH = 100

#: Slack's words for a channel that cannot be posted to.
_OUT = {
    "not_in_channel": Reach.NOT_IN,
    "channel_not_found": Reach.NOT_IN,
    "is_archived": Reach.GONE,
    "channel_is_archived": Reach.GONE,
}
#: Slack's words for a message that is no longer there, or never ours to change.
_LOST = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found"})
#: Blocks Slack does not take are our mistake; the ping goes out in plain text rather than not at all.
_BAD_BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"})


def fingerprint(message: Message) -> str:
    """Of everything a person sees."""
    body = json.dumps([message.text, message.blocks], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(body.encode()).hexdigest()[:32]


class Deliverer:
    """One per process. ``life`` names this life of it; ``settle`` is the time (s) a lost answer may take."""

    def __init__(self, ports: Ports, life: str) -> None:
        self._ports = ports
        self._life = life
        self._started = ports.clock.monotonic()
        self._ended: dict[str, float] = {}  # when our own unclear attempts ended, on the monotonic clock
        self._updating: set[str] = set()
        self._told: set[tuple[str, str]] = set()

    async def deliver(self) -> float | None:
        """Send what may be sent and update what differs; returns seconds until the next thing, if it is known."""
        ports = self._ports
        wait = await self._reconcile()
        while batch := await ports.store.sendable(ports.clock.now(), _BATCH):
            await self._each_channel(batch)
        await self._converge()
        soonest = await ports.store.next_sendable()
        if soonest is not None and soonest > ports.clock.now():
            until = ports.clock.delay_until(soonest)
            wait = until if wait is None else min(wait, until)
        return wait

    async def _each_channel(self, batch: Sequence[Notice]) -> None:
        domains = await self._domains(batch)
        queues: dict[str, list[Notice]] = {}
        for notice in batch:
            queues.setdefault(self._channel(notice, domains[notice.key]), []).append(notice)
        await asyncio.gather(*(self._send_all(channel, queue, domains) for channel, queue in queues.items()))

    async def _domains(self, batch: Iterable[Notice]) -> dict[str, EmailDomain]:
        """The domain each message speaks of, in the life it belongs to."""
        found: dict[str, EmailDomain] = {}
        for notice in batch:
            domain = await self._ports.store.domain(notice.team, notice.name)
            if domain is None:
                raise LookupError(f"message {notice.key} belongs to no domain")
            found[notice.key] = domain.but(life=notice.life)
        return found

    @staticmethod
    def _channel(notice: Notice, domain: EmailDomain) -> str:
        to: str = notice.facts.get("to") or domain.channel
        return to

    async def _send_all(self, channel: str, queue: Sequence[Notice], domains: Mapping[str, EmailDomain]) -> None:
        for notice in queue:
            if not await self._send(channel, notice, domains[notice.key]):
                return

    async def _send(self, channel: str, notice: Notice, domain: EmailDomain) -> bool:
        """One message. False where nothing more can be sent to this channel now."""
        ports = self._ports
        private = "to" in notice.facts
        if not private and not await self._reachable(channel, notice, domain):
            return False
        card = await ports.store.card(domain)
        thread = None if private or card is None or notice.kind in _CARDS else card.ts
        where = card.channel if card is not None and thread is not None else channel
        message = await self.words(notice, domain)
        begun = await ports.store.begin_sending(notice, self._life, ports.clock.now(), where)
        if begun is None:
            return True
        try:
            posted = await self._post(where, begun, message, thread)
        except SlackBusy as busy:
            await ports.store.put_back(begun, ports.clock.now() + round(busy.seconds * 1000))
            return False
        except SlackRefused as refused:
            await self._refused(where, begun, domain, refused)
            return False
        except SlackUnclear as unclear:
            log.warning("message unclear", key=notice.key, why=unclear.why)
            self._ended[notice.key] = ports.clock.monotonic()
            return False
        await ports.store.sent(begun, *posted, fingerprint(message), domain.version)
        log.info("message sent", key=notice.key, channel=posted[0])
        return True

    async def _post(self, channel: str, notice: Notice, message: Message, thread: str | None) -> tuple[str, str]:
        payload = {"kind": notice.kind.value, "domain": notice.name, "key": notice.key}
        options = {
            "metadata": {"event_type": "emaildomain", "event_payload": payload},
            "thread": thread,
            "broadcast": thread is not None and notice.kind in BROADCAST and not notice.facts.get("quiet"),
        }
        try:
            return await self._ports.messenger.post(channel, message, **options)  # type: ignore[arg-type]
        except SlackRefused as refused:
            if refused.error not in _BAD_BLOCKS:
                raise
            log.error("blocks refused", key=notice.key, error=refused.error)
            return await self._ports.messenger.post(channel, Message(message.text, []), **options)  # type: ignore[arg-type]

    async def _reachable(self, channel: str, notice: Notice, domain: EmailDomain) -> bool:
        try:
            reach = await self._ports.messenger.reach(channel)
        except SlackBusy as busy:
            await self._ports.store.put_back(notice, self._ports.clock.now() + round(busy.seconds * 1000))
            return False
        except SlackUnclear:
            await self._ports.store.put_back(notice, self._ports.clock.now() + 5_000)
            return False
        if reach is Reach.YES:
            return True
        await self._blocked(channel, notice, domain, reach)
        return False

    async def _refused(self, channel: str, notice: Notice, domain: EmailDomain, refused: SlackRefused) -> None:
        reach = _OUT.get(refused.error)
        if reach is not None and "to" not in notice.facts:
            await self._blocked(channel, notice, domain, reach)
            return
        log.error("message refused", key=notice.key, error=refused.error)
        await self._ports.store.put_back(notice, self._ports.clock.now() + _NOT_IN, refused.error)

    async def _blocked(self, channel: str, notice: Notice, domain: EmailDomain, reach: Reach) -> None:
        """The posts wait. A channel that is gone is told to the owner, once."""
        wait = _NOT_IN if reach is Reach.NOT_IN else _GONE
        await self._ports.store.put_back(notice, self._ports.clock.now() + wait, reach.value)
        if reach is Reach.GONE:
            await self._tell_owner(channel, domain)

    async def _tell_owner(self, channel: str, domain: EmailDomain) -> None:
        mark = f"{channel}/{domain.name}#{domain.life}"
        if await self._ports.store.document("channel_gone", mark) is not None:
            return
        # Written first: one message lost is better than one a minute.
        await self._ports.store.put_document("channel_gone", mark, {"at": self._ports.clock.now()})
        ctx = await self._context(domain, domain.owner)
        message = replies.plain("answer.channel_gone", ctx, name=domain.name, channel=channel)
        try:
            await self._ports.messenger.post(domain.owner, message, metadata={}, thread=None, broadcast=False)
        except (SlackBusy, SlackUnclear, SlackRefused) as error:
            log.warning("owner not told", domain=domain.name, error=str(error))

    # ---- lost answers

    async def _reconcile(self) -> float | None:
        """Look for messages whose fate is unclear; returns seconds until the next one may be looked for."""
        soonest: float | None = None
        for notice in await self._ports.store.ambiguous(_BATCH):
            left = self._unsettled(notice)
            if left > 0:
                soonest = left if soonest is None else min(soonest, left)
            else:
                await self._settle(notice)
        return soonest

    def _unsettled(self, notice: Notice) -> float:
        """Seconds during which Slack may still carry out the attempt."""
        timeout = self._ports.settings.slack_timeout
        now = self._ports.clock.monotonic()
        if notice.owner != self._life:
            return self._started + 4 * timeout - now
        ended = self._ended.get(notice.key)
        return 3 * timeout if ended is None else ended + 3 * timeout - now

    async def _settle(self, notice: Notice) -> None:
        ports = self._ports
        domain = (await self._domains([notice]))[notice.key]
        channel = notice.channel or self._channel(notice, domain)
        if "to" in notice.facts:
            # We may not read a private conversation, so this one cannot be looked for: it is not sent again.
            await ports.store.sent(notice, channel, "", "", 0)
            return
        card = await ports.store.card(domain)
        thread = None if card is None or notice.kind in _CARDS else card.ts
        try:
            ts = await ports.messenger.find(
                channel, notice.key, since=(notice.anchor or notice.created_at) - _MARGIN, thread=thread
            )
        except (SlackBusy, SlackUnclear) as error:
            log.info("cannot look for a message now", key=notice.key, error=str(error))
            self._ended[notice.key] = ports.clock.monotonic() - 2.5 * ports.settings.slack_timeout
            return
        except SlackRefused as refused:
            # Without reading there is no knowing; held rather than said twice, and shown by doctor.
            log.error("cannot look for a message", key=notice.key, error=refused.error)
            self._ended[notice.key] = ports.clock.monotonic() + _HOLD / 1000
            return
        self._ended.pop(notice.key, None)
        log.info("message settled", key=notice.key, found=ts is not None)
        if ts is None:
            await ports.store.put_back(notice, 0)
        else:
            await ports.store.sent(notice, channel, ts, "", 0)

    # ---- what is shown

    async def _converge(self) -> None:
        ports = self._ports
        stale = await ports.store.stale_posts(ports.clock.now(), _BATCH, CONVERGING)
        await asyncio.gather(*(self._update(post, notice) for post, notice in stale))

    async def _update(self, post: Post, notice: Notice) -> None:
        """Render, compare, update; one update in flight for each message."""
        ports = self._ports
        domain = (await self._domains([notice]))[notice.key]
        current = await ports.store.domain(post.team, post.name)
        if current is None or current.life != post.life or post.key in self._updating:
            if current is not None and current.life != post.life:
                await ports.store.shown(post, post.shown or "", current.version)
            return
        self._updating.add(post.key)
        try:
            message = await self.words(notice, domain)
            now_shown = fingerprint(message)
            if now_shown != post.shown:
                await ports.messenger.update(post.channel, post.ts, message)
            await ports.store.shown(post, now_shown, domain.version)
        except SlackRefused as refused:
            if refused.error in _LOST:
                if await ports.store.lost_post(post, domain):
                    ports.wake()
            else:
                log.error("update refused", key=post.key, error=refused.error)
                await ports.store.retry_post(post, ports.clock.now() + _GONE)
        except (SlackBusy, SlackUnclear) as error:
            seconds = error.seconds if isinstance(error, SlackBusy) else 5
            await ports.store.retry_post(post, ports.clock.now() + round(seconds * 1000))
        finally:
            self._updating.discard(post.key)

    # ---- words

    async def words(self, notice: Notice, domain: EmailDomain) -> Message:
        """A fact in the channel's language (a private one in the reader's)."""
        facts = dict(notice.facts)
        if "round" in facts:
            asked = await self._ports.store.round(domain.team, domain.name, int(facts["round"]))
            if notice.kind is Kind.APPROVAL and asked is not None and not asked.open:
                facts["decided"] = decided(asked)
        ctx = await self._context(domain, facts.get("to"))
        return notices.render(notice.kind, domain, facts, ctx, self._mentions(notice, domain))

    async def _context(self, domain: EmailDomain, reader: str | None) -> Context:
        settings = self._ports.settings
        person = self._ports.directory.known(reader) if reader else None
        language = person.language if person else settings.language
        return context(self._ports, language, person.timezone if person else str(settings.timezone))

    def _mentions(self, notice: Notice, domain: EmailDomain) -> tuple[str, ...]:
        if "to" in notice.facts:
            return ()
        roles = MENTIONS.get(notice.kind, ())
        if notice.kind is Kind.REMINDER and notice.facts.get("why") == "approval":
            roles = (_APPROVERS,)
        configured = self._ports.settings.approvers
        people: dict[str, tuple[str | None, ...]] = {
            _OWNER: (domain.owner,),
            _ASKER: (notice.facts.get("asked_by") or asker(domain),),
            _APPROVERS: (*configured.users, *configured.groups),
        }
        mentioned = [someone for role in roles for someone in people[role] if someone]
        return tuple(dict.fromkeys(mentioned))
