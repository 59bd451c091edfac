"""What comes in over HTTP: signed by Slack, and now. Anything else is refused at the first thing that is wrong."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping, Sequence

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from bot.runtime.connections import Connection
from bot.runtime.counters import LabelledCounter
from bot.runtime.request_body import BadBody, Bodies, refuse_packed

log = structlog.get_logger(__name__)

#: Bytes of a body, and seconds for it. Slack's largest is a click on a message full of text, a quarter of that.
MAX_BODY, BODY_WITHIN = 1_000_000, 5.0

#: Signatures that are remembered: at 60 requests a second those of the five minutes in which a copy is fresh.
REMEMBERED = 20_000

#: Seconds that a request may be old, or young: as Slack's documentation has it.
FRESH = 300

_HEADERS = ("X-Slack-Request-Timestamp", "X-Slack-Signature")
_STAMP, _SIGNATURE = re.compile(r"[0-9]{1,12}"), re.compile(r"v0=[0-9a-f]{64}")


class HttpDoor:
    """``now`` is Slack's time in seconds: by the local clock, hours off, nothing would be let in. ``ask_time`` asks
    Slack for it. ``refused`` counts who was not let in."""

    def __init__(
        self, app: AsyncApp, secret: str, now: Callable[[], float], ask_time: Callable[[], None],
        refused: LabelledCounter,
    ) -> None:  # fmt: skip
        self._app, self._signatures = app, SignatureVerifier(secret)
        self._now, self._ask_time, self._refused = now, ask_time, refused
        self._bodies = Bodies(MAX_BODY, BODY_WITHIN)
        self._answered: dict[str, None] = {}  # signatures, the oldest first

    async def serve(self, request: web.BaseRequest) -> web.Response:
        """Acknowledged by Bolt; 401 for what is not Slack's, before a byte of its body is read where that can be."""
        try:
            refuse_packed(request)
            once = all(len(request.headers.getall(name, ())) == 1 for name in _HEADERS)
            if not once or _signed(request.headers) is None:
                raise BadBody(401, "no_signature")
            body = (await self._bodies.read(request)).decode()  # as signed; a charset in the headers is not
        except BadBody as bad:
            self._refused.add(bad.why)
            return _refusal(bad.status)
        except UnicodeDecodeError:
            self._refused.add("signature")
            return _refusal(401)
        if not self.is_genuine(body, request.headers):
            return _refusal(401)
        if isinstance(request.protocol, Connection):
            request.protocol.prove()
        headers: dict[str, str | Sequence[str]] = dict(request.headers)
        signature = request.headers[_HEADERS[1]]
        if signature in self._answered:
            self._refused.add("replayed")
            return web.Response()
        answer = await self._app.async_dispatch(
            AsyncBoltRequest(body=body, query=request.query_string, headers=headers)
        )
        if answer.status == 200:
            self._remember(signature)
        return await to_aiohttp_response(answer)

    def _remember(self, signature: str) -> None:
        """What comes once more, as it was, is somebody's copy: it is acknowledged and not carried out. What Slack sends
        again after a failure was not answered."""
        self._answered[signature] = None
        if len(self._answered) > REMEMBERED:
            del self._answered[next(iter(self._answered))]

    def is_genuine(self, body: str, headers: Mapping[str, str]) -> bool:
        """Signed by Slack, and now. What is rightly signed and looks old is refused, too: it may be somebody's copy.

        But it may be our clock that is wrong, so Slack is asked the time; nothing else can make us ask.
        """
        signed = _signed(headers)
        if signed is None:
            return False
        stamp, signature = signed
        rightly = self._signatures.generate_signature(timestamp=stamp, body=body) or ""
        if not hmac.compare_digest(rightly, signature):
            self._refused.add("signature")
            return False
        age = self._now() - int(stamp)
        if abs(age) <= FRESH:
            return True
        self._refused.add("old")
        log.warning("rightly signed, but old", seconds=round(age))
        self._ask_time()
        return False


def _signed(headers: Mapping[str, str]) -> tuple[str, str] | None:
    """When it says it was signed, and how; None where it does not say so in Slack's form."""
    stamp, signature = (headers.get(name, "") for name in _HEADERS)
    return (stamp, signature) if _STAMP.fullmatch(stamp) and _SIGNATURE.fullmatch(signature) else None


def _refusal(status: int) -> web.Response:
    return web.json_response({"error": "invalid request"}, status=status)
