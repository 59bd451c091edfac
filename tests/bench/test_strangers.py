"""Acknowledgements beside strangers at the HTTP port: at most three times those at rest."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.bench.figures import median, percentile
from tests.bench.load import one_by_one, prepared
from tests.bench.processes import Process, Server, World

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

#: Commands, and seconds between two of them.
N, GAP = 300, 0.01
#: Seconds until strangers are all there.
_GATHERING = 8.0


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Server, Path]]:
    folder = tmp_path_factory.mktemp("strangers")
    with ExitStack() as stack:
        world = stack.enter_context(World(folder))
        yield world, stack.enter_context(world.bot(folder)), folder


def acknowledged(bot: tuple[World, Server, Path]) -> list[float]:
    """Milliseconds of each, one after another, with a connection of its own for every thirtieth."""
    world, server, _ = bot
    took: list[float] = []
    for _ in range(10):
        texts = ["status nobody.xyzcorp.com"] * (N // 10)
        took += one_by_one(server.port, prepared(world.ask("bodies", texts), world.secret), b"", GAP)
    server.settle()
    return took


@pytest.mark.parametrize("kind", ["gzip", "silent", "slow"])
def test_acknowledgements_beside_strangers(bot: tuple[World, Server, Path], kind: str) -> None:
    _, server, folder = bot
    acknowledged(bot)
    rest = acknowledged(bot)
    with Process("-m", "tests.bench.strangers", kind, str(server.port), cwd=folder) as strangers:
        time.sleep(_GATHERING)
        assert strangers.process.poll() is None
        beside = acknowledged(bot)
    for name, share in (("median", 0.5), ("p95", 0.95)):
        ours, quiet = percentile(beside, share), percentile(rest, share)
        print(f"{kind}: {name} {ours:.2f} ms, at rest {quiet:.2f} ms, {ours / quiet:.1f} times")  # noqa: T201
    print(f"{kind}: slowest {max(beside):.0f} ms, at rest {max(rest):.0f} ms; {server.megabytes:.0f} MB")  # noqa: T201
    assert median(beside) <= 3 * median(rest)
    assert max(beside) < 3_000, "Slack waits no longer"
