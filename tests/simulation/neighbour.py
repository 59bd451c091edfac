"""A second bot on the same org: another workspace, database and people; the same names, zone and campaigns."""

from __future__ import annotations

from collections import Counter

from tests.simulation import storing
from tests.simulation.genesys import Machine
from tests.simulation.history import History, Line
from tests.simulation.loop import ELSEWHERE
from tests.simulation.network import Network
from tests.simulation.people import People
from tests.simulation.process import Process
from tests.simulation.screen import Screen
from tests.simulation.slack import SlackMachine
from tests.simulation.world import CHANNEL, World

#: What it does at the platform, as whoever watches the first bot sees it.
_SEEN = {
    ("org create", 202): "org made by somebody",
    ("org verify", 200): "org activated by somebody",
    ("org delete", 204): "org deleted by somebody",
}


class Neighbour(World):
    """The bot is the real one, and honest. Time, DNS and the org are the world's; nobody judges it."""

    first = ELSEWHERE

    def __init__(self, world: World) -> None:  # it shares what a world makes for itself
        self.seed, self.loop, self.folder = world.seed, world.loop, world.folder
        self.clocks, self.zone, self.quorum, self.began = world.clocks, world.zone, 1, world.clocks.now()
        self.history, self.met = History(self.clocks.now), Counter[str]()
        self.to_slack = Network(self.chance("to another Slack"), lambda _: None)
        self.to_org = Network(self.chance("to the org, from there"), lambda _: None)
        self.slack = SlackMachine(self.clocks, self.to_slack, self.history, self._serve)
        self.slack.workspace.team_id = "T0OTHER"
        self.genesys = Machine(self.clocks, self.to_org, self.history, self.zone.verified, lambda _: None)
        self.genesys.home = self.genesys.credentials = world.genesys.home
        self.path = self.folder / f"seed-{self.seed}-neighbour.db"
        storing.fresh(self.path)
        self.fuse = storing.Fuse()
        self.fuse.burnt = self._die
        self.processes: list[Process] = []
        self.downtime, self.names, self.bugs, self.lying, self.lies = 1.0, world.names, world.bugs, [], []
        self.approvers, self.away, self.answers_import = [], {}, "adopt_open"
        self.configure("channel")
        self._people()
        self.screen = Screen(self.slack.workspace, CHANNEL)
        self.people = People(self)

        def seen(line: Line) -> None:
            if (what := _SEEN.get((line.what, line.facts.get("status", 0)))) is not None:
                world.history.note(what, line.name, by="another bot")

        self.history.watchers.append(seen)
        self.start()
