"""Slack as a machine in this process: the try-out's workspace and methods, reached over the simulated network."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from bot.slack import manifest
from bot.tryout.slack.message import Json, Message
from bot.tryout.slack.simulated import SimulatedSlack
from bot.tryout.slack.transport import ACK_SECONDS, FAILED, TIMEOUT, Answer, HttpTransport
from tests.simulation.clocks import Clocks
from tests.simulation.history import History
from tests.simulation.network import Dropped, Network
from tests.simulation.screen import elements

API = "http://127.0.0.1:9/api/"

#: Takes a signed request: status and body of what the bot says. None: nobody is there.
Serve = Callable[[str, Mapping[str, str]], Awaitable[tuple[int, str] | None]]

Lie = Callable[[str, Json], Json]


class Knock(HttpTransport):
    """Requests to the bot, really signed; in this process."""

    serve: Serve
    network: Network

    async def start(self) -> None:
        """Nothing to open."""

    async def post(self, body: str, headers: Mapping[str, str]) -> Answer:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(ACK_SECONDS):
                await asyncio.sleep(self.network._delay())
                answer = await self.serve(body, headers)
                await asyncio.sleep(self.network._delay())
        except TimeoutError:
            return Answer(None, None, loop.time() - began, TIMEOUT)
        if answer is None:
            return Answer(None, None, loop.time() - began, FAILED)
        status, text = answer
        return Answer(status, _parsed(text), loop.time() - began, None if 200 <= status < 300 else FAILED)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text


class SlackMachine(SimulatedSlack):
    """``session()`` is the bot's way here; ``snapshots`` everything that ever stood on a screen."""

    def __init__(self, clocks: Clocks, network: Network, history: History, serve: Serve) -> None:
        super().__init__(clock=clocks, scopes=manifest.SCOPES, commands=["/emaildomain"], rate_limits=False)
        self._clocks, self._network, self._history = clocks, network, history
        knock = Knock(clocks, self.signing_secret, "in process")
        knock.serve, knock.network = serve, network
        self._http = self._deliveries._http = knock
        self.hooks.base = API.removesuffix("/api/")
        self.lies: dict[str, Lie] = {}  #: what is made of an answer, by liar
        self.snapshots: list[Message] = []

    def session(self) -> aiohttp.ClientSession:
        wire: Any = Wire(self)
        return wire  # type: ignore[no-any-return]

    def perform(self, method: str, args: Json, token: str | None) -> Json:
        """One call of the Web API, at the moment at which it arrives."""
        body = self._api._perform(method, args, token)
        if body["ok"] and method in ("chat.postMessage", "chat.update", "chat.postEphemeral"):
            self._saw(method, body, args)
        for lie in self.lies.values():
            body = lie(method, body)
        return body

    def _saw(self, method: str, body: Json, args: Json) -> None:
        channel = body.get("channel") or args.get("channel") or ""
        found = self.workspace.channels.get(str(channel))
        ts = str(body.get("ts") or body.get("message_ts"))
        message = self.workspace.private.get(ts) or (found.messages.get(ts) if found else None)
        if message is None:
            return
        self.snapshots.append(message)
        payload = ((message.metadata or {}).get("event_payload") or {}) if method != "chat.postEphemeral" else {}
        if method == "chat.postMessage":
            self._history.note(
                "post", payload.get("domain", ""), key=payload.get("key", ""), kind=payload.get("kind", ""),
                channel=message.channel, thread=bool(message.thread_ts), broadcast=message.broadcast,
                says=message.text.replace("`", "")[:150], token=_token(message),
            )  # fmt: skip

    def answered(self, path: str, body: Any) -> tuple[int, str]:
        """A response URL is used."""
        status, text = self.hooks._use(path, body)
        hook = self.hooks._hooks.get(path)
        if hook is not None and status == 200:
            says = str(body.get("text", ""))[:40] if isinstance(body, dict) else ""
            self._history.note("answer", person=hook.person, hook=path.rsplit("/", 2)[1], says=says)
            if hook.original is not None:
                self.snapshots.append(hook.original)
            self.snapshots += list(self.workspace.private.values())[-1:]
        return status, text

    @property
    def date(self) -> str:
        return self._clocks.date("slack")

    @property
    def network(self) -> Network:
        return self._network


def _token(message: Message) -> str:
    """What the button of a request carries; empty where there is none."""
    found = (e.get("value", "") for e in elements(message) if e["action_id"].partition(":")[0] == "approve")
    return str(next(found, ""))


class Reply:
    """What ``slack_sdk`` and the bot read of an aiohttp response."""

    def __init__(self, status: int, body: Any, headers: dict[str, str]) -> None:
        self.status, self.headers, self._body = status, headers, body
        self.content_type = "application/json" if isinstance(body, dict) else "text/html"

    async def json(self) -> Any:
        if not isinstance(self._body, dict):
            raise aiohttp.ContentTypeError(_request_info(), (), message="a page")
        return self._body

    async def text(self) -> str:
        return self._body if isinstance(self._body, str) else json.dumps(self._body)


def _request_info() -> aiohttp.RequestInfo:
    from multidict import CIMultiDict, CIMultiDictProxy

    return aiohttp.RequestInfo(URL(API), "POST", CIMultiDictProxy(CIMultiDict()), URL(API))


class _Exchange:
    """``async with`` this, as with a request of aiohttp."""

    def __init__(self, work: Callable[[], Awaitable[Reply]]) -> None:
        self._work = work

    async def __aenter__(self) -> Reply:
        return await self._work()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is held open."""


class Wire:
    """Stands where the bot has its ``aiohttp.ClientSession``."""

    closed = False

    def __init__(self, slack: SlackMachine) -> None:
        self._slack = slack

    async def close(self) -> None:
        self.closed = True

    def request(self, verb: str, url: str, **args: Any) -> _Exchange:
        method = url.removeprefix(API)
        given: Json = {}
        for part in ("params", "data", "json"):
            if isinstance(args.get(part), dict):
                given |= {key: value for key, value in args[part].items() if value is not None}
        bearer = str((args.get("headers") or {}).get("Authorization", "")).removeprefix("Bearer ")
        token = given.pop("token", None) or bearer or self._slack.bot_token
        slack = self._slack

        def act() -> Reply:
            return Reply(200, slack.perform(method, given, token), self._headers())

        return _Exchange(lambda: self._exchange(act, matters=method == "chat.postMessage"))

    def post(self, url: str, *, json: Any, proxy: str | None = None) -> _Exchange:
        def act() -> Reply:
            status, text = self._slack.answered(urlsplit(url).path, json)
            return Reply(status, text, self._headers())

        return _Exchange(lambda: self._exchange(act, matters=False))

    async def _exchange(self, act: Callable[[], Reply], *, matters: bool) -> Reply:
        try:
            return await self._slack.network.exchange(
                act,
                lambda: Reply(502, "<html>bad gateway</html>", self._headers()),
                lambda: Reply(429, {"ok": False, "error": "ratelimited"}, self._headers() | {"Retry-After": "3"}),
                matters=matters,
            )
        except Dropped as dropped:
            if dropped.sent:
                raise aiohttp.ServerDisconnectedError from None
            key: Any = None
            raise aiohttp.ClientConnectorError(key, OSError("no route")) from None

    def _headers(self) -> dict[str, str]:
        return {"Date": self._slack.date, "X-OAuth-Scopes": ",".join(sorted(manifest.SCOPES))}
