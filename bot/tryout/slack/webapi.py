"""The door of the simulated Web API: ``/api/<method>``, its tokens, scopes, pace, faults and journal."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from aiohttp import web

from bot.tryout.slack.clock import Clock
from bot.tryout.slack.faults import Fault, Faults
from bot.tryout.slack.message import Json
from bot.tryout.slack.methods import METHODS
from bot.tryout.slack.pace import Pace
from bot.tryout.slack.webmethod import Args, Context, Method, SlackError


@dataclass(frozen=True)
class Call:
    """One call as it was received. ``status`` is 0 where the caller got no answer."""

    method: str
    args: Json
    when: int
    status: int
    error: str | None = None
    acted: bool = True


class WebApi:
    """Answers calls of the Web API as strictly as Slack, and remembers every one."""

    def __init__(
        self, context: Context, clock: Clock, faults: Faults, pace: Pace, *, bot_token: str, app_token: str
    ) -> None:
        self._context, self._clock, self._faults, self._pace = context, clock, faults, pace
        self._bot_token, self._app_token = bot_token, app_token
        self.calls: list[Call] = []

    def routes(self) -> Iterable[web.RouteDef]:
        return [web.route("*", "/api/{method}", self._answer)]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        try:
            raw, token = await _read(request)
        except SlackError as refused:
            self._note(name, {}, 200, refused.name, acted=False)
            return self._json({"ok": False, "error": refused.name})
        fault = self._faults.take(name, raw)
        if fault is None:
            return self._reply(name, raw, token)
        return await self._misbehave(request, fault, name, raw, token)

    async def _misbehave(
        self, request: web.Request, fault: Fault, name: str, raw: Json, token: str | None
    ) -> web.StreamResponse:
        """Commit one fault; where it acts, what the call wanted is done although nobody hears of it."""
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
            return self._reply(name, raw, token)
        if fault.act:
            self._perform(name, raw, token)
        status, error = 0, fault.kind
        answer: web.StreamResponse = web.Response()
        if fault.kind == "ratelimited":
            status, answer = 429, self._ratelimited(fault.retry_after)
        elif fault.kind == "status":
            status, answer = (
                fault.status,
                web.Response(status=fault.status, text="upstream error", headers=self._date(fault.status)),
            )
        elif fault.kind in ("drop_before", "drop_after", "hang"):
            self._note(name, raw, 0, error, fault.act)
            if fault.kind == "hang":
                await self._faults.hanging()
            if request.transport is not None:
                request.transport.abort()
            return answer
        else:
            status, answer = 200, self._json({"ok": False, "error": fault.kind})
        self._note(name, raw, status, error, fault.act)
        return answer

    def _reply(self, name: str, raw: Json, token: str | None) -> web.Response:
        method = METHODS.get(name)
        if method is not None:
            wait = self._pace.wait(name, method.per_minute, raw)
            if wait is not None:
                self._note(name, raw, 429, "ratelimited", acted=False)
                return self._ratelimited(wait)
        body = self._perform(name, raw, token)
        self._note(name, raw, 200, body.get("error"), acted=bool(body["ok"]))
        return self._json(body)

    def _perform(self, name: str, raw: Json, token: str | None) -> Json:
        try:
            method = METHODS.get(name)
            if method is None:
                raise SlackError("unknown_method", req_method=name)
            self._authorize(method, token)
            return {"ok": True, **method.run(self._context, Args(raw))}
        except SlackError as refused:
            return {"ok": False, "error": refused.name, **refused.details}

    def _authorize(self, method: Method, token: str | None) -> None:
        if not token:
            raise SlackError("not_authed")
        if token not in (self._bot_token, self._app_token):
            raise SlackError("invalid_auth")
        if (token == self._app_token) != method.app_level:
            raise SlackError("not_allowed_token_type")
        if method.scope is not None:
            self._context.require(method.scope)

    def _note(self, name: str, raw: Json, status: int, error: str | None, acted: bool) -> None:
        self.calls.append(Call(name, raw, self._clock.now(), status, error, acted))

    def _date(self, status: int) -> dict[str, str]:
        now = self._clock.now() + self._faults.wrong_date(status)
        return {"Date": formatdate(now / 1000, usegmt=True)}

    def _json(self, body: Mapping[str, Any]) -> web.Response:
        headers = self._date(200) | {"X-OAuth-Scopes": ",".join(sorted(self._context.scopes))}
        return web.json_response(body, headers=headers)

    def _ratelimited(self, seconds: int) -> web.Response:
        headers = self._date(429) | {"Retry-After": str(seconds)}
        return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)


async def _read(request: web.Request) -> tuple[Json, str | None]:
    """The arguments and the token: from the header, or from a form's ``token`` field (never from JSON)."""
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    token = bearer.strip() if scheme.lower() == "bearer" else None
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        args |= _object(await request.text())
        args.pop("token", None)
    else:
        args |= dict(await request.post())
    form_token = args.pop("token", None)
    return args, token or (str(form_token) if form_token else None)


def _object(text: str) -> Json:
    try:
        body = json.loads(text) if text else {}
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(body, dict):
        raise SlackError("json_not_object")
    return body
