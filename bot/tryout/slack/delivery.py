"""From a person's act to the app and back: commands, clicks, forms, shortcuts, events."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.tryout.slack import payloads
from bot.tryout.slack.answers import Answers
from bot.tryout.slack.elements import find, interactive, state_of, unfilled
from bot.tryout.slack.forms import Form
from bot.tryout.slack.hooks import Hook, Hooks
from bot.tryout.slack.message import Json, Message
from bot.tryout.slack.methods.chat import as_slack
from bot.tryout.slack.socket import SocketMode
from bot.tryout.slack.transport import TIMEOUT, Answer, Forgery, HttpTransport
from bot.tryout.slack.webmethod import Context


@dataclass(frozen=True)
class Delivery:
    """One delivery and its outcome. ``problem`` is None when the app acknowledged in time."""

    kind: str
    payload: Json
    status: int | None
    body: Any
    seconds: float
    problem: str | None = None

    @property
    def trigger_id(self) -> str:
        return str(self.payload.get("trigger_id", ""))

    @property
    def response_url(self) -> str:
        return str(self.payload.get("response_url", ""))


class NotOnScreenError(LookupError):
    """A person can only press what is on the screen; this is not."""


class Deliveries:
    """Sends what people do to the app, over a socket where one is open, else over HTTP."""

    def __init__(
        self,
        context: Context,
        hooks: Hooks,
        http: HttpTransport,
        socket: SocketMode,
        *,
        commands: frozenset[str],
        retry_delays: tuple[float, ...],
    ) -> None:
        self._context, self._hooks, self._http, self._socket = context, hooks, http, socket
        self._answers = Answers(context.workspace, hooks)
        self._workspace = context.workspace
        self._commands, self._retry_delays = commands, retry_delays
        self._event_ids = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self.all: list[Delivery] = []

    async def command(
        self,
        person: str,
        channel: str,
        text: str,
        name: str,
        *,
        thread_ts: str | None = None,
        duplicate: bool = False,
        forgery: Forgery | None = None,
    ) -> Delivery:
        """Type a slash command. In a thread Slack refuses it itself; an unknown one never reaches the app."""
        if name not in self._commands:
            return self._refused(person, channel, f"{name} is not a valid command.", "unknown_command")
        if thread_ts is not None:
            notice = f"{name} is not supported in threads. Sorry!"
            return self._refused(person, channel, notice, "not_supported_in_threads")
        who, where = self._workspace.people[person], self._workspace.channels[channel]
        payload = payloads.command(self._workspace, who, where, name, text)
        url, hook = self._hooks.give(person, channel)
        payload |= {"response_url": url, "trigger_id": self._context.triggers.give(person)}
        delivery = await self._send("slash_commands", payload, duplicate=duplicate, forgery=forgery)
        self._answers.to_command(hook, name, delivery.body, delivery.problem)
        return delivery

    async def click(
        self,
        person: str,
        shown: Message | Form,
        action: str,
        *,
        value: str | None = None,
        block_id: str | None = None,
        stale: bool = False,
        duplicate: bool = False,
        forgery: Forgery | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> Delivery:
        """Press a button, or choose ``value`` in a select, on a message or in a form.

        ``action`` is the action id or what stands before its colon. With ``stale`` the screen is behind: the element
        need only be on the snapshot in hand, not on the message as it is now.
        """
        found = find(shown.blocks, action, block_id)
        if isinstance(shown, Message):
            now = self._workspace.current(shown)
            if not stale:
                found = find(now.blocks, action, block_id) if now else None
        if found is None:
            there = [f.element["action_id"] for f in interactive(shown.blocks)]
            raise NotOnScreenError(f"{action!r} is not on the screen (any more); there was {there}")
        who = self._workspace.people[person]
        payload = payloads.interaction(self._workspace, who, "block_actions")
        hook: Hook | None = None
        if isinstance(shown, Message):
            current = self._workspace.current(shown) or shown
            payload |= payloads.on_message(self._workspace, current, as_slack(self._context, current, metadata=True))
            url, hook = self._hooks.give(person, shown.channel, current)
            payload["response_url"] = url
        else:
            payload |= payloads.on_form(self._workspace, shown, state_of(shown.blocks, values or {}))
        payload["trigger_id"] = self._context.triggers.give(person)
        payload["actions"] = [payloads.action(found.element, found.block_id, self._workspace.next_ts(), value)]
        delivery = await self._send("interactive", payload, duplicate=duplicate, forgery=forgery)
        if hook is not None:
            self._answers.to_click(hook, delivery.problem)
        return delivery

    async def submit(
        self, person: str, form: Form, values: Mapping[str, Any] | None = None, *, duplicate: bool = False
    ) -> Delivery:
        """Fill a form (values by block id or action id) and send it. What the client itself refuses never leaves it."""
        state = state_of(form.blocks, values or {})
        missing = unfilled(form.blocks, state)
        if missing:
            form.errors = missing
            self._workspace.touch()
            return self._kept(Delivery("interactive", {}, None, missing, 0.0, "missing_input"))
        payload = payloads.interaction(self._workspace, self._workspace.people[person], "view_submission")
        payload |= {
            "trigger_id": self._context.triggers.give(person),
            "view": self._workspace.forms.payload(form, state),
            "response_urls": [],
        }
        delivery = await self._send("interactive", payload, duplicate=duplicate)
        problem = self._answers.to_form(form, delivery.body, delivery.problem)
        if problem != delivery.problem:
            delivery = self.all[-1] = replace(delivery, problem=problem)
        return delivery

    async def close(self, person: str, form: Form) -> Delivery | None:
        """Close a form with its Cancel button; the app hears of it only if it asked to."""
        payload = payloads.interaction(self._workspace, self._workspace.people[person], "view_closed")
        payload |= {"view": self._workspace.forms.payload(form), "is_cleared": False}
        self._workspace.forms.close(form)
        return await self._send("interactive", payload) if form.view.get("notify_on_close") else None

    async def shortcut(self, person: str, message: Message, callback_id: str) -> Delivery:
        """Use a message shortcut on a message."""
        payload = payloads.interaction(self._workspace, self._workspace.people[person], "message_action")
        url, _ = self._hooks.give(person, message.channel)
        channel = self._workspace.channels[message.channel]
        payload |= {
            "callback_id": callback_id,
            "trigger_id": self._context.triggers.give(person),
            "response_url": url,
            "message_ts": message.ts,
            "channel": {"id": channel.id, "name": channel.name or "directmessage"},
            "message": as_slack(self._context, message, metadata=False),
            "action_ts": self._workspace.next_ts(),
        }
        return await self._send("interactive", payload)

    async def event(self, body: Json, *, duplicate: bool = False, forgery: Forgery | None = None) -> Delivery:
        """Send an event; unacknowledged, it is sent up to three times more, in the background."""
        now = self._workspace.clock.now()
        payload = payloads.event(self._workspace, body, f"Ev{next(self._event_ids):08d}", now)
        first = await self._send("events_api", payload, duplicate=duplicate, forgery=forgery)
        if first.problem and forgery is None and self._retry_delays:
            task = asyncio.create_task(self._retry(payload, first))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return first

    async def url_verification(self, challenge: str) -> Delivery:
        payload = {"token": payloads.TOKEN, "challenge": challenge, "type": "url_verification"}
        return self._kept(_delivery("events_api", payload, await self._http.send("events_api", payload)))

    async def raw(self, body: str, headers: Mapping[str, str]) -> Delivery:
        """Post anything to the request URL, unsigned: what somebody who is not Slack would do."""
        return self._kept(_delivery("raw", {}, await self._http.post(body, headers)))

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _retry(self, payload: Json, last: Delivery) -> None:
        for number, delay in enumerate(self._retry_delays, start=1):
            await asyncio.sleep(delay)
            reason = "http_timeout" if last.problem == TIMEOUT else "http_error"
            last = await self._send("events_api", payload, retry=(number, reason))
            if not last.problem:
                return

    async def _send(
        self,
        kind: str,
        payload: Json,
        *,
        duplicate: bool = False,
        forgery: Forgery | None = None,
        retry: tuple[int, str] | None = None,
    ) -> Delivery:
        """Deliver once, or with ``duplicate`` twice; the first outcome counts, both are kept."""
        outcomes = []
        for _ in range(2 if duplicate else 1):
            answer: Answer
            if self._socket.is_open and forgery is None:
                answer = await self._socket.send(kind, payload, retry)
            else:
                extra = {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]} if retry else {}
                answer = await self._http.send(kind, payload, forgery, extra)
            outcomes.append(self._kept(_delivery(kind, payload, answer)))
        return outcomes[0]

    def _kept(self, delivery: Delivery) -> Delivery:
        self.all.append(delivery)
        return delivery

    def _refused(self, person: str, channel: str, notice: str, problem: str) -> Delivery:
        self._answers.notice(person, channel, notice)
        return self._kept(Delivery("slash_commands", {}, None, None, 0.0, problem))


def _delivery(kind: str, payload: Json, answer: Answer) -> Delivery:
    return Delivery(kind, payload, answer.status, answer.body, answer.seconds, answer.problem)
