"""Slack in: commands, clicks, forms and the Home tab.

A wish is stored before it is acknowledged; the acknowledgement leaves in milliseconds; everything else, errors
included, happens once, here, behind it. Handlers of commands return values and know nothing of this.
"""

from __future__ import annotations

import json
import math
import re
import secrets
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.config.settings import Settings
from bot.errors import NotInThisVersion, Problem, StorageBusy, UnknownCommand
from bot.model import names
from bot.model.message import Message
from bot.model.outbox import Intent
from bot.ports import Ports
from bot.routing import LATER, Command, Commands, Request
from bot.runtime.counters import LabelledCounter
from bot.runtime.task_pool import TaskPool
from bot.runtime.tasks import report
from bot.slack.dispatcher import Dispatcher, SlackRequest
from bot.slack.http_door import HttpDoor
from bot.slack.rate_limits import PerUserLimiter
from bot.text import typed
from bot.views import replies

log = structlog.get_logger(__name__)

COMMAND = "/emaildomain"

_JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")

#: Of one person: (a second, at once). Nobody types or clicks like that; what does is a script or a stuck key.
RATE, BURST = 1.0, 20
_TELL_EVERY = 10.0  #: seconds between two answers to clicks that came too fast; a command is told each time

_OTHER_TEAM = (
    "This bot serves another Slack workspace, so nothing was changed. "
    "Ask the bot's administrator for one of your own.\n"
    "このBotは別のSlackワークスペース用です。変更は行っていません。運用担当者にご確認ください。"
)


