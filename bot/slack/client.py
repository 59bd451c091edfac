"""Slack out: the one client, its pacing, and what each of Slack's answers means.

The client never repeats a call by itself: slack_sdk's default handler sends ``chat.postMessage`` again after a
dropped connection, although Slack may have posted it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.config.settings import Settings
from bot.errors import SlackBusy, SlackRefused, SlackTokenRefused, SlackUnclear
from bot.model.calendar import clip
from bot.model.message import Message
from bot.model.outbox import Reach
from bot.runtime.counters import LabelledCounter
from bot.slack.rate_limits import Bucket
from bot.text import storable, storable_json

log = structlog.get_logger(__name__)

#: (calls a second, burst). Tiers as Slack documents them per method and workspace; unnamed methods are not paced.
LIMITS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "chat.update": (50 / 60, 20),
        "conversations.info": (50 / 60, 20),
        "conversations.join": (50 / 60, 20),
        "conversations.history": (50 / 60, 20),
        "conversations.replies": (50 / 60, 20),
        "conversations.members": (100 / 60, 30),
        "users.info": (100 / 60, 40),
        "usergroups.users.list": (20 / 60, 10),
        "chat.postEphemeral": (100 / 60, 40),
        "views.open": (100 / 60, 40),
        "views.publish": (100 / 60, 40),
    }
)

#: ``chat.postMessage``: one a second in a channel, short bursts are taken.
PER_CHANNEL = (1.0, 5)

#: Errors after which the message may be there all the same.
_UNCLEAR = frozenset({"fatal_error", "internal_error", "request_timeout", "service_unavailable", "team_added_to_org"})
#: A Slack that lacks a method is taken at its best.
_LACKING = frozenset({"unknown_method", "missing_scope", "not_implemented", "method_not_supported", "not_allowed"})

#: The token is no longer good: this says nothing about a channel or a person.
_TOKEN = frozenset({"token_revoked", "token_expired", "invalid_auth", "not_authed", "account_inactive"})

_REACH_FOR = 600.0  #: seconds a channel that could be posted to is taken for such
_PAGE = 200
_NEVER_SENT = 2.0  #: seconds to the next try where no connection was made


def connections(settings: Settings) -> aiohttp.ClientSession:
    """The connections to Slack."""
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=settings.slack_timeout))


class Messenger:
    """See :class:`bot.ports.Messenger`. ``heard`` is told Slack's clock (UTC ms) with every answer of its API
    that has a status of 2xx: what a gateway in between says in its name proves nothing."""

    def __init__(
        self,
        settings: Settings,
        session: aiohttp.ClientSession,
        monotonic: Callable[[], float],
        heard: Callable[[int], None],
    ) -> None:
        self._client = AsyncWebClient(
            token=settings.slack_bot_token.get_secret_value(),
            base_url=settings.slack_api_url,
            timeout=max(1, round(settings.slack_timeout)),
            session=session,
            retry_handlers=[],
        )
        self._client.proxy = settings.proxy_for(settings.slack_api_url)
        self._session, self._proxy_for = session, settings.proxy_for
        self._timeout = settings.slack_timeout
        self._monotonic = monotonic
        self._heard = heard
        self._methods = {name: Bucket(rate, burst, monotonic) for name, (rate, burst) in LIMITS.items()}
        self._channels: dict[str, Bucket] = {}
        self._reached: dict[str, float] = {}
        self.errors = LabelledCounter()  #: failed calls by method and Slack's word
        self.scopes: frozenset[str] = frozenset()  #: what the token may, as Slack last said

    async def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """One call, one attempt. Raises ``SlackBusy``, ``SlackUnclear`` or ``SlackRefused``."""
        bucket = self._methods.get(method)
        if bucket is not None:
            await bucket.take()
        try:
            async with asyncio.timeout(self._timeout):
                response = await getattr(self._client, method.replace(".", "_"))(**arguments)
        except SlackApiError as error:
            raise self._judged(method, error) from None
        except TimeoutError:
            raise self._unclear(method, "timeout") from None
        except (aiohttp.ClientConnectorError, aiohttp.ClientProxyConnectionError):
            self.errors.add(method, "not connected")
            raise SlackBusy(method, _NEVER_SENT) from None
        except (aiohttp.ClientError, OSError, SlackClientError, ValueError, RecursionError) as error:
            raise self._unclear(method, type(error).__name__) from None
        self._note_date(response.headers)
        self.scopes = _scopes(response.headers) or self.scopes
        data: dict[str, Any] = storable_json(response.data) if isinstance(response.data, dict) else {}
        return data

    def _judged(self, method: str, error: SlackApiError) -> SlackBusy | SlackUnclear | SlackRefused:
        response = error.response
        if 200 <= response.status_code < 300 and isinstance(response.data, dict) and "ok" in response.data:
            self._note_date(response.headers)
        name = storable(str(response.data.get("error", ""))) if isinstance(response.data, dict) else ""
        if response.status_code == 429 or name in ("ratelimited", "rate_limited"):
            self.errors.add(method, "ratelimited")
            return SlackBusy(method, _seconds(response.headers))
        if response.status_code >= 500 or name in _UNCLEAR or not name:
            return self._unclear(method, name or str(response.status_code))
        self.errors.add(method, name)
        return (SlackTokenRefused if name in _TOKEN else SlackRefused)(method, name)

    def _unclear(self, method: str, why: str) -> SlackUnclear:
        self.errors.add(method, why)
        return SlackUnclear(method, why)

    def _note_date(self, headers: Mapping[str, Any] | None) -> None:
        date = (headers or {}).get("Date")
        if date:
            try:
                self._heard(clip(round(parsedate_to_datetime(str(date)).timestamp() * 1000)))
            except (ValueError, OverflowError):
                log.debug("Slack's Date header cannot be read", date=str(date)[:40])

    # ---- channels

    async def reach(self, channel: str) -> Reach:
        if channel[:1] in "UW":
            return Reach.YES
        seen = self._reached.get(channel)
        if seen is not None and self._monotonic() - seen < _REACH_FOR:
            return Reach.YES
        reach = await self._enter(channel)
        if reach is Reach.YES:
            self._reached[channel] = self._monotonic()
        return reach

    async def _enter(self, channel: str) -> Reach:
        try:
            found = (await self.call("conversations.info", channel=channel)).get("channel", {})
        except SlackTokenRefused:
            raise
        except SlackRefused as refused:
            return Reach.YES if refused.error in _LACKING else Reach.NOT_IN
        if found.get("is_archived"):
            return Reach.GONE
        if found.get("is_member", True) or found.get("is_im"):
            return Reach.YES
        if found.get("is_private") or found.get("is_mpim"):
            return Reach.NOT_IN
        try:
            await self.call("conversations.join", channel=channel)
        except SlackRefused as refused:
            return Reach.YES if refused.error in _LACKING else Reach.NOT_IN
        return Reach.YES

    # ---- messages

    async def post(
        self,
        channel: str,
        message: Message,
        *,
        metadata: dict[str, Any],
        thread: str | None = None,
        broadcast: bool = False,
    ) -> tuple[str, str]:
        bucket = self._channels.setdefault(channel, Bucket(*PER_CHANNEL, self._monotonic))
        await bucket.take()
        arguments: dict[str, Any] = {
            "channel": channel, "text": message.text, "unfurl_links": False, "unfurl_media": False,
        }  # fmt: skip
        if message.blocks:
            arguments["blocks"] = message.blocks
        if metadata:
            arguments["metadata"] = metadata
        if thread is not None:
            arguments |= {"thread_ts": thread, "reply_broadcast": broadcast}
        try:
            answer = await self.call("chat.postMessage", **arguments)
        except SlackRefused:
            self._reached.pop(channel, None)
            raise
        return str(answer.get("channel", channel)), str(answer["ts"])

    async def find(self, channel: str, key: str, *, since: int, thread: str | None) -> str | None:
        method = "conversations.replies" if thread else "conversations.history"
        arguments: dict[str, Any] = {
            "channel": channel, "oldest": f"{since / 1000:.6f}", "inclusive": True, "limit": _PAGE,
            "include_all_metadata": True,
        }  # fmt: skip
        if thread:
            arguments["ts"] = thread
        while True:
            page = await self.call(method, **arguments)
            for message in page.get("messages", []):
                payload = (message.get("metadata") or {}).get("event_payload") or {}
                if payload.get("key") == key:
                    return str(message["ts"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return None
            arguments["cursor"] = cursor

    async def update(self, channel: str, ts: str, message: Message) -> None:
        await self.call("chat.update", channel=channel, ts=ts, text=message.text, blocks=message.blocks)

    async def whisper(self, channel: str, user: str, message: Message) -> None:
        await self.call("chat.postEphemeral", channel=channel, user=user, text=message.text, blocks=message.blocks)

    async def respond(self, url: str, body: dict[str, Any]) -> bool:
        """Post to a response_url; the SDK's webhook client would raise for nothing but a dead connection."""
        try:
            async with self._session.post(url, json=body, proxy=self._proxy_for(url)) as response:
                if response.status == 200:
                    return True
                log.warning("response_url refused", status=response.status, said=(await response.text())[:80])
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("response_url failed", error=type(error).__name__)
        return False


def _scopes(headers: Mapping[str, Any] | None) -> frozenset[str]:
    listed = str((headers or {}).get("X-OAuth-Scopes", ""))
    return frozenset(scope.strip() for scope in listed.split(",") if scope.strip())


def _seconds(headers: Mapping[str, Any] | None) -> float:
    """``Retry-After``, at least a second; 30 where Slack does not say."""
    try:
        return max(1.0, float((headers or {}).get("Retry-After", 30)))
    except ValueError:
        return 30.0
