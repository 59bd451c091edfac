"""Slack, the machine and people, when they lie or hurry."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from bot.tryout.slack.message import Json
from tests.simulation.liar import Liar
from tests.simulation.network import Weather
from tests.simulation.world import ALEX, CHANNEL, GUEST, SAM, SUZUKI

_TROUBLES = ("unreached", "lost", "unanswered", "dropped", "page", "busy", "late")


class Storm(Liar):
    """The way to Slack is bad."""

    def begin(self) -> None:
        kind = self.dice.choice(_TROUBLES)
        self.world.to_slack.weather = Weather(3.0, {kind: 0.25, self.dice.choice(_TROUBLES): 0.15})

    def end(self) -> None:
        self.world.to_slack.weather = Weather()


class Once(Liar):
    """One or two calls of Slack come to nothing, each in its own way."""

    def begin(self) -> None:
        self.world.to_slack.forced += self.dice.choices(_TROUBLES, k=self.dice.choice((1, 2, 4)))

    def end(self) -> None:
        self.world.to_slack.forced.clear()


class OrgOnce(Liar):
    """One or two calls of the platform come to nothing."""

    def begin(self) -> None:
        self.world.to_org.forced += self.dice.choices(_TROUBLES, k=self.dice.choice((1, 2, 4)))

    def end(self) -> None:
        self.world.to_org.forced.clear()


class _Date(Liar):
    """The Date of somebody's answers is wrong, once or by jumps."""

    whose = "slack"

    def begin(self) -> None:
        self.world.clocks.error[self.whose] = self.dice.choice((-7200.0, -600.0, 45.0, 600.0, 3600.0, 86_400.0))
        asyncio.get_running_loop().call_later(self.dice.choice((2.0, 60.0, 900.0)), self.end)

    def end(self) -> None:
        self.world.clocks.error[self.whose] = 0.0


class SlackDate(_Date):
    """Slack's."""


class PlatformDate(_Date):
    """The platform's."""

    whose = "platform"


class MachineClock(Liar):
    """The machine's own clock is wrong, and perhaps the process is started while it is."""

    def begin(self) -> None:
        self.world.clocks.error["machine"] = self.dice.choice((-7200.0, 600.0, 3600.0, 7200.0, 86_400.0))
        if self.dice.random() < 0.6:
            self.world.downtime = 3.0
            self.world.kill()

    def end(self) -> None:
        self.world.clocks.error["machine"] = 0.0


class Sleeps(Liar):
    """The machine is asleep, and does not know it."""

    def begin(self) -> None:
        self.world.clocks.slept += self.dice.choice((20.0, 400.0, 3600.0, 30_000.0))
        self.world.history.note("slept")


class Scopes(Liar):
    """Slack does not say who people are."""

    def begin(self) -> None:
        self.world.slack.lies["scopes"] = self._lie

    def end(self) -> None:
        self.world.slack.lies.pop("scopes", None)

    def _lie(self, method: str, body: Json) -> Json:
        if method in ("users.info", "conversations.members"):
            return {"ok": False, "error": "internal_error"}
        return body


class Thrown(Liar):
    """Somebody throws the bot out of the channel."""

    def begin(self) -> None:
        workspace = self.world.slack.workspace
        if workspace.bot_user in workspace.channels[CHANNEL].members:
            workspace.leave(CHANNEL, workspace.bot_user)


class Leaves(Liar):
    """An approver leaves the company, and comes back."""

    def begin(self) -> None:
        self._who = self.dice.choice((SAM, SUZUKI, SUZUKI))
        if self.world.slack.workspace.people[self._who].deleted:
            self._who = ""
        else:
            self.world.leaves(self._who)

    def end(self) -> None:
        if self._who:
            self.world.returns(self._who)
            self._who = ""


class Lists(Liar):
    """The list of approvers is another one for a while; the bot is started again with it."""

    def begin(self) -> None:
        self._put(self.dice.choice(("U0SUZUKI,U0ALEX", "U0SAM,U0ALEX", "channel")))

    def end(self) -> None:
        self._put(self.world.approvers[0][1])

    def _put(self, approvers: str) -> None:
        self.world.configure(approvers)
        self.world.downtime = 2.0
        self.world.kill()


class Race(Liar):
    """Two people, a guest and whoever asked press the same button at once, some of them twice."""

    def begin(self) -> None:
        for person in (SAM, SUZUKI, GUEST, ALEX):
            self.world.people.press_newest(person, "approve", self.name, twice=self.dice.random() < 0.5)
        self.world.meet("a race")


class Stranger(Liar):
    """Somebody who may not answers a request: a guest, or who asked."""

    def begin(self) -> None:
        for person in (GUEST, ALEX):
            self.world.people.press_newest(person, self.dice.choice(("approve", "reject", "reject")), self.name)


class Hurry(Liar):
    """Somebody types faster than anybody may."""

    def begin(self) -> None:
        for n in range(30):
            self.world.people.say(ALEX, f"{self.dice.choice(('check', 'status', 'activate', 'add'))} {self.name}")
            if n == 29:
                self.world.meet("typed too fast")


class OldButtons(Liar):
    """People press whatever stood on a screen long ago."""

    def begin(self) -> None:
        for _ in range(4):
            person = self.dice.choice((ALEX, SAM, SUZUKI, GUEST))
            self.world.people.press_old(person, self.name, self.dice)


class Answers(Liar):
    """People answer otherwise than they should: reject, withdraw, ask again, remove."""

    def begin(self) -> None:
        verb, person = self.dice.choice((("reject", SAM), ("withdraw", ALEX), ("stop_removal", SAM), ("check", SUZUKI)))
        self.world.people.press_newest(person, verb, self.name)


class Dies(Liar):
    """The process is killed: at any line, before a commit, or after it."""

    def begin(self) -> None:
        how = self.dice.choice(("line", "before", "after"))
        self.world.downtime = self.dice.choice((0.2, 3.0, 60.0, 1800.0))
        if how == "line":
            self.world.loop.fuse = self.dice.randrange(120)
        else:
            self.world.fuse.left, self.world.fuse.after = self.dice.randrange(6), how == "after"

    def end(self) -> None:
        self.world.loop.fuse = self.world.fuse.left = None


class Full(Liar):
    """The disk is full: nothing can be written down."""

    def begin(self) -> None:
        self.world.fuse.full = True

    def end(self) -> None:
        self.world.fuse.full = False


class DiesAtWork(Dies):
    """It is killed while it does what somebody has just asked for."""

    def begin(self) -> None:
        self.world.people.press_newest(
            self.dice.choice((SAM, ALEX)), self.dice.choice(("approve", "activate")), self.name
        )
        asyncio.get_running_loop().call_later(self.dice.random() * 0.4, super().begin)


LIARS: Mapping[str, type[Liar]] = {
    "the way to Slack is bad": Storm,
    "a call of Slack is lost": Once,
    "a call of the platform is lost": OrgOnce,
    "Slack's Date is wrong": SlackDate,
    "the platform's Date is wrong": PlatformDate,
    "the machine's clock is wrong": MachineClock,
    "the machine sleeps": Sleeps,
    "Slack knows nobody": Scopes,
    "the bot is thrown out": Thrown,
    "an approver leaves": Leaves,
    "the approvers are changed": Lists,
    "people race": Race,
    "a stranger answers": Stranger,
    "people type too fast": Hurry,
    "people press old buttons": OldButtons,
    "people change their minds": Answers,
    "the disk is full": Full,
    "the process dies": Dies,
    "the process dies at work": DiesAtWork,
}
