"""Looks that found what the last one found: most writes by far. Those of one moment are one statement."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from sqlite_utils import Database

from bot.errors import Superseded
from bot.model.change import Change
from bot.model.domain import EmailDomain
from storage import codec, domains
from storage.writer import Writer

#: Nothing is written anew but when it was seen again, and when the next look is. The index is named, as SQLite would
#: rather read every domain than believe how few there are to write.
_AGAIN = """
    UPDATE domains INDEXED BY sqlite_autoindex_domains_1
    SET version = k.version + 1, due_at = k.due_at,
        body = json_set(body, '$.look.at', k.seen_at, '$.next_look_at', k.next_look_at)
    FROM (
        SELECT json_extract(value, '$[0]') AS team, json_extract(value, '$[1]') AS name,
            json_extract(value, '$[2]') AS version, json_extract(value, '$[3]') AS due_at,
            json_extract(value, '$[4]') AS seen_at, json_extract(value, '$[5]') AS next_look_at
        FROM json_each(?)
    ) k
    WHERE domains.team = k.team AND domains.name = k.name AND domains.version = k.version"""


class Repeats:
    """Gathers what is saved in one turn of the loop."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._waiting: list[tuple[Change, asyncio.Future[bool]]] = []

    async def save(self, change: Change) -> EmailDomain:
        """The domain as saved. Where somebody was faster with one of them, or anything else was wrong, each is saved
        by itself and hears what is wrong with it."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._begin)
        done: asyncio.Future[bool] = loop.create_future()
        self._waiting.append((change, done))
        if not await done:
            return await self._writer.run(domains.save(change))
        return domains.saved(change)

    def _begin(self) -> None:
        waiting, self._waiting = self._waiting, []
        begun = self._writer.begin(_again([change.after for change, _ in waiting]))
        begun.add_done_callback(partial(_tell, [done for _, done in waiting]))


def _again(each: list[EmailDomain]) -> Callable[[Database], None]:
    values = [[*one.id, one.version, one.due_at, one.look and one.look.at, one.next_look_at] for one in each]

    def work(db: Database) -> None:
        if db.execute(_AGAIN, (codec.dump(values),)).rowcount != len(values):
            raise Superseded(each[0].name)

    return work


def _tell(waiting: list[asyncio.Future[bool]], begun: asyncio.Future[None]) -> None:
    fine = begun.exception() is None
    for done in waiting:
        if not done.cancelled():
            done.set_result(fine)
