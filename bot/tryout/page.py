"""The page of the try-out: what a person's screen shows, and what their hands do, as JSON over HTTP."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web

from bot.tryout.slack.delivery import Delivery, NotOnScreenError
from bot.tryout.slack.forms import Form
from bot.tryout.slack.message import Json, Message
from bot.tryout.slack.simulated import SimulatedSlack
from bot.tryout.slack.workspace import Channel, Person, Workspace

#: The channel everybody of the try-out is in.
CHANNEL = "C0MAIL"

#: How long a request for changes is held before it is answered with what there is.
POLL_SECONDS = 20.0

_STATIC = Path(__file__).parent / "static"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:;"
    " frame-ancestors 'none'"
)


class NoSuchThingError(Exception):
    """A panel was asked for an action, or about something, that it does not have."""


class Panel(Protocol):
    """Something beside the channel that can be looked at and acted on: the DNS desk, the clock.

    A wish holds what the page says of itself: ``as``, the acting person, and what the panel asks for.
    """

    async def show(self, wish: Json) -> Json:
        """What the page draws."""
        ...

    async def act(self, action: str, wish: Json) -> Json:
        """Carry out ``action`` and show the panel again. Raises :class:`NoSuchThingError`."""
        ...


def settle(workspace: Workspace) -> None:
    """The try-out's three people and their channel."""
    workspace.add_person("U0TANAKA", "tanaka", real_name="Alex Tanaka", tz="America/New_York")
    workspace.add_person("U0SATO", "sato", real_name="Sam Sato", tz="Europe/London", is_admin=True)
    workspace.add_person("U0SUZUKI", "suzuki", real_name="鈴木", locale="ja-JP", tz="Asia/Tokyo")
    workspace.add_channel(CHANNEL, "email-domains", members=["U0TANAKA", "U0SATO", "U0SUZUKI"], bot_in=True)


