"""Everything outside of the bot, and the bot: one world, made from a seed."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tests.simulation import genesys, storing
from tests.simulation.clocks import Clocks
from tests.simulation.dns import SimulatedDns, Zone
from tests.simulation.history import History
from tests.simulation.loop import VirtualLoop, context_of
from tests.simulation.network import Network
from tests.simulation.process import Process, close, settings
from tests.simulation.screen import Screen
from tests.simulation.slack import SlackMachine

if TYPE_CHECKING:
    from tests.simulation.liar import Liar
    from tests.simulation.people import People

TEAM, CHANNEL = "T0XYZCORP", "C0MAIL"
ALEX, SAM, SUZUKI, GUEST = "U0ALEX", "U0SAM", "U0SUZUKI", "U0GUEST"


class World:
    """``chance(name)`` is a source of randomness of its own, so that one event less leaves the others as they were."""

    people: People
    first = 0  #: processes are numbered from here on

    def __init__(
        self, seed: int, loop: VirtualLoop, folder: Path, approvals: int = 1, approvers: str = "channel"
    ) -> None:
        self.seed, self.loop, self.folder = seed, loop, folder
        self.clocks = Clocks(loop)
        self.history = History(self.clocks.now)
        self.met: Counter[str] = Counter()  #: interesting things that happened
        self.zone = Zone(self.clocks, self.history)
        self.to_slack = Network(self.chance("to slack"), lambda t: self.meet(f"slack {t}"))
        self.to_org = Network(self.chance("to org"), lambda t: self.meet(f"platform {t}"))
        self.slack = SlackMachine(self.clocks, self.to_slack, self.history, self._serve)
        self.genesys = genesys.Machine(self.clocks, self.to_org, self.history, self.zone.verified, self.meet)
        self.path = folder / f"seed-{seed}.db"
        storing.fresh(self.path)
        self.approvers: list[tuple[int, str]] = []  #: since when which list is configured
        self.away: dict[str, list[tuple[int, int | None]]] = {}  #: from when to when somebody was not there
        self.quorum, self.began = approvals, self.clocks.now()
        self.configure(approvers)
        self.fuse = storing.Fuse()
        self.fuse.burnt = self.loop.burnt = self._die
        self.fuse.faster = lambda: self.meet("superseded")
        self.processes: list[Process] = []
        self.downtime = 1.0
        self.names: tuple[str, ...] = ()
        self.bugs: list[object] = []  #: what the bot itself calls one
        self.answering = frozenset({"add", "activate", "remove", "status", "approve", "remove_anyway", "import"})
        self.lying: list[Liar] = []  #: who lies now
        self.neighbour: World | None = None  #: another bot on this org
        self.lies: list[tuple[int, str, str]] = []  #: when, about which name, and which lie began
        self._people()
        self.screen = Screen(self.slack.workspace, CHANNEL)
        self.answers_import = "adopt_open"
        self.start()

    def chance(self, name: str) -> random.Random:
        return random.Random(f"{self.seed} {name}")

    def meet(self, what: str) -> None:
        self.met[what] += 1

    def lied(self, name: str, kind: str) -> None:
        self.lies.append((self.clocks.now(), name, kind))
        self.meet(kind)

    def added(self, name: str) -> bool:
        """Somebody has asked for it."""
        return any(line.facts["text"].startswith("add") for line in self.history.of("types", name))

    def _people(self) -> None:
        workspace = self.slack.workspace
        workspace.add_person(ALEX, "alex", real_name="Alex Tanaka", is_admin=True)
        workspace.add_person(SAM, "sam", real_name="Sam Sato", is_admin=True)
        workspace.add_person(SUZUKI, "suzuki", real_name="鈴木", locale="ja-JP", tz="Asia/Tokyo")
        workspace.add_person(GUEST, "guest", real_name="Guest", is_restricted=True)
        workspace.add_channel(CHANNEL, "email-domains", members=[ALEX, SAM, SUZUKI, GUEST], bot_in=False)

    def configure(self, approvers: str) -> None:
        """From the next start of the bot on."""
        self.settings = settings(self.path, self.quorum, approvers)
        self.approvers.append((self.clocks.now(), approvers))

    def leaves(self, person: str) -> None:
        self.slack.workspace.people[person].deleted = True
        self.away.setdefault(person, []).append((self.clocks.now(), None))

    def returns(self, person: str) -> None:
        self.slack.workspace.people[person].deleted = False
        left, _ = self.away[person].pop()
        self.away[person].append((left, self.clocks.now()))

    # ---- the bot

    @property
    def process(self) -> Process:
        return self.processes[-1]

    def start(self) -> None:
        number = self.first + len(self.processes) + 1
        parts = {
            "session": lambda _: self.slack.session(), "wall": self.clocks.wall, "platform": self.genesys.platform,
            "dns": lambda now: SimulatedDns(self.zone, now, self.chance(f"dns {number}"), self.history),
        }  # fmt: skip
        self.history.note("started", str(number))
        self.processes.append(Process(number, self.loop, self.settings, self.fuse, parts))

    def kill(self) -> None:
        """Somebody starts it again."""
        self._die()

    def _die(self) -> None:
        if not self.process.up:
            return
        self.loop.fuse = self.fuse.left = None
        self.history.note("killed", str(self.process.number))
        self.meet("killed")
        self.process.kill()
        self.loop.call_later(self.downtime, self.start, context=context_of(0))

    async def _serve(self, body: str, headers: Mapping[str, str]) -> tuple[int, str] | None:
        answer = await self.process.serve(body, headers)
        if answer is not None:
            self.history.note("deaf" if answer[0] == 401 else "heard")
        return answer

    # ---- the end

    def end(self) -> None:
        every = [*self.processes, *(self.neighbour.processes if self.neighbour else ())]
        for process in every:
            if process.up:
                process.kill()
        asyncio.events._set_running_loop(self.loop)  # what is closed may still want to be in one
        try:
            for process in every:
                process.bury()
            for task in asyncio.all_tasks(self.loop):
                close(task)
        finally:
            asyncio.events._set_running_loop(None)
        self.loop.close()
