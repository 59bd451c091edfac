"""How a delivery reaches the app: signed HTTP, or an envelope on a socket, and the three seconds it may take."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp

from bot.tryout.slack.clock import Clock
from bot.tryout.slack.message import Json

#: docs.slack.dev: an app has three seconds to acknowledge. Real seconds, whatever clock the workspace runs on.
ACK_SECONDS = 3.0

TIMEOUT, FAILED = "operation_timeout", "dispatch_failed"


@dataclass(frozen=True)
class Forgery:
    """What to falsify in a delivery: another signing secret, another timestamp (any text), a broken signature."""

    secret: str | None = None
    timestamp: str | None = None
    signature: str | None = None


@dataclass(frozen=True)
class Answer:
    """What came back. ``status`` is None where nothing did; ``problem`` is what Slack makes of it."""

    status: int | None
    body: Any
    seconds: float
    problem: str | None = None


class HttpTransport:
    """Posts to the app's request URL, signed with its secret (docs.slack.dev, Verifying requests, version v0)."""

    def __init__(self, clock: Clock, secret: str, url: str | None) -> None:
        self._clock, self._secret = clock, secret
        self.url = url
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        # A connection for each delivery: one kept alive may belong to an app that has been restarted since.
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))

    async def stop(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def send(
        self, kind: str, payload: Json, forgery: Forgery | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Deliver a payload as its kind is delivered over HTTP: a form, a form holding JSON, or JSON."""
        if kind == "slash_commands":
            body, content = urlencode(payload), "application/x-www-form-urlencoded"
        elif kind == "interactive":
            body, content = urlencode({"payload": json.dumps(payload)}), "application/x-www-form-urlencoded"
        else:
            body, content = json.dumps(payload), "application/json"
        signed = self.signed(body, forgery or Forgery())
        return await self.post(body, {"Content-Type": content, **signed, **(headers or {})})

    def signed(self, body: str, forgery: Forgery) -> dict[str, str]:
        stamp = forgery.timestamp if forgery.timestamp is not None else str(self._clock.now() // 1000)
        secret = forgery.secret if forgery.secret is not None else self._secret
        digest = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
        signature = forgery.signature if forgery.signature is not None else f"v0={digest}"
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}

    async def post(self, body: str, headers: Mapping[str, str]) -> Answer:
        """One POST as it stands; a connection is given up after three seconds, as Slack does."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        if self.url is None or self._session is None:
            return Answer(None, None, 0.0, FAILED)
        try:
            async with asyncio.timeout(ACK_SECONDS):
                async with self._session.post(self.url, data=body.encode(), headers=headers) as response:
                    text = await response.text()
        except TimeoutError:
            return Answer(None, None, loop.time() - began, TIMEOUT)
        except aiohttp.ClientError:
            return Answer(None, None, loop.time() - began, FAILED)
        problem = None if 200 <= response.status < 300 else FAILED
        return Answer(response.status, _parsed(text), loop.time() - began, problem)


def _parsed(text: str) -> Any:
    """The acknowledgement: JSON where it is JSON, else the text itself, None where it is empty."""
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text
