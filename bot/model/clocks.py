"""One moment on every clock there is, and how much time has passed by the slowest of them.

A clock that is wrong is compared with itself only, so a fixed difference between clocks changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Instants:
    """``slack``, ``platform`` and ``machine`` are dates (UTC ms), ``boottime`` is ms since the boot named ``boot``.

    None where a clock could not be read; the platform's is the Date of the answer that the moment is about.
    """

    slack: int
    platform: int | None = None
    machine: int | None = None
    boottime: int | None = None
    boot: str = ""


def elapsed(began: Instants, now: Instants) -> int | None:
    """Ms that have passed by each of two clocks: Slack's, and the platform's or, where it gives none, the machine's.

    BOOTTIME of the same boot may say that it is less. None where there are no two clocks to compare.
    """
    second = _passed(began.platform, now.platform)
    if second is None:
        second = _passed(began.machine, now.machine)
    if second is None:
        return None
    same = bool(began.boot) and began.boot == now.boot
    third = _passed(began.boottime, now.boottime) if same else None
    found = [now.slack - began.slack, second]
    return min(found if third is None else [*found, third])


def _passed(began: int | None, now: int | None) -> int | None:
    return None if began is None or now is None else now - began
