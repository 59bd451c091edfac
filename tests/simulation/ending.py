"""The end of every run: the world is honest, people help, and nothing may be stuck."""

from __future__ import annotations

import asyncio

from tests.simulation.judge import Judge
from tests.simulation.network import Weather
from tests.simulation.screen import life_of
from tests.simulation.world import SAM, World

#: How long an honest world gets (s), looked at this often.
_PATIENCE, _STEP = 30 * 3600.0, 300.0

#: Everything is looked at once an hour at least, so nothing is over before (s).
_SETTLED = 4500.0

_GONE = ("removed", "released", "")
_ENDS = {"keep": ("open",), "remove": _GONE, "left": _GONE, "release": _GONE}
_FINALLY = {"left": "remove", "ask only": "keep"}
_OVER = frozenset({"sending_allowed", "recovered", "removed"})


async def honest(world: World, judge: Judge) -> None:
    """Until every name is where people want it; a breach of *stuck* where that never comes."""
    make_honest(world)
    wishes = world.people.wishes
    wishes |= {name: _FINALLY[wish] for name, wish in wishes.items() if wish in _FINALLY}
    world.history.note("honest")
    world.people.hurry()
    world.people.say(SAM, "hold off")
    waited = 0.0
    while waited < _PATIENCE:
        await asyncio.sleep(_STEP)
        waited += _STEP
        judge.truth.look()
        world.people.helpful()
        if judge.held_since is not None or waited <= 2 * _STEP:  # the first time it may have come to nothing
            world.people.say(SAM, "hold off")
        if waited >= _SETTLED and all(_arrived(world, name) for name in world.people.wishes):
            break
    await asyncio.sleep(1200)  # what is still owed is said
    judge.truth.look()
    for name, wish in world.people.wishes.items():
        state = world.screen.state(name)
        judge.check("stuck", name, f"wanted to {wish}, and is {state or 'nowhere'}", state in _ENDS[wish])
        judge.check("card", name, f"the card says {state}", _true(world, name, state))
        asked = state in _ENDS[wish] and world.screen.buttons("approve", name, SAM)
        judge.check("decided", name, "it is asked for still", not asked)
    for bug in world.bugs:
        judge.check("stuck", "", f"a bug: {bug!r}", holds=False)


def make_honest(world: World) -> None:
    for liar in list(world.lying):
        liar.end()
    world.lying.clear()
    world.to_slack.weather, world.to_org.weather = Weather(), Weather()
    world.to_slack.forced.clear()
    world.to_org.forced.clear()
    world.slack.lies.clear()
    world.genesys.lies.clear()
    world.zone.settle()
    world.zone.listings.clear()
    world.clocks.error = dict.fromkeys(world.clocks.error, 0.0)
    world.loop.fuse = world.fuse.left = None
    world.zone.servers = [s for s in world.zone.servers if s.listed]


def _arrived(world: World, name: str) -> bool:
    return world.screen.state(name) in _ENDS[world.people.wishes[name]]


def _true(world: World, name: str, state: str) -> bool:
    """What the card says last is so."""
    home = world.genesys.home
    if state == "open":
        held = home.has(name)
        # Whether a record is right the bot sees for itself; the platform's own verdict may be an old one.
        return held is not None and held.status != "Deprovisioned" and world.zone.right(name, held.records)
    return True


def lives(world: World) -> int:
    """From ``add`` or ``import`` to *open*, *removed* or *released*, with at least one round and one lie on the way."""
    began: dict[tuple[str, int], int] = {}
    asked: set[tuple[str, int]] = set()
    ended: dict[tuple[str, int], int] = {}
    for line in world.history.of("post"):
        key = line.facts["key"]
        life = (line.name, life_of(key))
        began.setdefault(life, line.at)
        if line.facts["kind"] == "approval":
            asked.add(life)
        if line.facts["kind"] in _OVER:
            ended[life] = line.at
    told = [at for at, _, _ in world.lies]
    return sum(life in asked and any(world.began <= at <= over for at in told) for life, over in ended.items())
