"""The mail platform as a machine in this process: the vendor's API with two orgs, behind the real adapter."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import httpx

from bot.model.records import DnsRecord, RecordType
from bot.platforms.genesys import Client, Genesys
from bot.ports import Clock
from tests.genesys.org import CLIENT_ID, DOMAINS, ORG, ORG_ID, OTHER_ORG_ID, Domain, Org, Refusal
from tests.simulation.clocks import Clocks
from tests.simulation.history import History
from tests.simulation.network import Dropped, Network

URL = "http://127.0.0.1:9"

_OTHERS = frozenset({"RequestReceived", "ProvisionRequestSentVendor", "Deprovisioned", "Error"})
_RECORDS = frozenset({"dnsTxtSendingRecord", "dnsCnameBounceRecord"})

#: What is made of an answer: (method, path, status, body) to (status, body).
Lie = Callable[[str, str, int, Any], tuple[int, Any]]

#: What a server of DNS says of both records: ``Verified``, ``Failed`` or ``Unknown``.
See = Callable[[str, tuple[DnsRecord, ...]], Mapping[RecordType, str]]


class Account(Org):
    """An org that writes down what really happened to it."""

    def __init__(self, clocks: Clocks, history: History, see: See, org_id: str, org: str) -> None:
        super().__init__(clocks, org_id, org)
        self._history, self._see = history, see
        self.verify = self._verified
        self.provisioned: dict[str, list[tuple[int, bool]]] = {}  #: by name: since when it is, or is not

    async def _verified(self, name: str, records: tuple[DnsRecord, ...]) -> Mapping[RecordType, str]:
        return self._see(name, records)

    def serves(self, name: str) -> bool:
        """Provisioned, with both records verified, now."""
        found = self.domains.get(name)
        if found is None or found.deleted_at is not None:
            return False
        body = self._result(found)
        return body["senderStatus"] == "Provisioned" and set(found.verified.values()) == {"Verified"}

    def has(self, name: str) -> Domain | None:
        found = self.domains.get(name)
        return found if found is not None and found.deleted_at is None else None

    def forget(self, name: str) -> None:
        """Somebody deletes it in the org's own pages."""
        if (found := self.has(name)) is not None:
            found.deleted_at = self._clock.now()
            self._history.note("org deleted by somebody", name, org=self.org_id[-1])


class Reading(NamedTuple):
    """What the bot was told of a name, by which org (the last digit of its id).

    ``other``: a word that everybody knows, and not *Provisioned*; empty where it was told none.
    """

    at: int
    org: str
    present: bool
    other: str = ""