class Page:
    """Serves the page at ``/`` and its controls under ``/tryout/``; pass :meth:`routes` to ``SimulatedSlack.start``.

    ``panels`` stand beside the channel, by name, and may come later; ``tries`` are commands worth typing, as
    ``{text: why}``.
    """

    def __init__(
        self, slack: SimulatedSlack, panels: Mapping[str, Panel] | None = None, tries: Mapping[str, str] | None = None
    ) -> None:
        self._slack, self.panels = slack, dict(panels or {})
        self._tries = [{"text": text, "why": why} for text, why in (tries or {}).items()]

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [
            web.get("/", self._index),
            web.static("/tryout/static", _STATIC),
            web.get("/tryout/state", self._state),
            web.post("/tryout/say", self._say),
            web.post("/tryout/click", self._click),
            web.post("/tryout/submit", self._submit),
            web.post("/tryout/close", self._close),
            web.post("/tryout/home", self._home),
            web.post("/tryout/dismiss", self._dismiss),
            web.get("/tryout/panel/{panel}", self._panel),
            web.post("/tryout/panel/{panel}/{action}", self._act),
        ]

    # --- the screen ------------------------------------------------------------------------------------------------

    async def _index(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(_STATIC / "index.html", headers={"Content-Security-Policy": _POLICY})

    async def _state(self, request: web.Request) -> web.StreamResponse:
        """A person's whole screen; held until something is newer than ``since``."""
        since = request.query.get("since", "")
        if since.isdigit():
            await self._slack.workspace.changed(int(since), POLL_SECONDS)
        person = request.query.get("as", "")
        if person not in self._slack.workspace.people:
            person = self._actors()[0]
        return web.json_response(self._screen(person))

    def _actors(self) -> list[str]:
        """People one can act as: all but bots and the deactivated."""
        return [p.id for p in self._slack.workspace.people.values() if not (p.is_bot or p.deleted)]

    def _screen(self, me: str) -> Json:
        workspace = self._slack.workspace
        mine = [c for c in workspace.channels.values() if me in c.members or c.kind == "channels"]
        mine = [c for c in mine if c.kind != "im" or c.messages]  # who has only seen the Home tab has no conversation
        return {
            "version": workspace.version,
            "now": workspace.clock.now(),
            "team": workspace.domain,
            "me": me,
            "bot": workspace.bot_user,
            "command": self._slack.command_name,
            "tries": self._tries,
            "has_home": self._slack.context.has_home,
            "actors": self._actors(),
            "people": {p.id: _known(p) for p in workspace.people.values()},
            "groups": {g.id: g.handle for g in workspace.groups.values()},
            "channels": [self._channel(channel, me) for channel in mine],
            "view": self._form(workspace.forms.top(me)),
            "home": self._form(workspace.forms.homes.get(me)),
            "panels": list(self.panels),
        }

    def _channel(self, channel: Channel, me: str) -> Json:
        private = [m for m in self._slack.private(me) if m.channel == channel.id]
        messages = sorted([*channel.messages.values(), *private], key=lambda m: m.ts)
        others = [self._slack.workspace.people[u].real_name for u in channel.members if u != me]
        return {
            "id": channel.id,
            "name": channel.name or ", ".join(others),
            "kind": channel.kind,
            "archived": channel.is_archived,
            "members": len(channel.members),
            "messages": [_shown(m) for m in messages],
        }

    def _form(self, form: Form | None) -> Json | None:
        if form is None:
            return None
        return {"id": form.id, "hash": form.hash, "view": form.view, "errors": form.errors}

    # --- the hands -------------------------------------------------------------------------------------------------

    async def _say(self, request: web.Request) -> web.StreamResponse:
        """A line typed into a channel: a slash command if it begins with a slash, else an ordinary message."""
        body = await _json(request)
        person, channel, text = str(body["as"]), str(body["channel"]), str(body["text"]).strip()
        thread = body.get("thread_ts")
        if text.startswith("/"):
            name, _, rest = text.partition(" ")
            return _outcome(await self._slack.command(person, channel, rest.strip(), name=name, thread_ts=thread))
        if text:
            self._slack.say(person, channel, _escaped(text), thread_ts=thread)
        return _outcome(None)

    async def _click(self, request: web.Request) -> web.StreamResponse:
        body = await _json(request)
        try:
            return _outcome(
                await self._slack.click(
                    str(body["as"]),
                    self._pressed_on(body),
                    str(body["action_id"]),
                    block_id=body.get("block_id"),
                    value=body.get("value"),
                    values=body.get("values"),
                )
            )
        except NotOnScreenError as gone:
            raise web.HTTPConflict(text=str(gone)) from None

    def _pressed_on(self, body: Json) -> Message | Form:
        """The message or form the press was on; 409 where it is gone."""
        workspace = self._slack.workspace
        person = str(body["as"])
        if "view_id" in body:
            for form in (*workspace.forms.stacks.get(person, []), workspace.forms.homes.get(person)):
                if form is not None and form.id == body["view_id"]:
                    return form
            raise web.HTTPConflict(text="This form is closed.")
        room = workspace.channels[str(body["channel"])].messages.values()
        for message in (*room, *self._slack.private(person)):
            if message.ts == body["ts"]:
                return message
        raise web.HTTPConflict(text="This message is gone.")

    async def _submit(self, request: web.Request) -> web.StreamResponse:
        body = await _json(request)
        form = self._pressed_on(body)
        if not isinstance(form, Form):
            raise web.HTTPBadRequest(text="view_id is missing")
        return _outcome(await self._slack.submit(str(body["as"]), form, body.get("values") or {}))

    async def _close(self, request: web.Request) -> web.StreamResponse:
        body = await _json(request)
        form = self._pressed_on(body)
        if isinstance(form, Form):
            await self._slack.close(str(body["as"]), form)
        return _outcome(None)

    async def _home(self, request: web.Request) -> web.StreamResponse:
        body = await _json(request)
        return _outcome(await self._slack.open_home(str(body["as"])))

    async def _dismiss(self, request: web.Request) -> web.StreamResponse:
        """Take an ephemeral message off the screen, as its "Dismiss" does."""
        body = await _json(request)
        message = self._pressed_on(body)
        if isinstance(message, Message) and message.private_to:
            self._slack.workspace.delete(message)
        return _outcome(None)

    # --- the panels ------------------------------------------------------------------------------------------------

    async def _panel(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(await self._named(request).show(dict(request.query)))

    async def _act(self, request: web.Request) -> web.StreamResponse:
        wish = await _json(request)
        try:
            shown = await self._named(request).act(request.match_info["action"], wish)
        except NoSuchThingError as unknown:
            raise web.HTTPBadRequest(text=f"There is no {unknown} here.") from None
        self._slack.workspace.touch()
        return web.json_response(shown)

    def _named(self, request: web.Request) -> Panel:
        panel = self.panels.get(request.match_info["panel"])
        if panel is None:
            raise web.HTTPNotFound(text="There is no such panel here.")
        return panel


def _known(person: Person) -> Json:
    return {
        "name": person.name,
        "real_name": person.real_name,
        "tz": person.tz,
        "locale": person.locale,
        "bot": person.is_bot,
        "admin": person.is_admin,
    }


def _shown(message: Message) -> Json:
    return {
        "ts": message.ts,
        "channel": message.channel,
        "user": message.user,
        "text": message.text,
        "blocks": message.blocks,
        "thread_ts": message.thread_ts if message.is_reply else None,
        "broadcast": message.broadcast,
        "edited": message.edited is not None,
        "private": message.private_to is not None,
    }


def _escaped(text: str) -> str:
    """What a person typed, as Slack stores it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


async def _json(request: web.Request) -> Json:
    """The body of a control request. It must be JSON, which no other site's form can send."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="JSON only")
    body: Any = await request.json()
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(text="an object is wanted")
    return body


def _outcome(delivery: Delivery | None) -> web.Response:
    return web.json_response({"problem": delivery.problem if delivery else None})
