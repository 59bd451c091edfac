"""A stateful Genesys Cloud on loopback: what the vendor's API does with outbound email domains, faults included.

Every request and every answer is compared with the vendor's contract (:mod:`tests.genesys.contract`); what breaks it
stands in ``violations``.
"""

from __future__ import annotations

import asyncio
import base64
import email.utils
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.ports import Clock
from tests.genesys import contract
from tests.genesys.org import CLIENT_ID, DOMAINS, ORG_ID, OTHER_ORG_ID, Org, Refusal

__all__ = ["CLIENT_ID", "DOMAINS", "LIES", "ORG_ID", "OTHER_ORG_ID", "SECRET", "SimulatedGenesys"]

SECRET = "simulated-client-secret"


Body = dict[str, Any]

#: What a listing says that is not so.
LIES: Mapping[str, Callable[[Body], Body]] = {
    "empty": lambda body: body | {"entities": [], "total": 0, "pageCount": 1},  # nothing gives this one away
    "bare": lambda body: {key: value for key, value in body.items() if key != "entities"},
    "null": lambda body: body | {"entities": None},
    "cut": lambda body: body | {"entities": body["entities"][:-1], "total": max(1, body["total"])},
    "uncounted": lambda body: body | {"entities": body["entities"][:-1], "total": 0, "pageCount": 2},
    "nameless": lambda body: body | {"entities": [{"name": entity["name"]} for entity in body["entities"]]},
}


@dataclass
class Fault:
    """``kind``: a status, ``slow``, ``before`` (dropped before acting) or ``after`` (acted, then dropped), ``page``,
    one of :data:`LIES`, or ``none``: this call is let be."""

    kind: str
    match: str  #: regular expression for ``METHOD path``
    times: int = 1
    headers: dict[str, str] = field(default_factory=dict)


class SimulatedGenesys(Org):
    """``async with SimulatedGenesys(clock) as genesys``; ``genesys.url`` serves the API and the login."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.url = ""
        self.secrets = {CLIENT_ID: SECRET}
        self.token_life = 86_399
        self.faults: list[Fault] = []
        self.calls: list[str] = []
        self.tokens: dict[str, int] = {}  #: issued, and until when they are good
        self.orgs: dict[str, Org] = {CLIENT_ID: self}  #: by OAuth client: what its *next* token lets in to
        self._let_in: dict[str, Org] = {}  # by token
        self.lenient = False  #: answers may break the contract, as a newer API does
        self.violations: list[str] = []
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> SimulatedGenesys:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def settings(self) -> dict[str, str]:
        return {
            "EMAILDOMAIN_PLATFORM": "genesys",
            "EMAILDOMAIN_APPROVERS": "channel",
            "GENESYSCLOUD_API_URL": self.url,
            "GENESYSCLOUD_LOGIN_URL": self.url,
            "GENESYSCLOUD_OAUTHCLIENT_ID": CLIENT_ID,
            "GENESYSCLOUD_OAUTHCLIENT_SECRET": SECRET,
        }

    def fault(self, kind: str, match: str = "", times: int = 1, **headers: Any) -> None:
        self.faults.append(Fault(kind, match, times, {k.replace("_", "-"): str(v) for k, v in headers.items()}))

    def called(self, match: str) -> list[str]:
        return [call for call in self.calls if re.search(match, call)]

    # ---- every request

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        method, path = request.method, request.path
        self.calls.append(f"{method} {path}")
        body: Any = None
        if raw:
            form = request.content_type == "application/x-www-form-urlencoded"
            body = dict(await request.post()) if form else json.loads(raw)
        bad = contract.bad_request(method, path, request.query, body, request.content_type)
        self.violations += bad
        fault = self._fault(f"{method} {path}")
        headers = {"ININ-Correlation-Id": f"0c0ffee0-0000-4000-8000-{len(self.calls):012d}"}
        headers["Date"] = email.utils.formatdate(self._clock.now() / 1000, usegmt=True)
        if fault is not None:
            headers |= fault.headers
            if fault.kind == "before":
                return self._drop(request)
            if fault.kind == "slow":
                await asyncio.sleep(30)
            if fault.kind == "page":
                return web.Response(status=502, text="<html>bad gateway</html>", content_type="text/html")
            if fault.kind.isdigit():
                return self._answer(request, int(fault.kind), _error(int(fault.kind), "internal", "fault"), headers)
        try:
            if bad:
                raise Refusal(400, "bad.request", "; ".join(bad))
            status, answer = await self._act(request, body)
        except Refusal as no:
            status, answer = no.status, _error(no.status, no.code, no.message)
        if fault is not None and fault.kind == "after":
            return self._drop(request)
        if fault is not None and fault.kind in LIES and status == 200:
            answer = LIES[fault.kind](answer)
        return self._answer(request, status, answer, headers)

    def _fault(self, call: str) -> Fault | None:
        for fault in self.faults:
            if fault.times > 0 and re.search(fault.match, call):
                fault.times -= 1
                return fault
        return None

    @staticmethod
    def _drop(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    def _answer(self, request: web.Request, status: int, body: Any, headers: dict[str, str]) -> web.Response:
        out_of_order = status >= 429 and request.path == "/oauth/token"  # where the contract is silent
        if not (self.lenient or out_of_order):
            self.violations += contract.bad_answer(request.method, request.path, status, body)
        if body is None:
            return web.Response(status=status, headers=headers)
        return web.json_response(body, status=status, headers=headers)

    async def _act(self, request: web.Request, body: Any) -> tuple[int, Any]:
        method, path = request.method, request.path
        if path == "/oauth/token":
            return self._login(request)
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.tokens.get(bearer, 0) <= self._clock.now():
            raise Refusal(401, "bad.credentials", "Invalid login credentials.")
        return await self._let_in[bearer].act(method, path, request.query, body)

    def _login(self, request: web.Request) -> tuple[int, Any]:
        given = base64.b64decode(request.headers.get("Authorization", "").removeprefix("Basic ")).decode()
        client, _, secret = given.partition(":")
        if self.secrets.get(client) != secret:
            text = "authentication failed" if client in self.secrets else "client not found: invalid_client"
            return 401, {"error": "invalid_client", "description": text, "error_description": text}
        self._serial += 1
        token = f"simulated-access-token-{self._serial}"
        self.tokens[token] = self._clock.now() + self.token_life * 1000
        self._let_in[token] = self.orgs.get(client, self)
        return 200, {"access_token": token, "token_type": "bearer", "expires_in": self.token_life}

    def expire_tokens(self) -> None:
        self.tokens.clear()

    def move(self) -> Org:
        """The OAuth client belongs to another org from the next token on; the tokens it has are still this one's."""
        self.orgs[CLIENT_ID] = Org(self._clock, OTHER_ORG_ID, "ABC Corp")
        return self.orgs[CLIENT_ID]


def _error(status: int, code: str, message: str) -> dict[str, Any]:
    return {"message": message, "code": code, "status": status, "contextId": "c0ffee00-0000-4000-8000-000000000001"}