class SlackIn:
    """Bolt's listeners: read, store, acknowledge, hand over."""

    def __init__(
        self, settings: Settings, ports: Ports, commands: Commands, background: TaskPool, answerer: Dispatcher,
        monotonic: Callable[[], float], ask_time: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        self._ports, self._commands, self._background, self._answerer = ports, commands, background, answerer
        self._entrance = PerUserLimiter(RATE, BURST, monotonic)
        self._told = PerUserLimiter(1 / _TELL_EVERY, 1, monotonic)
        self.refused = LabelledCounter()  #: what was not taken, by reason
        self._token = settings.slack_bot_token.get_secret_value()

        async def authorize(team_id: str | None, enterprise_id: str | None) -> AuthorizeResult | None:
            return self._authorize(team_id, enterprise_id)  # Bolt would hand a method its own `self`

        self.app = AsyncApp(
            name="emaildomain",
            signing_secret="checked at the door",  # noqa: S106 - Bolt wants one, whoever checks
            request_verification_enabled=False,
            authorize=authorize,  # type: ignore[arg-type]  # None means: not ours, and Bolt says so
            client=AsyncWebClient(base_url=settings.slack_api_url, retry_handlers=[]),
            process_before_response=True,  # by default Bolt looks every 10 ms whether a listener has acknowledged
            user_facing_authorize_error_message=_OTHER_TEAM,
        )
        self.app.command(COMMAND)(self._on_command)
        self.app.action(re.compile(r".+"))(self._on_action)
        self.app.view(re.compile(r".+"))(self._on_form)
        self.app.event("app_home_opened")(self._on_home)
        self.app.error(self._on_error)
        secret = settings.slack_signing_secret
        #: where Slack's requests come in over HTTP; in Socket Mode there is none
        self.http = (
            HttpDoor(self.app, secret.get_secret_value(), lambda: ports.clock.now() / 1000, ask_time, self.refused)
            if secret else None
        )  # fmt: skip

    def _authorize(self, team_id: str | None, enterprise_id: str | None) -> AuthorizeResult | None:
        """Who we are, as learned at start: Bolt's own would ask Slack inside the request."""
        identity = self._ports.identity()
        if identity is None:  # not known yet: the listener says so
            return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=self._token)
        if team_id != identity.team:
            log.warning("request of another workspace refused", team=team_id)
            return None
        return AuthorizeResult(
            enterprise_id=enterprise_id, team_id=team_id, bot_token=self._token,
            bot_user_id=identity.user, bot_id=identity.bot,
        )  # fmt: skip

    # ---- listeners

    async def _on_command(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        word, _, text = names.tidy(typed(str(body.get("text") or ""))).partition(" ")
        wish = SlackRequest.came_in(
            name=word, text=text, user=body["user_id"], team=body["team_id"], channel=body["channel_id"],
            response_url=body.get("response_url"), trigger_id=body.get("trigger_id"),
            key=f"command {body.get('trigger_id') or secrets.token_hex(8)}",
        )  # fmt: skip
        command = self._commands.typed_as(word or "help")
        if command is not None and command.instant is None:
            await self._accept(ack, command, wish.but(name=command.name))
            return
        if message := self._too_fast(wish):
            await _say(ack, message)
            return
        request = self._answerer.request(wish, None, guess="ja" if _JAPANESE.search(f"{word}{text}") else None)
        await _say(ack, self._at_once(command, word, request))
        self._answerer.get_to_know(wish, request.by.language, partial(self._at_once, command, word))

    def _at_once(self, command: Command | None, word: str, request: Request) -> Message:
        """What needs no I/O, so that its answer travels in the acknowledgement: help, and what is no command."""
        if command is not None and command.instant is not None:
            return command.instant(request, self._ports, self._commands)
        error: Problem = UnknownCommand(word, names.nearest(word.lower(), self._commands.words))
        if word.lower() in LATER:
            error = NotInThisVersion(word)
        return replies.problem(error, request.context(self._ports))

    async def _on_home(self, body: dict[str, Any]) -> None:
        """Nothing is owed here: what is not shown now is shown when the tab is opened the next time."""
        event = body["event"]
        if event.get("tab") != "home":
            return
        if self._ports.identity() is None or self._background.full:
            log.warning("Home tab not shown", user=event["user"], busy=self._background.full)
            return
        self._background.start(self._answerer.open_home(body["team_id"], event["user"]))

    async def _on_action(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        action = body["actions"][0]
        verb, _, n = action["action_id"].partition(":")
        command = self._commands.named(verb)
        tab = body.get("view") if (body.get("view") or {}).get("type") == "home" else None
        if command is None or action.get("type") != "button" or "url" in action:
            await ack()  # a link, or an input's own event: nothing to do
            return
        wish = SlackRequest.came_in(
            name=verb, text=str(action.get("value") or ""), user=body["user"]["id"], team=_team(body),
            channel=tab.get("private_metadata", "") if tab else (body.get("channel") or {}).get("id", ""),
            response_url=body.get("response_url"), trigger_id=body.get("trigger_id"), n=n, pressed=True,
            home=tab is not None,
            key=f"click {body['user']['id']} {action['action_id']} {action['action_ts']}",
        )  # fmt: skip
        await self._accept(ack, command, wish)

    async def _on_form(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        view = body["view"]
        command = self._commands.named(view["callback_id"])
        if command is None:
            await ack()
            return
        private, values = json.loads(view.get("private_metadata") or "{}"), _values(view)
        wish = SlackRequest.came_in(
            name=command.name, text=private.get("text", ""), user=body["user"]["id"], team=_team(body),
            channel=private.get("channel") or values.get("channel", ""), values=values,
            response_url=private.get("response_url"), home=bool(private.get("home")),
            key=f"form {view['id']} {view.get('hash', '')}",
        )  # fmt: skip
        errors = command.validate(wish.values)
        if errors:
            t = self._answerer.request(wish, None).context(self._ports).t
            await ack(response_action="errors", errors={block: t.plain(key) for block, key in errors.items()})
            return
        await self._accept(ack, command, wish, form=True)

    async def _on_error(self, error: Exception, body: dict[str, Any]) -> BoltResponse:
        """A bug on the way to an acknowledgement: the person gets a number, the log the same. Events come again."""
        reference = report("listener", error)
        tab = (body.get("view") or {}).get("type") == "home"
        user = body.get("user_id") or (body.get("user") or {}).get("id")
        if not user:
            return BoltResponse(status=500)
        wish = SlackRequest(
            name="", text="", user=user, team=body.get("team_id") or _team(body), home=tab, key="",
            channel=body.get("channel_id") or (body.get("channel") or {}).get("id", ""),
            response_url=body.get("response_url"),
        )  # fmt: skip
        if "command" in body:
            message = replies.bug(reference, self._answerer.request(wish, None).context(self._ports))
            said = {"text": message.text, "blocks": message.blocks, "response_type": "ephemeral"}
            return BoltResponse(status=200, body=said)
        self._background.start(self._answerer.apologize(wish, reference))
        return BoltResponse(status=200)

    # ---- the acknowledgement

    async def _accept(self, ack: AsyncAck, command: Command, wish: SlackRequest, *, form: bool = False) -> None:
        if message := self._too_fast(wish):
            if wish.pressed and self._told.try_acquire(f"{wish.team} {wish.user}"):
                await ack()  # told a moment ago
            else:
                await self._refuse(ack, message, wish, form=form)
            return
        wish = wish.but(at=self._ports.clock.now() if self._ports.clock.sure else None)
        with self._background.arriving():
            refusal = await self._store(command, wish)
        if refusal is not None:
            if refusal:
                self.refused.add(refusal.removeprefix("answer."))
                c = self._answerer.request(wish, None).context(self._ports)
                await self._refuse(ack, replies.plain(refusal, c), wish, form=form)
            else:
                await ack()  # a duplicate: the first one is being carried out
            return
        await ack()
        self._background.start(self._answerer.answer(command, wish, stored=command.changes))

    def _too_fast(self, wish: SlackRequest) -> Message | None:
        """What somebody reads who wishes for too much at once; nothing of it is stored."""
        seconds = self._entrance.try_acquire(f"{wish.team} {wish.user}")
        if not seconds:
            return None
        self.refused.add("too_fast")
        c = self._answerer.request(wish, None).context(self._ports)
        return replies.plain("answer.too_fast", c, n=math.ceil(seconds))

    async def _store(self, command: Command, wish: SlackRequest) -> str | None:
        """None if it may go on; empty for a duplicate; else the key of the refusal."""
        if self._ports.identity() is None:
            return "answer.starting"
        if self._background.full:
            return "answer.busy"
        if not command.changes:
            return None
        arrived_at = self._ports.clock.now() if wish.at is None else wish.at
        intent = Intent(wish.key, wish.team, wish.as_json(), arrived_at)
        try:
            return None if await self._ports.store.take(intent) else ""
        except StorageBusy as busy:
            log.error("intention not stored", why=busy.why)
            return "answer.not_accepted"

    async def _refuse(self, ack: AsyncAck, message: Message, wish: SlackRequest, *, form: bool) -> None:
        """A command is told in its acknowledgement, a form keeps what was typed, a click is told by response_url."""
        if form:
            block = next(iter(wish.values), "reason")
            await ack(response_action="errors", errors={block: message.text})
        elif wish.pressed:
            await ack()
            if self._background.takes_words:
                self._background.start(self._answerer.tell(wish, message))
            else:
                self.refused.add("untold")
        else:
            await _say(ack, message)


async def _say(ack: AsyncAck, message: Message) -> None:
    await ack(text=message.text, blocks=message.blocks, response_type="ephemeral")


def _team(body: Mapping[str, Any]) -> str:
    """The workspace a click comes from. In an Enterprise Grid the person's home may be another one."""
    installed = (body.get("view") or {}).get("app_installed_team_id")
    team: str = installed or (body.get("team") or {}).get("id") or (body.get("user") or {}).get("team_id") or ""
    return team


def _values(view: Mapping[str, Any]) -> dict[str, str]:
    """A form's inputs by block id."""
    state = (view.get("state") or {}).get("values") or {}
    chosen = {block: next(iter(actions.values())) for block, actions in state.items() if actions}
    return {block: str(a.get("value") or a.get("selected_conversation") or "") for block, a in chosen.items()}
