"""Rows that this version cannot read: each stops itself and nothing else.

A newer version may have written a state, a kind of message, a purpose that this one does not know (the schema is the
same, so the file opens), or a row is damaged. Whoever asks for such a row by name is told; whoever asks for many gets
the others. It is read again at the next start.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TypeVar

import structlog

from bot.errors import Unreadable
from storage.codec import Row

T = TypeVar("T")

log = structlog.get_logger(__name__)


class Stopped:
    """Which rows those are, by what they are: ``domain``, ``message``, ``wish``, ``person``."""

    def __init__(self) -> None:
        self._rows: dict[str, set[tuple[str, ...]]] = {}

    def readable(
        self, what: str, found: Iterable[Row], decode: Callable[[Row], T], key: Collection[str] = ("team", "name")
    ) -> list[T]:
        """Those of ``found`` that can be read; ``key`` names the columns that say which row it is."""
        read: list[T] = []
        for row in found:
            try:
                read.append(decode(row))
            except Unreadable as error:
                self._note(what, tuple([str(row[column]) for column in key]), error)
        return read

    def _note(self, what: str, which: tuple[str, ...], error: Unreadable) -> None:
        known = self._rows.setdefault(what, set())
        if which not in known:
            known.add(which)
            log.error("a row cannot be read, so it rests", what=what, which=which, why=error.why)

    def of(self, what: str) -> Collection[tuple[str, ...]]:
        return self._rows.get(what, ())

    @property
    def counts(self) -> Mapping[str, int]:
        """How many rest, by what they are."""
        return {what: len(rows) for what, rows in tuple(self._rows.items())}
