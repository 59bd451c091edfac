"""Carrying out one wish and telling whoever wished: the one place where errors become words."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import structlog

from bot.errors import (
    AlreadyDone,
    Busy,
    OtherLife,
    Problem,
    SlackBusy,
    SlackRefused,
    SlackUnclear,
    StandingUnknown,
    StorageBusy,
    Superseded,
    TimeUnknown,
    Trouble,
)
from bot.model import names
from bot.model.message import Message
from bot.model.outbox import Intent
from bot.model.people import Who
from bot.ports import Ports
from bot.routing import Command, Commands, Form, Reply, Request
from bot.runtime.task_pool import TaskPool
from bot.runtime.tasks import report
from bot.services.updating import meant
from bot.slack.home_tabs import Call, HomeTabs
from bot.slack.interim import Interim
from bot.text import typed_json
from bot.views import replies

log = structlog.get_logger(__name__)

_TRIES = 3
_PATIENCE = 40  #: tries while Slack does not answer: about 20 minutes
_LONGEST = 30.0  #: seconds between two of them, at most
_SOON = 0.2  #: seconds between two of them, at least
_LANGUAGE_WITHIN = 2.0  #: seconds that an answer waits for Slack to say which language its reader reads
_URL_LIVES = 29 * 60_000  #: a response_url takes answers for 30 minutes (ms)


@dataclass(frozen=True, slots=True)
class SlackRequest:
    """What came in from Slack, in a form that can be stored and run again."""

    name: str
    text: str
    user: str
    team: str
    channel: str
    key: str
    response_url: str | None = None
    trigger_id: str | None = None
    n: str = ""
    pressed: bool = False
    values: dict[str, str] = field(default_factory=dict)
    at: int | None = None  #: when it arrived (UTC ms), where that was sure; it may be carried out much later
    kept: bool = False  #: somebody was told until when it is kept, and that it is refused then
    home: bool = False  #: it was made on the Home tab, where its answer is shown, too

    @classmethod
    def came_in(cls, **said: Any) -> SlackRequest:
        """As Slack delivered it, made storable: nothing that came in goes any further in another way."""
        return cls(**typed_json(said))

    def but(self, **changes: Any) -> SlackRequest:
        return dataclasses.replace(self, **changes)

    def as_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


#: Posts a private answer to a response_url; False where Slack did not take it.
Respond = Callable[[str, dict[str, Any]], Awaitable[bool]]


class Dispatcher:
    """Runs commands; ``call`` opens forms, ``respond`` answers privately."""

    def __init__(self, ports: Ports, commands: Commands, call: Call, respond: Respond, background: TaskPool) -> None:
        self._ports, self._commands, self._call, self._respond = ports, commands, call, respond
        self._background = background
        self._later: set[asyncio.TimerHandle] = set()
        self.homes = HomeTabs(call, self._home, ports.clock.monotonic)

    def request(self, wish: SlackRequest, intent: str | None, guess: str | None = None) -> Request:
        """The wish as a handler sees it; ``guess`` is the language of somebody not known yet."""
        person = self._ports.directory.known(wish.user)
        settings = self._ports.settings
        language = person.language if person else guess or settings.language
        return Request(
            by=Who(wish.user, wish.team, wish.channel, language, intent, wish.at, wish.kept),
            text=wish.text,
            timezone=person.timezone if person else str(settings.timezone),
            n=wish.n,
            pressed=wish.pressed,
            values=wish.values,
        )

    async def answer(self, command: Command, wish: SlackRequest, *, stored: bool, tries: int = 0) -> None:
        """Carry it out, tell the person, and mark it answered.

        What was stored is carried out even if Slack says nothing for a while (who somebody is, who may approve), or
        the database is locked. Whatever goes wrong on the way that nobody thought of, the person reads a number.
        """
        await self._or_apologize(wish, self._answer(command, wish, stored=stored, tries=tries), stored=stored)

    async def _or_apologize(self, wish: SlackRequest, work: Coroutine[Any, Any, None], *, stored: bool) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 - a bug
            await self.apologize(wish, report(f"command {wish.name}", error))
            if stored:
                await self._finish(wish.key)  # it would go wrong again at the next start, and at each after that

    async def apologize(self, wish: SlackRequest, reference: str) -> None:
        """Best effort: what was wrong may be wrong here, too."""
        try:
            await self.tell(wish, replies.bug(reference, self.request(wish, None).context(self._ports)))
        except Exception as error:  # noqa: BLE001 - it is in the log
            report("apology", error)

    async def _answer(self, command: Command, wish: SlackRequest, *, stored: bool, tries: int) -> None:
        await self._meet(wish.user)
        if wish.at is None and self._ports.clock.sure:
            wish = wish.but(at=self._ports.clock.now())  # it was not sure when it arrived: not later than now
        interim = Interim(lambda message: self.tell(wish, message), pressed=wish.pressed, home=wish.home)
        request = dataclasses.replace(self.request(wish, wish.key if stored else None), show=interim.show)
        result = await self._carry_out(command, request, patient=stored and tries < _PATIENCE)
        replaces = command.prompted and wish.pressed
        if isinstance(result, Trouble):
            if isinstance(result, StandingUnknown) and not wish.kept:
                wish = wish.but(kept=True)
                with contextlib.suppress(StorageBusy):  # then only this process knows
                    await self._ports.store.keep(wish.key)
            self._try_later(command, wish, tries + 1, result)
            if tries == 0:
                await self.tell(wish, self._kept(result, request), replace=replaces)
            return
        if isinstance(result, Form):
            await self._open(result, wish, request)
        elif result.message is not None:
            await self.tell(wish, result.message, replace=result.replace or interim.shown)
        if stored:
            await self._finish(wish.key)

    def _kept(self, trouble: Trouble, request: Request) -> Message:
        """What somebody reads whose wish waits until Slack or the database answers."""
        c = request.context(self._ports)
        if isinstance(trouble, StandingUnknown):
            return replies.plain("answer.vote_kept", c, name=trouble.name, at=c.at(trouble.until))
        if isinstance(trouble, TimeUnknown):
            return replies.plain("answer.vote_kept_time", c, name=trouble.name)
        return replies.plain("answer.kept", c)

    def _try_later(self, command: Command, wish: SlackRequest, tries: int, trouble: Trouble) -> None:
        wait = min(_LONGEST, 2.0 ** min(tries, 10))
        if isinstance(trouble, StandingUnknown):  # the last time when it is given up, not later
            wait = min(wait, max(_SOON, self._ports.clock.delay_until(trouble.until)))
        self._after(wait, lambda: self.answer(command, wish, stored=True, tries=tries))

    def _after(self, seconds: float, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        def again() -> None:
            self._later.discard(handle)
            self._background.start(work())

        handle = asyncio.get_running_loop().call_later(seconds, again)
        self._later.add(handle)

    def close(self) -> None:
        """Nothing is tried later any more; the next start takes it up."""
        for handle in self._later:
            handle.cancel()

    async def resume(self, intent: Intent) -> None:
        """After a restart: what was acknowledged and not finished. A late answer is sent while it can arrive."""
        known = {f.name for f in dataclasses.fields(SlackRequest)}
        wish = SlackRequest(**{name: value for name, value in intent.body.items() if name in known})
        if intent.body.get("at", intent.received_at) is not None:  # else it was not sure what time it was
            wish = wish.but(at=intent.received_at)
        command = self._commands.named(wish.name)
        expired = self._ports.clock.now() - intent.received_at > _URL_LIVES
        if command is None or (intent.done and expired):
            await self._finish(intent.key)
            return
        log.info("resumed", command=wish.name, done=intent.done)
        if intent.done:  # only the answer is missing; running it again would say that somebody was faster
            await self._or_apologize(wish, self._answer_again(wish), stored=True)
            return
        await self.answer(command, wish.but(response_url=None) if expired else wish, stored=True)

    async def _answer_again(self, wish: SlackRequest) -> None:
        result = await self._as_it_stands(self.request(wish, wish.key))
        if result.message is not None:
            await self.tell(wish, result.message, replace=result.replace)
        await self._finish(wish.key)

    async def _finish(self, key: str) -> None:
        try:
            await self._ports.store.finish(key)
        except StorageBusy as busy:  # after a start before that it is answered once more, which harms nobody
            log.warning("answer not recorded", why=busy.why)
            self._after(_LONGEST, lambda: self._finish(key))  # an undecided vote would hold up the end of its round

    async def _carry_out(self, command: Command, request: Request, *, patient: bool) -> Reply | Form | Trouble:
        """What came of it; the trouble where Slack or the database is silent now, and it is worth waiting for."""
        if command.run is None:
            return Reply(None)
        for _ in range(_TRIES):
            try:
                _of_a_life(command, request)
                reply = await command.run(request, self._ports)
                if isinstance(reply, Reply) and command.prompted and request.pressed:
                    return dataclasses.replace(reply, replace=True)
                return reply
            except OtherLife as other:
                return await self._outdated(request, other.name)
            except Superseded:
                continue
            except AlreadyDone:
                return await self._as_it_stands(request)
            except Problem as problem:
                if isinstance(problem, Trouble) and _is_kept(problem, request, patient=patient):
                    log.info("tried again later", command=command.name, error=str(problem))
                    return problem
                if isinstance(problem, Trouble):
                    log.warning("trouble", command=command.name, error=str(problem))
                return Reply(replies.problem(problem, request.context(self._ports), command=command.name))
            except Exception as error:  # noqa: BLE001 - a bug: the person gets the number that the log has
                reference = report(f"command {command.name}", error)
                return Reply(replies.bug(reference, request.context(self._ports)))
        return Reply(replies.problem(Busy(), request.context(self._ports)))

    async def _outdated(self, request: Request, name: str) -> Reply:
        """A button of another life did nothing: how the name stands now."""
        domain = await self._ports.store.domain(request.by.team, name)
        return Reply(replies.outdated(name, domain, request.context(self._ports, domain.org if domain else "")))

    async def _as_it_stands(self, request: Request) -> Reply:
        """This very wish was carried out before its answer could be sent: show what came of it."""
        for word in request.text.split() or request.values.get("name", "").split():
            try:
                domain = await self._ports.store.domain(request.by.team, names.clean(meant(word)[0]))
            except Problem:
                break
            if domain is not None:
                return Reply(replies.card(domain, request.context(self._ports, domain.org), private=True))
        return Reply(replies.plain("answer.resumed", request.context(self._ports)))

    async def _open(self, form: Form, wish: SlackRequest, request: Request) -> None:
        private = {"text": form.text, "channel": wish.channel, "response_url": wish.response_url, "home": wish.home}
        view = {"type": "modal", "callback_id": form.submits, "private_metadata": json.dumps(private), **form.view}
        try:
            await self._call("views.open", trigger_id=wish.trigger_id or "", view=view)
        except Trouble as trouble:
            log.warning("form not opened", error=str(trouble))
            await self.tell(wish, replies.plain("answer.form_gone", request.context(self._ports)))

    async def tell(self, wish: SlackRequest, message: Message, *, replace: bool = False) -> None:
        """A private answer, best effort: on the Home tab, by response_url, else as an ephemeral message."""
        if wish.home:
            about = wish.text.partition(" ")[0]  # as the tab's buttons say it
            await self.homes.show(wish.team, wish.user, answer=message, about=about, channel=wish.channel)
            return
        body = {
            "response_type": "ephemeral", "replace_original": replace, "text": message.text, "blocks": message.blocks,
        }  # fmt: skip
        if wish.response_url and await self._respond(wish.response_url, body):
            return
        try:
            await self._ports.messenger.whisper(wish.channel, wish.user, message)
        except (SlackRefused, Trouble) as error:
            log.warning("answer not delivered", user=wish.user, error=str(error))

    # ---- the Home tab

    async def open_home(self, team: str, user: str) -> None:
        await self._meet(user)
        await self.homes.show(team, user)

    async def _home(self, team: str, user: str) -> Message:
        """What the tab shows, or why it shows nothing."""
        command = self._commands.named("home")
        if command is None:
            raise LookupError("no command shows the Home tab")
        wish = SlackRequest(name=command.name, text="", user=user, team=team, channel="", key="")
        result = await self._carry_out(command, self.request(wish, None), patient=False)
        if not isinstance(result, Reply) or result.message is None:
            raise TypeError("the Home tab is a message")
        return result.message

    # ---- getting to know people

    async def _meet(self, user: str) -> None:
        """Learn somebody's language if Slack says it soon; otherwise the answer goes out in what is known."""
        try:
            async with asyncio.timeout(_LANGUAGE_WITHIN):
                await self._ports.directory.person(user)
        except (TimeoutError, Trouble):
            log.info("language not known", user=user)

    def get_to_know(self, wish: SlackRequest, language: str, again: Callable[[Request], Message]) -> None:
        """Somebody new was answered in ``language``, a guess: where it was wrong, the answer follows in theirs."""
        if self._ports.directory.known(wish.user) is None and not self._background.full:
            self._background.start(self._met(wish, language, again))

    async def _met(self, wish: SlackRequest, language: str, again: Callable[[Request], Message]) -> None:
        await self._meet(wish.user)
        request = self.request(wish, None, guess=language)
        if request.by.language != language:
            await self.tell(wish, again(request), replace=True)


def _of_a_life(command: Command, request: Request) -> None:
    """What was pressed or sent says for which life it was made; raises :class:`OtherLife` where it does not."""
    if command.lived and (request.pressed or not command.typed):
        name, life = meant(request.text.partition(" ")[0])
        if life is None:
            raise OtherLife(name)


def _is_kept(trouble: Trouble, request: Request, *, patient: bool) -> bool:
    """Whether the wish waits until whatever is silent answers. A vote says itself for how long."""
    if isinstance(trouble, StandingUnknown) or (isinstance(trouble, TimeUnknown) and trouble.vote):
        return request.by.intent is not None
    return patient and isinstance(trouble, SlackBusy | SlackUnclear | StorageBusy)
