"""Asking SQLite: rows by name, from the writer's connection or the reader's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from storage.codec import Row

T = TypeVar("T")


class Queryable(Protocol):
    """A connection that answers with rows by name: the writer's or the reader's."""

    def execute(self, sql: str, parameters: Any = ..., /) -> Any: ...


def rows(db: Queryable, sql: str, *values: Any) -> list[Row]:
    cursor = db.execute(sql, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def batched(values: Sequence[T], size: int) -> list[Sequence[T]]:
    return [values[n : n + size] for n in range(0, len(values), size)]
