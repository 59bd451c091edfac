"""What can go wrong at Slack, on order: the faults tests ask the simulated Slack to commit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from bot.tryout.slack.message import Json

#: Kinds with a meaning of their own; any other kind is the name of an error Slack answers with, such as fatal_error.
KINDS = ("ratelimited", "status", "drop_before", "drop_after", "hang", "slow")


def _right(status: int) -> int:
    return 0


@dataclass(eq=False)
class Fault:
    """One order: which calls it hits, how often, and what then happens.

    ``act`` says whether the call is carried out although the caller is told otherwise (or nothing).
    """

    method: str
    kind: str
    times: int | None = 1
    act: bool = False
    retry_after: int = 1
    status: int = 500
    seconds: float = 0.0
    where: Callable[[Json], bool] | None = None
    hits: int = 0


class Faults:
    """The standing orders. The oldest that fits a call is used, and used up after ``times`` calls."""

    def __init__(self) -> None:
        self._orders: list[Fault] = []
        self._released = asyncio.Event()
        self.wrong_date: Callable[[int], int] = _right  #: by how many ms the Date of an answer is wrong, by its status

    def add(
        self,
        method: str,
        kind: str,
        times: int | None = 1,
        *,
        act: bool = False,
        retry_after: int = 1,
        status: int = 500,
        seconds: float = 0.0,
        where: Callable[[Json], bool] | None = None,
    ) -> Fault:
        """Order a fault for ``method`` (a name, a pattern such as ``chat.*``, or ``response_url``).

        ``times=None`` lasts until :meth:`clear`; ``where`` picks calls by their arguments.
        """
        fault = Fault(method, kind, times, act or kind == "drop_after", retry_after, status, seconds, where)
        self._orders.append(fault)
        return fault

    def take(self, method: str, args: Json) -> Fault | None:
        """The fault this call meets, if any."""
        for fault in self._orders:
            if fnmatchcase(method, fault.method) and (fault.where is None or fault.where(args)):
                fault.hits += 1
                if fault.times is not None and fault.hits >= fault.times:
                    self._orders.remove(fault)
                return fault
        return None

    def clear(self) -> None:
        """No more faults; calls that hang are let go."""
        self._orders.clear()
        self.wrong_date = _right
        self.release()

    def release(self) -> None:
        """Let the calls that hang go: they are answered now."""
        self._released.set()
        self._released = asyncio.Event()

    async def hanging(self) -> None:
        await self._released.wait()
