"""What a liar is."""

from __future__ import annotations

import random

from tests.simulation.world import World


class Liar:
    """Begins to lie about ``name``, or to everybody, and ends. ``dice`` decides how; it is this lie's own."""

    def __init__(self, world: World, name: str, dice: random.Random) -> None:
        self.world, self.name, self.dice = world, name, dice

    def begin(self) -> None:
        raise NotImplementedError

    def end(self) -> None:
        """Whatever can be put right is; by itself, as the world does."""
