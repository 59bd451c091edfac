"""The wire to Genesys Cloud: tokens, time-outs, waiting when told to, and repeating only what may be repeated.

Everything comes back as an :class:`Answer` or raises our own errors. Which org is spoken to is a property of the
access token: it is kept with the token and read once for each, so that no answer is ever taken for another org's. No
token, secret or header gets into a log line or an error; the vendor's correlation id does, because its support asks
for it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx
import structlog

from bot.errors import PlatformDown, PlatformRefused, PlatformUnclear
from bot.model.calendar import clip
from bot.model.observations import Org
from bot.platforms.genesys import answers
from bot.platforms.genesys.answers import PLATFORM, reason, said
from bot.ports import Clock
from bot.text import storable, storable_json

log = structlog.get_logger(__name__)

TIMEOUT = 10.0  #: seconds for one attempt, all in all
TRIES = 3  #: attempts at what may be repeated
PATIENCE = 5.0  #: seconds a call waits when told to; longer waits are left to the caller's own rhythm
_PAUSE = 0.3  #: seconds, doubled for each further attempt, jittered
_LONGEST = 300.0  #: seconds: no answer keeps us away for longer
_PAGES, _SIZE = 100, 100  #: so many pages at most, of so many entries each

#: Methods that are never sent again once they may have been carried out. A second DELETE would answer *not found* for
#: the first one's success.
_ONCE = frozenset({"POST", "DELETE"})

#: The request surely never left: repeating it is safe whatever it was.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


_T = TypeVar("_T")


@dataclass(eq=False, slots=True)
class Token:
    """An access token, and the org that it lets us into, once that has been read."""

    text: str = field(repr=False)
    renew_at: float  #: monotonic seconds
    org: Org | None = None
    asked: int = 0  #: how often its org was asked for
    asking: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """A clear answer: any status with the vendor's own JSON, or 204 with nothing. ``token``: what it was asked with."""

    status: int
    body: Mapping[str, Any]
    correlation: str = ""
    date: int | None = None  #: its Date (UTC ms, cut to the second); None where it has none
    token: Token | None = field(default=None, repr=False)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def said(self) -> str:
        """The platform's own words, with what its support wants to know."""
        return said(self.body, self.correlation)


