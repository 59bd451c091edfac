"""Response URLs: five answers within half an hour to one interaction, without a token."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.tryout.slack.blocks import validate
from bot.tryout.slack.clock import Clock
from bot.tryout.slack.faults import Faults
from bot.tryout.slack.message import Json, Message
from bot.tryout.slack.webapi import Call
from bot.tryout.slack.workspace import Workspace

USES, SECONDS = 5, 30 * 60


@dataclass(eq=False)
class Hook:
    """One response URL: whom it answers, where, and the message it may replace."""

    person: str
    channel: str
    born: float
    original: Message | None = None
    used: int = 0


class BadAnswerError(Exception):
    """What Slack writes into the body of its refusal."""


class Hooks:
    """All response URLs of this run, and the journal of their use."""

    def __init__(self, workspace: Workspace, clock: Clock, faults: Faults, calls: list[Call]) -> None:
        self._workspace, self._clock, self._faults, self._calls = workspace, clock, faults, calls
        self._ids = itertools.count(1)
        self._hooks: dict[str, Hook] = {}
        self.base = ""

    def give(self, person: str, channel: str, original: Message | None = None) -> tuple[str, Hook]:
        """A new response URL for what ``person`` just did in ``channel``."""
        path = f"/actions/{self._workspace.team_id}/{next(self._ids)}/{self._clock.now():x}"
        self._hooks[path] = Hook(person, channel, self._clock.monotonic(), original)
        return self.base + path, self._hooks[path]

    def routes(self) -> Iterable[web.RouteDef]:
        return [web.post("/actions/{team}/{number}/{secret}", self._answer)]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        try:
            raw: Any = json.loads(await request.text())
        except ValueError:
            raw = None
        args: Json = raw if isinstance(raw, dict) else {}
        fault = self._faults.take("response_url", args)
        if fault is not None and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
            fault = None
        if fault is not None:
            if fault.act:
                self._use(request.path, raw)
            status = {"ratelimited": 429, "status": fault.status}.get(fault.kind, 0)
            self._note(args, status, fault.kind, fault.act)
            if fault.kind == "hang":
                await self._faults.hanging()
            if status == 0 and request.transport is not None:
                request.transport.abort()
            headers = {"Retry-After": str(fault.retry_after)} if status == 429 else {}
            return web.Response(status=status or 500, text=fault.kind, headers=headers)
        status, text = self._use(request.path, raw)
        self._note(args, status, None if status == 200 else text, status == 200)
        return web.Response(status=status, text=text)

    def _use(self, path: str, body: Any) -> tuple[int, str]:
        hook = self._hooks.get(path)
        if hook is None or self._clock.monotonic() - hook.born > SECONDS:
            return 404, "expired_url"
        if hook.used >= USES:
            return 404, "used_url"
        if not isinstance(body, dict):
            return 400, "invalid_payload"
        try:
            self.show(hook, body)
        except BadAnswerError as refused:
            return 400, str(refused)
        hook.used += 1
        return 200, "ok"

    def show(self, hook: Hook, body: Json) -> Message | None:
        """Carry out an answer, from a response URL or an acknowledgement's body.

        A click's original is the message clicked; a slash command's is the first answer it got (Slack replaces that
        one too, though its reference speaks of interactive messages only). Without an original a new one is made.
        """
        original = self._workspace.current(hook.original) if hook.original else None
        if body.get("delete_original"):
            if original:
                self._workspace.delete(original)
            return None
        text, blocks = str(body.get("text") or ""), body.get("blocks") or []
        if not isinstance(blocks, list) or validate(blocks, "message"):
            raise BadAnswerError("invalid_blocks")
        if not text and not blocks:
            raise BadAnswerError("no_text")
        if body.get("replace_original") and original:
            message = self._workspace.edit(original, text=text, blocks=blocks)
        else:
            public = body.get("response_type") == "in_channel"
            message = self._workspace.post(
                hook.channel,
                self._workspace.bot_user,
                text,
                blocks,
                thread_ts=body.get("thread_ts"),
                metadata=body.get("metadata"),
                private_to=None if public else hook.person,
            )
        hook.original = hook.original or message
        return message

    def _note(self, args: Json, status: int, error: str | None, acted: bool) -> None:
        self._calls.append(Call("response_url", args, self._clock.now(), status, error, acted))
