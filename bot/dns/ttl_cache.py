"""What is remembered between looks: a bounded map whose entries end by themselves."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Cache(Generic[K, V]):
    """Least recently used entries go first; an entry lives for the seconds it was given, at most ``longest``."""

    def __init__(self, size: int, longest: float, monotonic: Callable[[], float]) -> None:
        self._size, self._longest, self._monotonic = size, longest, monotonic
        self._held: OrderedDict[K, tuple[float, V]] = OrderedDict()

    def put(self, key: K, value: V, seconds: float) -> None:
        self._held[key] = (self._monotonic() + min(seconds, self._longest), value)
        self._held.move_to_end(key)
        while len(self._held) > self._size:
            self._held.popitem(last=False)

    def get(self, key: K) -> V | None:
        held = self._held.get(key)
        if held is None:
            return None
        if held[0] <= self._monotonic():
            del self._held[key]
            return None
        self._held.move_to_end(key)
        return held[1]

    def forget(self, key: K) -> None:
        self._held.pop(key, None)

    def __len__(self) -> int:
        return len(self._held)
