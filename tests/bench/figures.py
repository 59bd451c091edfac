"""What was measured, and the table of it in docs/performance.md."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.processes import ROOT

PAGE = ROOT / "docs" / "performance.md"


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` (0 to 1) of all values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def commits(folder: Path, n: int, gap: float) -> list[float]:
    """Milliseconds of one commit of one small row, as the store commits: WAL, ``synchronous=FULL``."""
    connection = sqlite3.connect(folder / "commits.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS inbox (key INTEGER PRIMARY KEY, body TEXT)")
    took = []
    for _ in range(n):
        time.sleep(gap)
        began = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO inbox (body) VALUES (?)", ("x" * 400,))
        connection.execute("COMMIT")
        took.append((time.perf_counter() - began) * 1000)
    connection.close()
    return took


@dataclass(frozen=True)
class Row:
    """One line of the table; ``budget`` is empty where there is none."""

    what: str
    ours: str
    bare: str
    budget: str = ""
    held: bool | None = None


class Figures:
    """All lines of one run, in the order they were measured."""

    def __init__(self, name: str = "make bench") -> None:
        self._block = re.compile(rf"(<!-- measured by {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        self.rows: list[Row] = []
        self._load = os.getloadavg()[0]

    def note(self, what: str, ours: str, bare: str = "") -> None:
        """A figure without a budget."""
        self.rows.append(Row(what, ours, bare))

    def hold(self, what: str, ours: str, bare: str, budget: str, held: bool) -> None:
        """A figure with a budget; fails where it is over."""
        self.rows.append(Row(what, ours, bare, budget, held))
        assert held, f"{what}: {ours}, bare Bolt {bare or 'none'}; the budget is {budget}"

    def write(self) -> None:
        """Into the page, unless others had the machine: then the page keeps what it has."""
        if self._load > (os.cpu_count() or 1):
            print(self._text())  # noqa: T201 - for whoever ran it
            return
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(
            self._block.sub(lambda found: found[1] + self._text() + "\n" + found[2], page), encoding="utf-8"
        )

    def _text(self) -> str:
        words = {True: "yes", False: "**no**", None: ""}
        lines = ["| What | emaildomain | bare Bolt | Budget | Held |", "| --- | --- | --- | --- | --- |"]
        lines += [f"| {r.what} | {r.ours} | {r.bare} | {r.budget} | {words[r.held]} |" for r in self.rows]
        return "\n".join([self._machine(), "", *lines]).replace("|  |", "| |").replace("|  |", "| |")

    def _machine(self) -> str:
        cpu = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text(encoding="ascii"))
        return (
            f"Measured on {os.cpu_count()} × {cpu[1] if cpu else platform.machine()}, Linux {platform.release()},"
            f" Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}."
            f" Load average before {self._load:.1f}, after {os.getloadavg()[0]:.1f}: the bench itself adds about 1.5,"
            " what is beyond that was other work on the machine."
        )
