"""File descriptors: the soft limit goes up, and some are kept back for the bot's own calls."""

from __future__ import annotations

import resource

import pytest

from bot.runtime import descriptors


def test_descriptors_are_kept_back_for_our_own_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = {"now": (1024, 1024)}
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits["now"])
    monkeypatch.setattr(descriptors, "_opened", lambda: 40)
    assert descriptors.connection_limit() == 512
    limits["now"] = (256, 256)
    assert descriptors.connection_limit() == 256 - 40 - 64
    limits["now"] = (64, 64)
    assert descriptors.connection_limit() == 1
    limits["now"] = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    assert descriptors.connection_limit() == 512


@pytest.mark.parametrize(
    ("soft", "hard", "raised"),
    [(256, 1024, 1024), (1024, 1_000_000, 4096), (1024, resource.RLIM_INFINITY, 4096), (8192, 8192, None),
     (1024, 1024, None)],
)  # fmt: skip
def test_the_soft_limit_is_raised_at_start(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, raised: int | None
) -> None:
    made: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _, both: made.append(both))
    descriptors.raise_limit()
    assert made == ([] if raised is None else [(raised, hard)])
