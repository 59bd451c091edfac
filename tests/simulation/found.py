"""What this search has found in the bot: the seed, and the shortest story that showed it. None of it may come back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from tests.simulation.acts import Happening

_NEWS, _SHOP = "news.xyzcorp.com", "shop.xyzcorp.com"


class Found(NamedTuple):
    """``rule`` was broken by ``events`` in the world of ``seed``."""

    seed: int
    rule: str
    events: Sequence[Happening]


def _helps(*seconds: float) -> list[Happening]:
    return [Happening(at, "people help") for at in seconds]


FOUND: Mapping[str, Found] = MappingProxyType(
    {
        # The last look before the wish could ask nobody, and with it the servers of before were forgotten: one that
        # had left the zone within two days was not asked before the deletion.
        "a server forgotten before the wish": Found(
            2, "polled",
            [
                Happening(205.75, "wish", _SHOP, ("keep",)),
                *_helps(378.4, 423.4, 478.4, 7042.1, 7200.7, 8645.8, 15128.6, 15666.3),
                Happening(425.3, "lie", _NEWS, ("the registry holds the domain", "14400.0", "lie 8")),
                Happening(7070.7, "wish", _SHOP, ("remove",)),
                Happening(7518.7, "lie", _NEWS, ("deleted by somebody", "1.0", "lie 2")),
                Happening(8810.2, "lie", _SHOP, ("the zone moves", "900.0", "lie 3")),
            ],
        ),
    }
)  # fmt: skip
