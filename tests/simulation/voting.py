"""The judge's account of votes: what was asked, who answered, and who counts by what the world knows of people."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from tests.simulation.history import Line
from tests.simulation.world import GUEST, World

MINUTE = 60_000

#: A vote is kept for so long (ms) where Slack cannot tell who somebody is, and for longer by a bot that was killed.
_KEPT, _DOWN = 11 * MINUTE, 45 * MINUTE

#: Three working days; requests are looked at that were made on a Monday or Tuesday only.
_EXPIRES = 72 * 60 * MINUTE

#: How a request of each purpose begins, and the message that decides it.
_ASKS: Mapping[str, str] = MappingProxyType(
    {"activate": "activation", "remove": "removal", "finish": "forced", "import": "import", "stop managing": "release"}
)
_DECIDES: Mapping[str, str] = MappingProxyType(
    {
        "Activation of": "activation", "Removal of": "removal", "Finishing the removal of": "forced",
        "Importing": "import", "The request to stop managing": "release",
    }
)  # fmt: skip


class Request(NamedTuple):
    """``token`` is what its buttons carry, ``at`` when it stood in the channel."""

    at: int
    purpose: str
    token: str
    asker: str


def requests(world: World, name: str, *purposes: str) -> Iterator[Request]:
    """Oldest first; of some purposes or of all."""
    for line in world.history.of("post", name):
        if line.facts["kind"] != "approval":
            continue
        found = re.search(r"Approval needed: (stop managing|\S+) .*\(asked by <@(\w+)>", line.facts["says"])
        # One that came too late to be asked says at once what became of it.
        purpose = _ASKS.get(found[1], "") if found else decision(line)[0]
        if purpose in (purposes or (purpose,)):
            yield Request(line.at, purpose, line.facts["token"], found[2] if found else "")


def decision(line: Line) -> tuple[str, str]:
    """(purpose, ``approved``, ``rejected`` or something else) of a *decided* message."""
    says = re.sub(r"^(<@\w+> )+", "", line.facts["says"])
    purpose = next((purpose for words, purpose in _DECIDES.items() if says.startswith(words)), "")
    found = re.search(r" was (\w+) by ", says)
    return purpose, found[1] if found else ""


def answers(world: World, asked: Request, name: str, verb: str, *, standing: bool = True) -> set[str]:
    """Who pressed it, of people who may; ``standing``: by every list, and by who they were then."""
    found = set()
    for line in world.history.of("presses", name):
        person = line.facts["person"]
        if line.facts["verb"] != verb or line.facts["value"] != asked.token or person in (GUEST, asked.asker):
            continue
        if line.at - asked.at >= _EXPIRES and not world.clocks.ever_wrong:
            continue
        if not standing or counts(world, asked, person, line.at):
            found.add(person)
    return found


def agreed(world: World, name: str, *purposes: str, since: int = 0, standing: bool = True) -> Request | None:
    """The last request of such a purpose, where enough people said yes to it."""
    asked = [one for one in requests(world, name, *purposes) if one.at >= since]
    # What never carried a button was answered elsewhere, and before.
    enough = [
        one
        for one in asked
        if not one.token or len(answers(world, one, name, "approve", standing=standing)) >= world.quorum
    ]
    return enough[-1] if enough else None


def counts(world: World, asked: Request, person: str, at: int) -> bool:
    """Whether there was a moment, not long after ``at``, at which this person's vote could be counted."""
    killed = any(at - MINUTE <= line.at <= at + _KEPT for line in world.history.of("killed"))
    until = at + (_DOWN if killed else _KEPT)
    there = not any(left <= at and (back is None or back > until) for left, back in world.away.get(person, ()))
    # What is asked may stand in the channel late; somebody may have pressed its button before.
    pressed = [p.at for p in world.history.of("presses") if p.facts["value"] == asked.token]
    began = min([asked.at, *pressed]) - 10 * MINUTE
    return there and _listed(world, person, at, until) and _listed(world, person, began, asked.at)


def _listed(world: World, person: str, since: int, until: int) -> bool:
    """By one of the lists that held between these instants."""
    lists = world.approvers
    for (begins, text), ends in zip(lists, [*(at for at, _ in lists[1:]), until + 1], strict=True):
        if begins <= until and ends > since and (text == "channel" or person in text.split(",")):
            return True
    return False
