"""Connections that nobody reads: told after two greetings a minute apart, and only then."""

from __future__ import annotations

import pytest

from bot.slack.ghosts import Ghosts


class Told:
    """Greetings at given seconds, and what was said of them."""

    def __init__(self, alive: int = 1) -> None:
        self.at, self.said = 0.0, list[int]()
        self.ghosts = Ghosts(lambda: self.at, self.said.append, lambda: alive)

    def hello(self, at: float, connections: int) -> None:
        self.at = at
        self.ghosts.hello(connections)


@pytest.mark.parametrize(
    ("hellos", "said"),
    [
        pytest.param([(0, 1)], [0], id="one connection is ours"),
        pytest.param([(0, 2)], [], id="one greeting proves nothing"),
        pytest.param([(0, 2), (59, 2)], [], id="two within a minute: one takes the other's place"),
        pytest.param([(0, 2), (60, 2)], [1], id="two a minute apart"),
        pytest.param([(0, 2), (30, 2), (60, 3)], [2], id="as many as there are now"),
        pytest.param([(0, 2), (30, 1), (60, 2)], [0], id="it was one of ours, and then another one"),
        pytest.param([(0, 2), (60, 2), (70, 2), (7200, 2)], [1], id="said once"),
        pytest.param([(0, 2), (60, 2), (7200, 1), (7300, 2), (9000, 2)], [1, 0, 1], id="gone, and back again"),
    ],
)
def test_when_it_is_told(hellos: list[tuple[float, int]], said: list[int]) -> None:
    told = Told()
    for at, connections in hellos:
        told.hello(at, connections)
    assert told.said == said
    assert told.ghosts.certain == (said[-1] if said else 0)
    assert told.ghosts.connections == hellos[-1][1]


def test_replicas_are_no_ghosts() -> None:
    told = Told(alive=2)
    told.hello(0, 2)
    told.hello(60, 2)
    told.hello(120, 3)
    told.hello(200, 3)
    assert told.said == [0, 1]
