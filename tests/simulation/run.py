"""One seed: its plan is played, then the world is made honest, and everything that was due has to happen."""

from __future__ import annotations

import asyncio
import gc
import logging
import random
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from tests.simulation import ending, storing
from tests.simulation.acts import ACTS, Happening
from tests.simulation.history import Line
from tests.simulation.judge import Judge
from tests.simulation.loop import Stuck, VirtualLoop
from tests.simulation.people import People
from tests.simulation.plan import plan
from tests.simulation.rules import Breach
from tests.simulation.world import World


@dataclass(frozen=True)
class Outcome:
    """What came of one seed."""

    seed: int
    lives: int
    checks: int
    digest: str
    breaches: tuple[Breach, ...]
    gaps: Mapping[str, int]
    met: Mapping[str, int]
    seconds: float  #: of CPU
    hours: float  #: of virtual time
    history: tuple[Line, ...]
    began: int = 0

    def __str__(self) -> str:
        verdict = "ok" if not self.breaches else f"FAILED: {self.breaches[0]}"
        return f"seed {self.seed}: {self.lives} lives, {self.checks} checks, history {self.digest}, {verdict}"


class Log:
    """What the bot writes into its log, counted in the world it runs in."""

    world: World | None = None

    def __call__(self, _: object, __: str, event: Any) -> Any:
        if self.world is not None:
            text = str(event.get("event"))
            self.world.meet(f"log: {text}{_more(event)}")
            if text == "bug" or event.get("exc_info"):
                self.world.history.note("bug", error=repr(event.get("exc_info")), log=text)
                self.world.bugs.append(event.get("exc_info"))
        raise structlog.DropEvent


def _more(event: Mapping[str, Any]) -> str:
    return f" found={event['found']}" if "found" in event else ""


LOG = Log()


@contextmanager
def untidied() -> Iterator[None]:
    """Nothing is collected meanwhile: when Python looks for garbage depends on what ran before in this process.

    What is there already stays; looking through all modules again after every seed would take a tenth of the time.
    """
    gc.disable()
    gc.freeze()
    try:
        yield
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            gc.enable()
            gc.collect()


@contextmanager
def quiet() -> Iterator[None]:
    """The bot's log goes to the world alone."""
    were, level = structlog.get_config(), logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    structlog.configure(processors=[LOG], cache_logger_on_first_use=False)
    try:
        yield
    finally:
        LOG.world = None
        structlog.configure(**were)
        logging.disable(level)


def simulate(
    seed: int, events: Sequence[Happening] | None = None, *, prepare: Callable[[World], None] | None = None
) -> Outcome:
    """Live the plan of ``seed``, or ``events`` instead. ``prepare`` may change the world before anything happens."""
    began = time.process_time()
    random.seed(seed)
    loop = VirtualLoop(random.Random(f"{seed} loop"))
    loop.set_exception_handler(lambda _, context: unhandled(context))
    asyncio.set_event_loop(loop)
    place = storing.folder()

    def unhandled(context: Mapping[str, Any]) -> None:
        # What a killed process never asked for is nobody's mistake, and is found whenever Python looks for garbage.
        late = "never retrieved" in str(context.get("message"))
        if LOG.world is not None and not late:
            LOG.world.history.note("unhandled", error=repr(context.get("exception") or context.get("message")))
            LOG.world.bugs.append(context.get("exception") or context.get("message"))

    try:
        with untidied(), quiet():
            return _live(seed, loop, place, plan(seed) if events is None else events, prepare, began)
    finally:
        asyncio.set_event_loop(None)
        storing.clean(place)


def _live(
    seed: int, loop: VirtualLoop, place: Path, events: Sequence[Happening],
    prepare: Callable[[World], None] | None, began: float,
) -> Outcome:  # fmt: skip
    dice = random.Random(f"{seed} settings")
    quorum = dice.choice((1, 1, 2))
    approvers = dice.choice(("channel", "channel", "U0SAM,U0SUZUKI"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        world, judge = loop.run_until_complete(_begin(seed, loop, place, quorum, approvers))
        try:
            if prepare is not None:
                prepare(world)
            loop.run_until_complete(_play(world, judge, events))
            loop.run_until_complete(ending.honest(world, judge))
        except Stuck as stuck:
            judge.check("stuck", "", str(stuck), holds=False)
        finally:
            hours = (world.clocks.monotonic() - 1000) / 3600
            LOG.world = None  # what is said while everything is put away is no history
            world.end()
    lives = ending.lives(world)
    return Outcome(
        seed, lives, judge.checks, world.history.digest, tuple(judge.breaches), dict(judge.gaps), Counter(world.met),
        time.process_time() - began, hours, tuple(world.history.lines), began=world.began,
    )  # fmt: skip


async def _begin(seed: int, loop: VirtualLoop, place: Path, quorum: int, approvers: str) -> tuple[World, Judge]:
    world = World(seed, loop, place, quorum, approvers)
    LOG.world = world
    world.people = People(world)
    return world, Judge(world)


async def _play(world: World, judge: Judge, events: Sequence[Happening]) -> None:
    begins = world.loop.time()
    world.names = tuple(dict.fromkeys(e.name for e in events if e.name.endswith(".com")))
    ticking = asyncio.ensure_future(_tick(judge))
    for event in sorted(events):
        wait = begins + event.at - world.loop.time()
        if wait > 0:
            await asyncio.sleep(wait)
        judge.truth.look()
        ACTS[event.what](world, event.name, event.more)
        judge.truth.look()
    ticking.cancel()


async def _tick(judge: Judge) -> None:
    while True:
        await asyncio.sleep(60)
        judge.truth.look()
