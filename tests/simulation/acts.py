"""What can happen in the simulation, as a table."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from tests.simulation.liars import LIARS
from tests.simulation.world import World


class Happening(NamedTuple):
    """``what`` (a key of :data:`ACTS`) at ``at`` seconds, about ``name``; ``more`` as the act wants it."""

    at: float
    what: str
    name: str = ""
    more: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.at / 60:8.1f} min  {self.what} {' '.join((self.name, *self.more))}".rstrip()


def _lie(world: World, name: str, more: tuple[str, ...]) -> None:
    kind, lasts, dice = more
    liar = LIARS[kind](world, name, random.Random(f"{world.seed} {dice}"))
    world.history.note("lie", name, kind=kind, lasts=lasts)
    world.lied(name, kind)
    liar.begin()
    world.lying.append(liar)

    def end() -> None:
        if liar in world.lying:
            world.lying.remove(liar)
            liar.end()

    world.loop.call_later(float(lasts), end)


def _wish(world: World, name: str, more: tuple[str, ...]) -> None:
    world.people.wishes[name] = more[0]


def _helpful(world: World, name: str, more: tuple[str, ...]) -> None:
    world.people.helpful()


def _say(world: World, name: str, more: tuple[str, ...]) -> None:
    person, verb = more
    world.people.say(person, f"{verb} {name}".strip())


def _owned(world: World, name: str, more: tuple[str, ...]) -> None:
    """The org has had it for long, in service or not, its records published."""
    home = world.genesys.home
    if name in home.domains:
        return
    made = home.add(name, provisioned=more[0] == "live")
    world.zone.publish(made.records)
    world.history.note("org made by somebody", name)
    if more[0] == "live":
        home.campaign("Weekly newsletter", name)


def _press(world: World, name: str, more: tuple[str, ...]) -> None:
    person, verb = more
    world.people.press_newest(person, verb, name)


ACTS: Mapping[str, Callable[[World, str, tuple[str, ...]], None]] = MappingProxyType(
    {"lie": _lie, "wish": _wish, "people help": _helpful, "say": _say, "owned": _owned, "press": _press}
)
