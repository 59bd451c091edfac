"""The way to a machine and back: late, lost before or after it acted, answered by somebody in between, out of order."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tests.simulation.loop import context_of

T = TypeVar("T")

_SILENCE = 3600.0  #: seconds after which nobody waits any more


class Dropped(Exception):
    """The connection is gone. ``sent``: the request had left by then."""

    def __init__(self, *, sent: bool) -> None:
        super().__init__("dropped")
        self.sent = sent


@dataclass
class Weather:
    """How it is on the way to one machine: seconds there and back at most, and how often each trouble comes."""

    latency: float = 0.15
    trouble: dict[str, float] = field(default_factory=dict)  #: of :data:`TROUBLES`, with a probability


#: ``unreached``: no connection. ``lost``: never arrives. ``unanswered``: it acts, and the answer never arrives.
#: ``dropped``: it acts, and the connection breaks. ``page``: something in between answers 502, and it did not act.
#: ``busy``: it says 429.  ``late``: it acts long after whoever asked has given up.
TROUBLES = ("unreached", "lost", "unanswered", "dropped", "page", "busy", "late")


class Network:
    """To one machine. ``met`` is told each trouble that happened."""

    def __init__(self, chance: random.Random, met: Callable[[str], None]) -> None:
        self._chance, self._met = chance, met
        self.weather = Weather()
        self.forced: list[str] = []  #: what happens to the next requests that matter, whatever the weather
        self._outside = context_of(0)

    def _draw(self, *, matters: bool) -> str:
        if self.forced and matters:
            return self.forced.pop(0)
        dice = self._chance.random()
        for trouble, share in self.weather.trouble.items():
            dice -= share
            if dice < 0:
                return trouble
        return ""

    def _delay(self) -> float:
        return self.weather.latency * (0.05 + 0.95 * self._chance.random())

    async def exchange(self, act: Callable[[], T], page: Callable[[], T], busy: Callable[[], T], *, matters: bool) -> T:
        """What ``act`` says, after a while; raises :class:`Dropped`. Whoever waits may be gone by then: it acts.

        ``matters``: it changes something there.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        trouble = self._draw(matters=matters)
        if trouble:
            self._met(trouble)
        back = self._delay()

        def tell(result: T | None, error: Exception | None) -> None:
            def arrive() -> None:
                if answer.done():
                    return
                if error is not None:
                    answer.set_exception(error)
                else:
                    answer.set_result(result)  # type: ignore[arg-type]

            loop.call_later(back, arrive, context=self._outside)

        def arrive() -> None:
            if trouble in ("page", "busy"):
                tell({"page": page, "busy": busy}[trouble](), None)
                return
            result = act()
            if trouble == "dropped":
                tell(None, Dropped(sent=True))
            elif trouble not in ("unanswered", "late"):
                tell(result, None)

        if trouble == "unreached":
            await asyncio.sleep(self._delay())
            raise Dropped(sent=False)
        if trouble != "lost":
            there = self._delay() + (12.0 + 8 * self._chance.random() if trouble == "late" else 0)
            loop.call_later(there, arrive, context=self._outside)
        async with asyncio.timeout(_SILENCE):
            return await answer


def nothing(*_: Any) -> None:
    """For whoever does not want to know."""
