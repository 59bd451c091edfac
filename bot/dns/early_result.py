"""What is known of a domain a moment after somebody asked, while some server is still silent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.model.diagnosis.case import Context
from bot.model.diagnosis.table import diagnose
from bot.model.look import Answer, Look, RecordLook, Status
from bot.model.records import DnsRecord

if TYPE_CHECKING:
    from bot.ports import Clock

#: Seconds after which what is known is told.
EARLY_AFTER = 0.1


_NOT_RIGHT = (Status.WRONG, Status.MISSING)


class EarlyResult:
    """Collects authoritative answers and tells ``early`` of them once, after a moment, when they say something."""

    def __init__(
        self, name: str, records: tuple[DnsRecord, ...], clock: Clock, early: Callable[[Look], None] | None
    ) -> None:
        self._name, self._clock, self._early = name, clock, early
        self._answers: dict[DnsRecord, list[Answer]] = {record: [] for record in records}
        self._timer = asyncio.get_running_loop().call_later(EARLY_AFTER, self._tell) if early else None

    def heard(self, record: DnsRecord, answer: Answer) -> None:
        self._answers[record].append(answer)

    def cancel(self) -> None:
        if self._timer:
            self._timer.cancel()

    def _tell(self) -> None:
        looks = tuple(RecordLook(record, tuple(answers)) for record, answers in self._answers.items())
        useful = all(one.published for one in looks) or any(one.status in _NOT_RIGHT for one in looks)
        if self._early is None or not useful:
            self._timer = asyncio.get_running_loop().call_later(EARLY_AFTER / 4, self._tell)
            return
        now = self._clock.now()
        # Where else something may stand was not looked at yet: only what the values themselves show is named.
        told = tuple(f for f in diagnose(self._name, looks, Context(), now=now) if f.kind in ("wrong", "missing"))
        self._early(Look(name=self._name, at=now, records=looks, findings=told))
