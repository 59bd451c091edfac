"""The simulated Slack as one object: what the try-out starts and what tests talk to.

Stricter than Slack where Slack would cut or guess (text above 40,000 characters, attachments). Not simulated: message
and mention events for what people write, group direct messages, user tokens, files, reactions, scheduled messages,
``X-Slack-No-Retry``, and the small changes Slack makes to stored text and blocks (links in angle brackets, ``emoji``
and ``verbatim`` filled in).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aiohttp import web

from bot.tryout.slack.clock import Clock
from bot.tryout.slack.delivery import Deliveries, Delivery
from bot.tryout.slack.faults import Faults
from bot.tryout.slack.forms import Form
from bot.tryout.slack.guard import guard
from bot.tryout.slack.hooks import Hooks
from bot.tryout.slack.message import Json, Message, words
from bot.tryout.slack.pace import Pace
from bot.tryout.slack.socket import SocketMode
from bot.tryout.slack.transport import Forgery, HttpTransport
from bot.tryout.slack.webapi import Call, WebApi
from bot.tryout.slack.webmethod import Context, Triggers
from bot.tryout.slack.workspace import Workspace

__all__ = ["Delivery", "Forgery", "Message", "SimulatedSlack", "words"]


class SimulatedSlack:
    """One workspace with one installed app, behind a real HTTP server on loopback.

    ``clock`` is the workspace's; ``signing_clock`` (by default the same) stamps signed requests, for an app whose
    library compares with the real time. ``scopes`` and ``commands`` are those of the app's manifest.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        scopes: Iterable[str],
        commands: Iterable[str],
        signing_secret: str = "signing-secret",  # noqa: S107
        bot_token: str = "xoxb-simulated",  # noqa: S107
        app_token: str = "xapp-simulated",  # noqa: S107
        request_url: str | None = None,
        signing_clock: Clock | None = None,
        rate_limits: bool = True,
        retry_delays: tuple[float, ...] = (0, 60, 300),
        has_home: bool = True,
    ) -> None:
        self.signing_secret, self.bot_token, self.app_token = signing_secret, bot_token, app_token
        names = frozenset(commands)
        self.command_name = min(names)
        self.workspace = Workspace(
            clock,
            team_id="T0XYZCORP",
            domain="xyzcorp",
            app_id="A0EMAILDOMAIN",
            bot_id="B0EMAILDOMAIN",
            bot_user="U0EMAILDOMAIN",
        )
        self.faults = Faults()
        self.pace = Pace(clock, enabled=rate_limits)
        self.socket = SocketMode(self.workspace.app_id)
        self.context = Context(
            self.workspace, frozenset(scopes), Triggers(clock), self.socket.ticket, has_home=has_home
        )
        self._api = WebApi(self.context, clock, self.faults, self.pace, bot_token=bot_token, app_token=app_token)
        self.hooks = Hooks(self.workspace, clock, self.faults, self._api.calls)
        self._http = HttpTransport(signing_clock or clock, signing_secret, request_url)
        self._deliveries = Deliveries(
            self.context, self.hooks, self._http, self.socket, commands=names, retry_delays=retry_delays
        )
        self._runner: web.AppRunner | None = None
        self.url = ""

    # --- running ---------------------------------------------------------------------------------------------------

    async def start(self, port: int = 0, host: str = "127.0.0.1", routes: Iterable[web.AbstractRouteDef] = ()) -> None:
        """Listen on ``host``; port 0 takes a free one. ``routes`` are served beside Slack's own (the page)."""
        app = web.Application(middlewares=[guard(host)])
        app.add_routes([*self._api.routes(), *self.hooks.routes(), *self.socket.routes(), *routes])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        taken = self._runner.addresses[0][1]
        self.url = self.hooks.base = f"http://{host}:{taken}"
        self.socket.base = f"ws://{host}:{taken}"
        await self._http.start()

    async def stop(self) -> None:
        self.faults.clear()
        await self._deliveries.stop()
        await self.socket.drop_all()
        await self._http.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> SimulatedSlack:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    @property
    def request_url(self) -> str | None:
        """Where the app listens for HTTP; used while no socket is open."""
        return self._http.url

    @request_url.setter
    def request_url(self, url: str | None) -> None:
        self._http.url = url

    @property
    def calls(self) -> list[Call]:
        """Every call of the Web API and of response URLs, in order."""
        return self._api.calls

    @property
    def deliveries(self) -> list[Delivery]:
        """Everything that was sent to the app, in order."""
        return self._deliveries.all

    # --- what people do --------------------------------------------------------------------------------------------

    async def command(
        self,
        person: str,
        channel: str,
        text: str,
        *,
        name: str | None = None,
        thread_ts: str | None = None,
        duplicate: bool = False,
        forgery: Forgery | None = None,
    ) -> Delivery:
        """Type ``/<name> <text>``; by default the app's only command."""
        return await self._deliveries.command(
            person,
            channel,
            text,
            name or self.command_name,
            thread_ts=thread_ts,
            duplicate=duplicate,
            forgery=forgery,
        )

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
        """Press a button or choose in a select; see :meth:`Deliveries.click`."""
        return await self._deliveries.click(
            person,
            shown,
            action,
            value=value,
            block_id=block_id,
            stale=stale,
            duplicate=duplicate,
            forgery=forgery,
            values=values,
        )

    async def submit(
        self, person: str, form: Form, values: Mapping[str, Any] | None = None, *, duplicate: bool = False
    ) -> Delivery:
        return await self._deliveries.submit(person, form, values, duplicate=duplicate)

    async def close(self, person: str, form: Form) -> Delivery | None:
        return await self._deliveries.close(person, form)

    async def shortcut(self, person: str, message: Message, callback_id: str) -> Delivery:
        return await self._deliveries.shortcut(person, message, callback_id)

    async def event(self, body: Json, *, duplicate: bool = False, forgery: Forgery | None = None) -> Delivery:
        return await self._deliveries.event(body, duplicate=duplicate, forgery=forgery)

    async def open_home(self, person: str) -> Delivery:
        """Look at the app's Home tab."""
        home = self.workspace.forms.homes.get(person)
        body: Json = {
            "type": "app_home_opened",
            "user": person,
            "channel": self.workspace.dm(person).id,
            "tab": "home",
            "event_ts": self.workspace.next_ts(),
        }
        return await self.event({**body, "view": self.workspace.forms.payload(home)} if home else body)

    async def url_verification(self, challenge: str = "challenge") -> Delivery:
        return await self._deliveries.url_verification(challenge)

    async def raw(self, body: str, headers: Mapping[str, str] | None = None) -> Delivery:
        return await self._deliveries.raw(body, headers or {})

    def say(self, person: str, channel: str, text: str, *, thread_ts: str | None = None) -> Message:
        """Write an ordinary message."""
        return self.workspace.post(channel, person, text, thread_ts=thread_ts)

    # --- what people see -------------------------------------------------------------------------------------------

    def messages(self, channel: str) -> list[Message]:
        """A channel as everybody sees it: no replies but broadcast ones, nothing private, nothing deleted."""
        room = self.workspace.channels[channel].messages.values()
        return [m for m in room if (not m.is_reply or m.broadcast) and not m.tombstone]

    def thread(self, channel: str, ts: str) -> list[Message]:
        """A thread: its parent (or the trace of it) and the replies."""
        parent = self.workspace.channels[channel].messages.get(ts)
        return [*([parent] if parent else []), *self.workspace.replies(channel, ts)]

    def private(self, person: str) -> list[Message]:
        """What is "only visible to you", in order: acknowledgements, response URLs, ephemerals, Slack's own notices."""
        return [m for m in self.workspace.private.values() if m.private_to == person]

    def dms(self, person: str) -> list[Message]:
        """The direct messages of a person and the app."""
        return list(self.workspace.dm(person).messages.values())

    def view(self, person: str) -> Form | None:
        """The form on top of a person's screen."""
        return self.workspace.forms.top(person)

    def home(self, person: str) -> Form | None:
        return self.workspace.forms.homes.get(person)
