"""The catalogue of faults: what goes wrong, the test that makes it go wrong, and the sentence people then read.

The table in docs/reliability.md is written from it. A test marked with :func:`told` runs once in each language; its
``said`` is the sentence to be read, and ``world`` a world in which everybody, and the channel, reads that language.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bot.tryout.slack.simulated import Message
from tests.scenarios.reading import on_screen, reads
from tests.scenarios.world import World

#: Of each file ``test_told_<group>.py``, what it is about.
GROUPS = {
    "slack": "Slack",
    "deliveries": "What Slack delivers",
    "platform": "Genesys Cloud",
    "dns": "DNS",
    "database": "The database",
    "machine": "The machine",
}


class Said(NamedTuple):
    """What is read, in one language."""

    language: str
    sentence: str

    def among(self, messages: list[Message]) -> int:
        """In how many messages it can be read."""
        return sum(self.sentence in reads(message) for message in messages)


class Fault(NamedTuple):
    """One row of the table."""

    what: str
    test: str
    en: str
    ja: str


FAULTS: list[Fault] = []


def told(what: str, *, en: str, ja: str) -> Callable[[Callable[..., Any]], Any]:
    """The decorator. ``en`` and ``ja`` are parts of what is read."""

    def mark(test: Callable[..., Any]) -> Any:
        file = test.__module__.rpartition(".")[2]
        FAULTS.append(Fault(what, f"{file}::{test.__name__}", en, ja))
        return pytest.mark.parametrize("said", [Said("en", en), Said("ja", ja)], ids=["en", "ja"])(test)

    return mark


def once(world: World, said: Said) -> None:
    """It was said to somebody, and once: in all channels, in private, in direct messages."""
    assert said.among(on_screen(world)) == 1, "\n".join([said.sentence, *(m.text[:90] for m in on_screen(world))])


def speak(world: World, language: str) -> None:
    """From now on everybody in the workspace reads this language."""
    for person in world.slack.workspace.people.values():
        person.locale = {"en": "en-US", "ja": "ja-JP"}[language]


def faults() -> dict[str, list[Fault]]:
    """All of them, by the group whose file they are in."""
    for group in GROUPS:
        importlib.import_module(f"tests.faults.test_told_{group}")
    return {group: [f for f in FAULTS if f.test.startswith(f"test_told_{group}::")] for group in GROUPS}


def table() -> str:
    """For docs/reliability.md."""
    parts: list[str] = []
    for group, rows in faults().items():
        parts.append(f"### {GROUPS[group]}\n\n| What goes wrong | Test in `{Path(f'test_told_{group}.py')}` | Read |")
        parts.append("| --- | --- | --- |")
        for row in rows:
            test = row.test.partition("::")[2].removeprefix("test_")
            parts.append(f"| {row.what} | `{test}` | {_cell(row.en)}<br>{_cell(row.ja)} |")
        parts.append("")
    return "\n".join(parts).rstrip()


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
