"""A minute of 200 commands and clicks a second from 500 people, with 10,000 watched domains in the database."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.bench import crowd
from tests.bench.figures import Figures, percentile
from tests.bench.load import prepared
from tests.bench.outside import CHANNEL, PEOPLE, PERSON, RealClock
from tests.bench.processes import Server, World
from tests.bench.rush import at_a_pace

pytestmark = [pytest.mark.bench, pytest.mark.timeout(400)]

DOMAINS, RATE, SECONDS = 10_000, 200, 60

#: Of two hundred: what people do all day, mostly looking. Whatever asks DNS is about the few names they work on.
MIX = {
    "status d{n}.xyzcorp.com": 75, "list": 45, "list d7": 6, "press list:next 7": 35, "help": 22,
    "status nobody{n}.xyzcorp.com": 10, "remove d{n}.xyzcorp.com": 4, "check d{few}.xyzcorp.com": 1,
    "press check d{few}.xyzcorp.com": 1, "add new{i}.xyzcorp.com": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def figures() -> Iterator[Figures]:
    made = Figures("rush")
    yield made
    made.write()


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Server]]:
    folder = tmp_path_factory.mktemp("rush")
    with ExitStack() as stack:
        world = stack.enter_context(World(folder))
        crowded(folder, world)
        yield world, stack.enter_context(world.bot(folder))


def crowded(folder: Path, world: World) -> None:
    crowd.write(
        folder / "emaildomain.db", DOMAINS, team=world.team, channel=CHANNEL, owner=PERSON, now=RealClock().now(),
        people=PEOPLE,
    )  # fmt: skip


def texts(n: int, seed: int) -> list[str]:
    chosen = random.Random(seed).choices(list(MIX), list(MIX.values()), k=n)
    return [text.format(n=i * 7919 % DOMAINS, few=i % 50, i=f"{seed}-{i}") for i, text in enumerate(chosen)]


def requests(world: World, n: int, seed: int) -> list[bytes]:
    return prepared(world.ask("bodies", texts(n, seed)), world.secret)


def test_a_minute_of_two_hundred_a_second(bot: tuple[World, Server], figures: Figures) -> None:
    world, server = bot
    at_a_pace(server.port, requests(world, 400, 0), RATE / 2, lambda _: None)  # everything was imported and cached once
    settled(server)
    before = world.ask("answered")
    memory: list[float] = []
    rush = at_a_pace(server.port, requests(world, RATE * SECONDS, 1), RATE, lambda _: memory.append(server.megabytes))
    ended = time.perf_counter()
    settled(server)
    after = time.perf_counter() - ended
    busy = [body for body in rush.words if b"Not accepted" in body]
    helped = len(rush.words) - len(busy)
    answered = world.ask("answered") - before
    wanted = RATE * SECONDS - helped
    half = memory[len(memory) // 2 :]
    grown = half[-1] - half[0]
    p50, p99, worst = (percentile(rush.took, share) for share in (0.5, 0.99, 1.0))
    figures.note("requests; not accepted", f"{len(rush.took)}; {len(busy)}")
    figures.note("acknowledgement, p50, p99, slowest", f"{p50:.1f} ms, {p99:.1f} ms, {worst:.0f} ms")
    figures.note(
        "private answers; seconds from the last acknowledgement to the last", f"{answered} of {wanted}; {after:.1f} s"
    )
    figures.note("memory, after half a minute and at the end", f"{half[0]:.0f} MB, {half[-1]:.0f} MB")
    figures.hold("requests that were not accepted", f"{len(busy)}", "", "0", not busy)
    figures.hold("private answers that are missing", f"{max(0, wanted - answered)}", "", "0", answered >= wanted)
    figures.hold("acknowledgement, slowest", f"{worst:.0f} ms", "", "≤ 1000 ms", worst <= 1000)
    figures.hold("memory, growth in the second half", f"{grown:.1f} MB", "", "≤ 5 MB", grown <= 5)
    figures.hold("acknowledgement, p99", f"{p99:.1f} ms", "", "≤ 100 ms", p99 <= 100)


def settled(server: Server) -> None:
    server.settle(120)
