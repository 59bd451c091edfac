"""The bot and its peer, each in a process, for a whole session; the figures are written when all were measured."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.bench.figures import Figures
from tests.bench.load import one_by_one, prepared
from tests.bench.processes import Server, World

NAME = "sales.xyzcorp.com"
BARE = b"checked"  #: what the peer acknowledges with


class Bench:
    """The processes, and signed requests for them."""

    def __init__(self, world: World, ours: Server, bare: Server, folder: Path, figures: Figures) -> None:
        self.world, self.ours, self.bare, self.folder, self.figures = world, ours, bare, folder, figures
        self._names = itertools.count(1)

    def requests(self, texts: Sequence[str]) -> list[bytes]:
        return prepared(self.world.ask("bodies", list(texts)), self.world.secret)

    def adds(self, n: int) -> list[str]:
        """So many commands that add a name nobody has added yet."""
        return [f"add s{next(self._names)}.xyzcorp.com" for _ in range(n)]

    def pair(self, texts: Sequence[str], gap: float) -> tuple[list[float], list[float]]:
        """The same commands to both, one by one; the bot comes to rest in between. Milliseconds: ours, bare."""
        ours = one_by_one(self.ours.port, self.requests(texts), b"", gap)
        self.ours.settle()
        return ours, one_by_one(self.bare.port, self.requests(texts), BARE, gap)


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A bot with one domain that waits for its DNS."""
    folder = tmp_path_factory.mktemp("bench")
    figures = Figures()
    with ExitStack() as stack:
        world = stack.enter_context(World(folder))
        bot = stack.enter_context(world.bot(folder))
        bench = Bench(world, bot, stack.enter_context(world.bare(folder)), folder, figures)
        one_by_one(bench.ours.port, bench.requests([f"add {NAME}"]), b"")
        world.until("posted", lambda n: n >= 1)
        yield bench
    measured = {item.name.partition("[")[0] for item in request.session.items}
    if measured >= {name for name in vars(request.session.items[0].module) if name.startswith("test_")}:  # type: ignore[attr-defined]
        figures.write()


@pytest.fixture
def no_dns(bench: Bench) -> Iterator[None]:
    """Every DNS server is silent."""
    bench.world.ask("dns", False)
    yield
    bench.world.ask("dns", True)


@pytest.fixture
def no_slack(bench: Bench) -> Iterator[None]:
    """Slack's Web API and response URLs take every call and answer none."""
    bench.world.ask("web_api", False)
    yield
    bench.world.ask("web_api", True)
    bench.ours.settle()