class Machine:
    """Both orgs, their tokens, and the network in front of them."""

    def __init__(
        self, clocks: Clocks, network: Network, history: History, see: See, met: Callable[[str], None]
    ) -> None:
        self._clocks, self.network, self._history, self._met = clocks, network, history, met
        self.home = Account(clocks, history, see, ORG_ID, ORG)
        self.sandbox = Account(clocks, history, see, OTHER_ORG_ID, "XYZ Sandbox")
        self.credentials = self.home  #: whose the OAuth client is
        self.tokens: dict[str, tuple[Account, int]] = {}
        self.lies: dict[str, Lie] = {}
        self.readings: dict[str, list[Reading]] = {}  #: what the bot was told of each name
        self._missed: dict[str, tuple[int, str]] = {}
        self._listing: tuple[int, str, frozenset[str]] = (0, "", frozenset())  #: the last whole one
        self.known = False  #: some domain belongs to the first org, and the bot knows
        self._serial = 0

    def platform(self, settings: object, *, clock: Clock, **_: Any) -> Genesys:
        client = Client(URL, URL, CLIENT_ID, lambda: "secret", clock=clock, transport=Transport(self))
        return Genesys(client, clock)

    async def handle(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content[:1] == b"{" else None
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        path, query = request.url.path, dict(request.url.params)

        def act() -> httpx.Response:
            return self._answer(request.method, path, query, body, bearer)

        answer = await self.network.exchange(
            act,
            lambda: httpx.Response(502, text="<html>bad gateway</html>", headers=self._headers()),
            lambda: httpx.Response(
                429, json=_error(429, "rate", "slow"), headers=self._headers() | {"Retry-After": "2"}
            ),
            matters=request.method != "GET",
        )
        # Whoever was killed meanwhile was never told.
        if request.method == "GET" and path.startswith(DOMAINS):
            self._told(path, answer.status_code, answer.extensions.get("said"), bearer)
        return answer

    def _answer(self, method: str, path: str, query: Mapping[str, str], body: Any, bearer: str) -> httpx.Response:
        try:
            status, said = self._act(method, path, query, body, bearer)
        except Refusal as no:
            status, said = no.status, _error(no.status, no.code, no.message)
        self._wrote(method, path, status, body, bearer)
        for lie in self.lies.values():
            status, said = lie(method, path, status, said)
        if said is None:
            return httpx.Response(status, headers=self._headers())
        return httpx.Response(status, json=said, headers=self._headers(), extensions={"said": said})

    def _act(self, method: str, path: str, query: Mapping[str, str], body: Any, bearer: str) -> tuple[int, Any]:
        if path == "/oauth/token":
            self._serial += 1
            token = f"token-{self._serial}"
            self.tokens[token] = (self.credentials, self._clocks.now() + 86_399_000)
            return 200, {"access_token": token, "token_type": "bearer", "expires_in": 86_399}
        account, until = self.tokens.get(bearer, (self.home, 0))
        if until <= self._clocks.now():
            raise Refusal(401, "bad.credentials", "Invalid login credentials.")
        return _now(account.act(method, path, query, body))

    def _wrote(self, method: str, path: str, status: int, body: Any, bearer: str) -> None:
        """Writes are history: what was asked of which org, and what truly came of it."""
        if method == "GET" or path == "/oauth/token":
            return
        account, _ = self.tokens.get(bearer, (self.home, 0))
        name = str(body["id"]) if path == DOMAINS and body else path.removeprefix(f"{DOMAINS}/").partition("/")[0]
        what = {"POST": "org create", "PUT": "org verify", "DELETE": "org delete"}[method]
        self._history.note(what, name, org=account.org_id[-1], status=status)

    def _knows(self) -> None:
        """It lived long enough to write down which org the domain belongs to."""
        self.known = True

    def _told(self, path: str, status: int, said: Any, bearer: str) -> None:
        """What an answer says of a name: it is there, or neither it nor a complete listing shows it."""
        org, now = self.tokens.get(bearer, (self.home, 0))[0].org_id[-1], self._clocks.now()
        name = path.removeprefix(DOMAINS).lstrip("/").partition("/")[0]
        if name and status == 404:
            self._missed[name] = (now, org)
            at, whose, names = self._listing
            if name not in names and whose == org and now - at < 60_000:
                self.readings.setdefault(name, []).append(Reading(now, org, present=False))
        elif name and status == 200:
            row = self.readings.setdefault(name, [])
            if row and not row[-1].present:
                self._met("outvoted")
            if org == self.home.org_id[-1]:
                asyncio.get_running_loop().call_later(10, self._knows)
            row.append(Reading(now, org, present=True, other=_other(said)))
            self._missed.pop(name, None)
        elif not name and status == 200 and isinstance((said or {}).get("entities"), list):
            listed = {one.get("id") for one in said["entities"]}
            whole = len(listed) >= said.get("total", 0) and None not in listed
            if whole:
                self._listing = (now, org, frozenset(map(str, listed)))
            for missed, (at, whose) in self._missed.items():
                if whole and missed not in listed and whose == org and now - at < 60_000:
                    self.readings.setdefault(missed, []).append(Reading(now, org, present=False))

    def _headers(self) -> dict[str, str]:
        return {"Date": self._clocks.date("platform"), "ININ-Correlation-Id": "0c0ffee0"}


class Transport(httpx.AsyncBaseTransport):
    """Stands where the adapter has its network."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self._machine.handle(request)
        except Dropped as dropped:
            if dropped.sent:
                raise httpx.RemoteProtocolError("dropped", request=request) from None
            raise httpx.ConnectError("no route", request=request) from None


def _other(said: Mapping[str, Any]) -> str:
    """The word, where both records stand beside it: before that it is still being made."""
    word = str(said.get("senderStatus"))
    return word if word in _OTHERS and said.keys() >= _RECORDS else ""


def _now(work: Any) -> tuple[int, Any]:
    """An answer that waits for nothing, at once."""
    try:
        work.send(None)
    except StopIteration as done:
        result: tuple[int, Any] = done.value
        return result
    raise RuntimeError("the org waits for something")


def _error(status: int, code: str, message: str) -> dict[str, Any]:
    return {"message": message, "code": code, "status": status, "contextId": "c0ffee00-0000-4000-8000-000000000001"}


def is_domain(path: str) -> bool:
    return bool(re.match(rf"{re.escape(DOMAINS)}/[^/]+", path))
