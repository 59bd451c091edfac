"""The wire to Genesys Cloud: tokens, time-outs, waiting when told to, and repeating only what may be repeated.

Everything comes back as an :class:`Answer` or raises our own errors. No token, secret or header ever gets into a log
line or an error; the vendor's correlation id does, because its support asks for it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import structlog

from bot.errors import PlatformDown, PlatformRefused
from bot.platforms.genesys.answers import PLATFORM, reason, said
from bot.ports import Clock

log = structlog.get_logger(__name__)

TIMEOUT = 10.0  #: seconds for one attempt, all in all
TRIES = 3  #: attempts at what may be repeated
PATIENCE = 5.0  #: seconds a call waits when told to; longer waits are left to the caller's own rhythm
_PAUSE = 0.3  #: seconds, doubled for each further attempt, jittered
_LONGEST = 300.0  #: seconds: no answer keeps us away for longer
_PAGES = 100  #: of 100 entries each

#: The request surely never left: repeating it is safe whatever it was.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


class Unclear(Exception):
    """A POST was sent, and nobody knows whether it was carried out: look before doing it again. Never leaves here."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A clear answer: any status with the vendor's own JSON, or 204 with nothing."""

    status: int
    body: Mapping[str, Any]
    correlation: str = ""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def said(self) -> str:
        """The platform's own words, with what its support wants to know."""
        return said(self.body, self.correlation)


class Client:
    """One per platform. ``call`` is everything; ``close`` at the end."""

    def __init__(
        self,
        api_url: str,
        login_url: str,
        client_id: str,
        secret: Callable[[], str],
        *,
        clock: Clock,
        proxy_for: Callable[[str], str | None] = lambda _: None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._api_url, self._login_url, self._id, self._secret = api_url, login_url, client_id, secret
        self._clock, self._pause = clock, pause
        # The environment is read by bot.config alone; a redirect is never followed: the token stays at home.
        self._api = httpx.AsyncClient(timeout=TIMEOUT, proxy=proxy_for(api_url), trust_env=False)
        self._login = httpx.AsyncClient(timeout=TIMEOUT, proxy=proxy_for(login_url), trust_env=False)
        self._renewing = asyncio.Lock()
        self._token: str | None = None
        self._renew_at = 0.0  # monotonic seconds
        self._rest_until = 0.0  # monotonic seconds: we were told to wait
        self.date: str | None = None  #: the Date header of the last answer

    async def close(self) -> None:
        await self._api.aclose()
        await self._login.aclose()

    async def call(
        self, method: str, path: str, *, params: Mapping[str, Any] | None = None, body: Any = None
    ) -> Answer:
        """One request, repeated where that is safe: everything but POST names its result and may be sent again.

        Raises :class:`PlatformDown` where nothing came of it, :class:`Unclear` where a POST may have been carried
        out, and ``PlatformRefused("credentials")`` where the platform does not let us in.
        """
        renewed = False
        while True:
            token = await self.token()
            request = self._api.build_request(
                method,
                f"{self._api_url}{path}",
                params=params,
                json=body,
                headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
            )
            answer = await self._insist(self._api, request, repeatable=method != "POST")
            if answer.status != 401:
                return answer
            if renewed:
                raise PlatformRefused(PLATFORM, "credentials", answer.said)
            renewed = True
            if self._token == token:
                self._token = None

    async def get(self, path: str, **params: Any) -> Answer:
        """What a question brings; raises :class:`PlatformRefused` or :class:`PlatformDown`."""
        answer = await self.call("GET", path, params=params or None)
        if not answer.ok:
            raise refused(answer)
        return answer

    async def pages(self, path: str, **params: Any) -> list[Mapping[str, Any]]:
        """Every entity of a listing; raises :class:`PlatformRefused` or :class:`PlatformDown`, never half a list."""
        found: list[Mapping[str, Any]] = []
        for number in range(1, _PAGES + 1):
            answer = await self.get(path, **params, pageSize=100, pageNumber=number)
            found += [e for e in answer.body.get("entities") or () if isinstance(e, Mapping)]
            count = answer.body.get("pageCount")
            more = number < count if isinstance(count, int) else bool(answer.body.get("nextUri"))
            if not more:
                return found
        return found

    # ---- tokens

    async def token(self) -> str:
        """A token that is good for a while yet; asked for once, whoever needs it."""
        async with self._renewing:
            if self._token is None or self._clock.monotonic() >= self._renew_at:
                self._token, seconds = await self._new_token()
                self._renew_at = self._clock.monotonic() + seconds - min(300.0, seconds * 0.2)
            return self._token

    async def _new_token(self) -> tuple[str, float]:
        # No scope: with client credentials only the client's roles count.
        request = self._login.build_request(
            "POST", f"{self._login_url}/oauth/token", data={"grant_type": "client_credentials"}
        )
        auth = httpx.BasicAuth(self._id, self._secret())
        answer = await self._insist(self._login, request, repeatable=True, auth=auth)
        token, seconds = answer.body.get("access_token"), answer.body.get("expires_in")
        if answer.ok and isinstance(token, str) and token:
            return token, float(seconds) if isinstance(seconds, int | float) else 3600.0
        if answer.status in (400, 401, 403):
            raise PlatformRefused(PLATFORM, "credentials", answer.said)
        raise PlatformDown(PLATFORM, f"no token: {answer.status}")

    # ---- one request, however often

    async def _insist(
        self, client: httpx.AsyncClient, request: httpx.Request, *, repeatable: bool, auth: httpx.Auth | None = None
    ) -> Answer:
        for attempt in range(1, TRIES + 1):
            await self._wait_our_turn()
            last = attempt == TRIES
            try:
                async with asyncio.timeout(TIMEOUT):
                    response = await client.send(request, auth=auth)
            except _NEVER_SENT as error:
                why, again, sent = type(error).__name__, True, False
            except (httpx.HTTPError, TimeoutError) as error:
                why, again, sent = type(error).__name__, repeatable, True
            else:
                answer = self._read(response)
                if answer is not None and answer.status not in (408, 429) and answer.status < 500:
                    return answer
                sent = response.status_code != 429  # that one was surely not carried out
                again = repeatable or not sent
                why = f"{response.status_code} {_correlation(response)}".strip()
            log.warning("no clear answer", method=request.method, path=request.url.path, why=why, attempt=attempt)
            if last or not again:
                if sent and not repeatable:
                    raise Unclear(why)
                raise PlatformDown(PLATFORM, why)
            await self._pause(_PAUSE * 2**attempt * random.random())
        raise AssertionError("unreachable")

    async def _wait_our_turn(self) -> None:
        """Having been told to wait, wait; for longer than that is polite to whoever asked, give up at once."""
        left = self._rest_until - self._clock.monotonic()
        if left > PATIENCE:
            raise PlatformDown(PLATFORM, f"asked to wait {left:.0f} s")
        if left > 0:
            await self._pause(left + random.random() * 0.2)

    def _read(self, response: httpx.Response) -> Answer | None:
        """None where this is not the vendor's own answer: a proxy's page, or cut off."""
        self.date = response.headers.get("Date", self.date)
        self._mind_the_limits(response)
        correlation = _correlation(response)
        try:
            body = response.json() if response.content else {}
        except ValueError:
            body = None
        level = log.info if response.request.method not in ("GET", "POST") or response.is_error else log.debug
        level(
            "Genesys Cloud answered", method=response.request.method, path=response.request.url.path,
            status=response.status_code, correlation=correlation,
        )  # fmt: skip
        if not isinstance(body, Mapping) or 300 <= response.status_code < 400:
            return None
        if response.is_error and not body:
            return None
        return Answer(response.status_code, body, correlation)

    def _mind_the_limits(self, response: httpx.Response) -> None:
        wait = 0.0
        if response.status_code == 429:
            wait = _number(response, "Retry-After", 5.0)
        elif _number(response, "inin-ratelimit-count", 0) >= _number(response, "inin-ratelimit-allowed", 1e9):
            wait = _number(response, "inin-ratelimit-reset", 1.0)
        if wait > 0:
            self._rest_until = max(self._rest_until, self._clock.monotonic() + min(wait, _LONGEST))


def refused(answer: Answer) -> PlatformRefused:
    """What a clear *no* means for whoever asked; see :func:`answers.reason`."""
    return PlatformRefused(PLATFORM, reason(answer.status, answer.body), answer.said)


def _correlation(response: httpx.Response) -> str:
    return str(response.headers.get("ININ-Correlation-Id", ""))[:64]


def _number(response: httpx.Response, header: str, otherwise: float) -> float:
    try:
        found = float(response.headers.get(header, otherwise))
    except ValueError:
        return otherwise
    return found if 0 <= found < 1e9 else otherwise
