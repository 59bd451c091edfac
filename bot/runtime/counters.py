"""Counting what happens, by a few words each: for metrics, whose labels must stay few whatever the world sends."""

from __future__ import annotations

from collections.abc import Iterator

#: What is counted once there are too many different things.
OTHER = "other"


class LabelledCounter:
    """``add("chat.postMessage", "ratelimited")``; beyond ``limit`` different things, the last word is *other*."""

    def __init__(self, limit: int = 100) -> None:
        self._limit = limit
        self._counts: dict[tuple[str, ...], int] = {}

    def add(self, *words: str) -> None:
        if words not in self._counts and len(self._counts) >= self._limit:
            words = (*words[:-1], OTHER)
        self._counts[words] = self._counts.get(words, 0) + 1

    def __iter__(self) -> Iterator[tuple[tuple[str, ...], int]]:
        return iter(tuple(self._counts.items()))