class _Stale(Exception):
    """A token that is not, or no longer, let in. Never leaves here."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer


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
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """``transport`` takes the network's place."""
        self._api_url, self._login_url, self._id, self._secret = api_url, login_url, client_id, secret
        self._clock, self._pause = clock, pause
        # The environment is read by bot.config.settings alone; a redirect is never followed: the token stays at home.
        self._api = httpx.AsyncClient(timeout=TIMEOUT, proxy=proxy_for(api_url), trust_env=False, transport=transport)
        self._login = httpx.AsyncClient(
            timeout=TIMEOUT, proxy=proxy_for(login_url), trust_env=False, transport=transport
        )
        self._renewing = asyncio.Lock()
        self._token: Token | None = None
        self._rest_until = 0.0  # monotonic seconds: we were told to wait
        self.date: str | None = None  #: the Date header of the last answer

    async def close(self) -> None:
        await self._api.aclose()
        await self._login.aclose()

    async def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        org: Org | None = None,
        once: bool = False,
    ) -> Answer:
        """One request, repeated where that is safe: GET and PUT name their result and may be sent again.

        ``once``: it is not, since what it rests on may have changed by then.

        With ``org`` it is sent with a token of that org, or not at all: ``PlatformRefused("another_org")`` where the
        token is another org's, :class:`PlatformDown` where it is not known whose it is.

        Raises :class:`PlatformDown` where nothing came of it, :class:`PlatformUnclear` where a POST or DELETE may
        have been carried out, and ``PlatformRefused("credentials")`` where the platform does not let us in.
        """

        async def ask(token: Token) -> Answer:
            if org is not None:
                await self._check(token, org)
            return await self._send(token, method, path, params, body, tries=1 if once else TRIES)

        return await self._let_in(ask)

    async def get(self, path: str, **params: Any) -> Answer:
        """What a question brings; raises :class:`PlatformRefused` or :class:`PlatformDown`."""
        answer = await self.call("GET", path, params=params or None)
        if not answer.ok:
            raise refused(answer)
        return answer

    async def pages(self, path: str, **params: Any) -> list[Mapping[str, Any]]:
        """Every entity of a listing; raises :class:`PlatformRefused` or :class:`PlatformDown`, never half a list."""
        return answers.entities(page.body for page in await self.listing(path, **params))

    async def listing(self, path: str, **params: Any) -> list[Answer]:
        """Every page of a listing that is complete (:func:`answers.gap`), all of them of one token."""
        found: list[Answer] = []
        more = True
        while more and len(found) < _PAGES:
            found.append(await self.get(path, **params, pageSize=_SIZE, pageNumber=len(found) + 1))
            more = answers.goes_on([page.body for page in found])
        one_token(found)
        why = "too many pages" if more else answers.gap([page.body for page in found], _SIZE)
        if why:
            log.warning("half a listing", path=path, why=why)
            raise PlatformDown(PLATFORM, f"half a listing: {why}")
        return found

    # ---- whose org it is

    async def organisation(self) -> Org:
        """The org of the token in use. Raises ``PlatformRefused`` or ``PlatformDown`` where it cannot be read."""
        return await self._let_in(self._org)

    async def whose(self, answer: Answer) -> Org | None:
        """The org that ``answer`` is from, by the token it was asked with; None where that cannot be read now."""
        token = answer.token
        if token is None:
            return None
        with suppress(PlatformDown, PlatformRefused, _Stale):
            await self._org(token, tries=1)
        return token.org

    async def _check(self, token: Token, org: Org) -> None:
        try:
            found = await self._org(token)
        except PlatformRefused as no:
            raise PlatformDown(PLATFORM, f"org not known: {no.said or no.reason}") from None
        if not found.is_same(org):
            log.error("another org", wanted=org.id, connected=found.id)
            raise PlatformRefused(PLATFORM, "another_org", found.name)

    async def _org(self, token: Token, tries: int = TRIES) -> Org:
        before = token.asked
        async with token.asking:
            if token.org is not None:
                return token.org
            if tries == 1 and token.asked != before:  # whoever was first has just been told nothing
                raise PlatformDown(PLATFORM, "org not known")
            try:
                answer = await self._send(token, "GET", "/api/v2/tokens/me", tries=tries)
            finally:
                token.asked += 1
            if not answer.ok:
                raise refused(answer)
            token.org = answers.org(answer.body)
            if token.org is None:
                raise PlatformDown(PLATFORM, "no org id")
            return token.org

    # ---- tokens

    async def token(self) -> Token:
        """A token that is good for a while yet; asked for once, whoever needs it."""
        async with self._renewing:
            if self._token is None or self._clock.monotonic() >= self._token.renew_at:
                self._token = await self._new_token()
            return self._token

    async def _let_in(self, ask: Callable[[Token], Awaitable[_T]]) -> _T:
        """What ``ask`` brings with the token in use; one that is no longer good is renewed once."""
        for last in (False, True):
            token = await self.token()
            try:
                return await ask(token)
            except _Stale as stale:
                if last:
                    raise PlatformRefused(PLATFORM, "credentials", stale.answer.said) from None
                if self._token is token:
                    self._token = None
        raise AssertionError("unreachable")

    async def _new_token(self) -> Token:
        # No scope: with client credentials only the client's roles count.
        request = self._login.build_request(
            "POST", f"{self._login_url}/oauth/token", data={"grant_type": "client_credentials"}
        )
        auth = httpx.BasicAuth(self._id, self._secret())
        answer = await self._insist(self._login, request, repeatable=True, auth=auth)
        text, given = answer.body.get("access_token"), answer.body.get("expires_in")
        if answer.ok and isinstance(text, str) and text:
            seconds = float(given) if isinstance(given, int | float) else 3600.0
            return Token(text, self._clock.monotonic() + seconds - min(300.0, seconds * 0.2))
        if answer.status in (400, 401, 403):
            raise PlatformRefused(PLATFORM, "credentials", answer.said)
        raise PlatformDown(PLATFORM, f"no token: {answer.status}")

    # ---- one request, however often

    async def _send(
        self,
        token: Token,
        method: str,
        path: str,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        tries: int = TRIES,
    ) -> Answer:
        request = self._api.build_request(
            method,
            f"{self._api_url}{path}",
            params=params,
            json=body,
            headers={"Authorization": f"Bearer {token.text}", "Accept": "application/json"},
        )
        answer = replace(
            await self._insist(self._api, request, repeatable=method not in _ONCE, tries=tries), token=token
        )
        if answer.status == 401:
            raise _Stale(answer)
        return answer

    async def _insist(
        self,
        client: httpx.AsyncClient,
        request: httpx.Request,
        *,
        repeatable: bool,
        auth: httpx.Auth | None = None,
        tries: int = TRIES,
    ) -> Answer:
        for attempt in range(1, tries + 1):
            await self._wait_our_turn()
            last = attempt == tries
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
                    raise PlatformUnclear(PLATFORM, why)
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
            body = storable_json(response.json()) if response.content else {}
        except (ValueError, RecursionError):
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
        return Answer(response.status_code, body, correlation, _date(response))

    def _mind_the_limits(self, response: httpx.Response) -> None:
        wait = 0.0
        if response.status_code == 429:
            wait = _number(response, "Retry-After", 5.0)
        elif _number(response, "inin-ratelimit-count", 0) >= _number(response, "inin-ratelimit-allowed", 1e9):
            wait = _number(response, "inin-ratelimit-reset", 1.0)
        if wait > 0:
            self._rest_until = max(self._rest_until, self._clock.monotonic() + min(wait, _LONGEST))


def one_token(found: Iterable[Answer]) -> None:
    """Of answers that are read together: a token that was renewed in between may be another org's."""
    if len({id(answer.token) for answer in found}) > 1:
        raise PlatformDown(PLATFORM, "the token was renewed in between")


def refused(answer: Answer) -> PlatformRefused:
    """What a clear *no* means for whoever asked; see :func:`answers.reason`."""
    return PlatformRefused(PLATFORM, reason(answer.status, answer.body), answer.said)


def _correlation(response: httpx.Response) -> str:
    return storable(str(response.headers.get("ININ-Correlation-Id", ""))[:64])


def _date(response: httpx.Response) -> int | None:
    try:
        return clip(round(parsedate_to_datetime(response.headers.get("Date", "")).timestamp() * 1000))
    except (ValueError, OverflowError):
        return None


def _number(response: httpx.Response, header: str, otherwise: float) -> float:
    try:
        found = float(response.headers.get(header, otherwise))
    except ValueError:
        return otherwise
    return found if 0 <= found < 1e9 else otherwise
