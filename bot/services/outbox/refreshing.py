"""Messages that stand in a channel are kept equal to what they should show: rendered, compared, updated until equal."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import structlog

from bot.errors import Problem, SlackBusy, SlackRefused, SlackUnclear, Unreadable
from bot.model.domain import EmailDomain
from bot.model.lifecycle import Kind
from bot.model.message import Message
from bot.model.outbox import Notice, Post, Reach
from bot.ports import Ports
from bot.services import grouping

log = structlog.get_logger(__name__)

#: Kept equal to the domain as it is; everything else stays as it was said.
CONVERGING = (
    Kind.RECORDS, Kind.CARD, Kind.APPROVAL, Kind.DECIDED, Kind.REMINDER, Kind.READY, Kind.STALLED, Kind.REMOVING,
    Kind.REMOVED, Kind.ACTIVATED, Kind.DEGRADED,
)  # fmt: skip

#: What is said of a request: kept equal until it is decided and has no buttons any more, and never changed again.
_OF_A_ROUND = frozenset({Kind.APPROVAL, Kind.DECIDED, Kind.REMINDER})

#: Tried again after so many ms: a message Slack does not let us change, Slack silent, any other failure.
_REFUSED, _UNKNOWN, _REST = 600_000, 5_000, 60_000

#: Slack's words for a channel that cannot be posted to, and what they mean.
OUT: Mapping[str, Reach] = MappingProxyType(
    {
        "not_in_channel": Reach.NOT_IN,
        "channel_not_found": Reach.NOT_IN,
        "is_archived": Reach.GONE,
        "channel_is_archived": Reach.GONE,
    }
)
_BATCH = 100

#: Slack's words for a message that is no longer there, or never ours to change.
_LOST = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})

#: The words of a fact, for a domain as it is now.
Words = Callable[[Notice, EmailDomain], Awaitable[Message]]


async def look_over(ports: Ports) -> None:
    """This version, or these settings, may word messages in another way than those that stand in the channels."""
    await ports.store.mark_all_stale(CONVERGING)
    ports.wake()


def fingerprint(message: Message) -> str:
    """Of everything a person sees."""
    body = json.dumps([message.text, message.blocks], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(body.encode()).hexdigest()[:32]


class Converger:
    """``converge`` runs once at a time, so there is one update in flight per message."""

    def __init__(self, ports: Ports, words: Words) -> None:
        self._ports, self._words = ports, words

    async def converge(self) -> None:
        ports = self._ports
        seen: set[str] = set()
        while True:
            stale = await ports.store.stale_posts(ports.clock.now(), _BATCH, CONVERGING)
            if not {post.key for post, _ in stale} - seen:
                return
            seen |= {post.key for post, _ in stale}
            await _all(self._refresh(post, notice) for post, notice in stale)

    async def _refresh(self, post: Post, notice: Notice) -> None:
        try:
            await self._update(post, notice)
        except Problem:
            raise
        except Exception as error:
            # As with messages: one card's trouble must not stop the others.
            log.error("message not updated", key=post.key, exc_info=error)
            await self._ports.store.retry_post(post, self._ports.clock.now() + _REFUSED)

    async def _update(self, post: Post, notice: Notice) -> None:
        """Render, compare, update."""
        ports = self._ports
        try:
            domain = await ports.store.domain(post.team, post.name)
        except Unreadable:
            await ports.store.retry_post(post, ports.clock.now() + _REFUSED)
            return
        if domain is None:
            return
        of_a_round = post.kind in _OF_A_ROUND and "round" in notice.facts
        if not of_a_round and await self._said_once(post.kind, notice):
            await ports.store.freeze(post, post.shown or "")
            return
        if domain.life != post.life and not of_a_round:
            await ports.store.shown(post, post.shown or "", domain.version)
            return
        try:
            message = await self._words(notice, domain if domain.life == post.life else await self._past(post, domain))
            now_shown = fingerprint(message)
            if now_shown != post.shown:
                await ports.messenger.update(post.channel, post.ts, message)
            over = post.kind is Kind.ACTIVATED or (of_a_round and await self._over(notice))
            if over and not has_buttons(message):
                await ports.store.freeze(post, now_shown)
            else:
                await ports.store.shown(post, now_shown, domain.version)
        except SlackRefused as refused:
            if refused.error in _LOST:
                if await ports.store.lost_post(post, domain):
                    ports.wake()
            else:
                log.error("update refused", key=post.key, error=refused.error)
                await ports.store.retry_post(post, ports.clock.now() + (_REST if refused.error in OUT else _REFUSED))
        except (SlackBusy, SlackUnclear) as error:
            wait = round(error.seconds * 1000) if isinstance(error, SlackBusy) else _UNKNOWN
            await ports.store.retry_post(post, ports.clock.now() + wait)

    async def _said_once(self, kind: Kind, notice: Notice) -> bool:
        """Whether it stays as it was said, having no buttons and nothing to add."""
        match kind:
            case Kind.REMINDER:
                return True
            case Kind.ACTIVATED:
                return "asked_at" not in notice.facts
            case Kind.DEGRADED:
                return not await grouping.grows(self._ports, notice)
        return False

    async def _past(self, post: Post, domain: EmailDomain) -> EmailDomain:
        return await self._ports.store.past(post.team, post.name, post.life) or domain.but(life=post.life)

    async def _over(self, notice: Notice) -> bool:
        """Whether the request that a message speaks of is decided."""
        asked = await self._ports.store.round(notice.team, notice.name, int(notice.facts["round"]))
        return asked is None or not asked.open


def has_buttons(message: Message) -> bool:
    return any(block["type"] == "actions" for block in message.blocks)


async def _all(work: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Side by side, each to its end; then the first error, if there was one."""
    for outcome in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome
