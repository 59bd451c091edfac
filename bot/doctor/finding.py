"""One thing the doctor found."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about one thing, and how to mend it where it needs mending."""

    level: Level
    about: str
    what: str
    mend: str = ""

    def __str__(self) -> str:
        end = "" if self.what.endswith("?") else "."
        return f"{self.level:<8} {self.about}: {self.what}{end} {self.mend}".rstrip()


Findings = AsyncGenerator[Finding, None]


def count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
