"""What happened, line by line, as somebody outside could have seen it; two runs of a seed have the same."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple


class Line(NamedTuple):
    """``at`` is true time (UTC ms)."""

    at: int
    what: str
    name: str
    facts: dict[str, Any]

    def __str__(self) -> str:
        told = " ".join(f"{key}={value}" for key, value in self.facts.items())
        return f"{self.at} {self.what} {self.name} {told}"


class History:
    """``note`` writes a line and tells whoever watches, at once."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self.lines: list[Line] = []
        self.watchers: list[Callable[[Line], None]] = []
        self._digest = hashlib.sha256()

    def note(self, what: str, name: str = "", **facts: Any) -> Line:
        line = Line(self._now(), what, name, facts)
        self.lines.append(line)
        self._digest.update(f"{line}\n".encode())
        for watcher in self.watchers:
            watcher(line)
        return line

    def of(self, what: str, name: str | None = None) -> Iterator[Line]:
        return (line for line in self.lines if line.what == what and name in (None, line.name))

    @property
    def digest(self) -> str:
        return self._digest.hexdigest()[:12]
