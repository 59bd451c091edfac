"""The Store port on one SQLite file: WAL, ``synchronous=FULL``, one writing thread, one reading connection.

Opening refuses a file that a newer version wrote or another process holds, and leaves it readable by nobody else.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from sqlite_utils import Database

from bot.model.approval import Round
from bot.model.change import Change
from bot.model.domain import EmailDomain, Entry
from bot.model.lifecycle import Kind, State
from bot.model.outbox import Intent, Notice, Post
from bot.model.people import Identity, Person, Seen
from bot.model.store_stats import Vitals
from bot.ports import Clock
from storage import codec, domains, listing, maintenance, messages, posts
from storage.batched_looks import Repeats
from storage.database_file import connect, connect_read_only, hold, migrate, private
from storage.errors import SameFile, to_domain_error, unusable
from storage.sql import Queryable, batched, rows
from storage.stopped import Stopped
from storage.writer import INTENTION, Writer

T = TypeVar("T")

#: How long an acknowledgement may wait for its intention to be stored (seconds); Slack allows 3 in all.
TAKE_WITHIN = 2.0

#: Rows changed in one commit by what is in no hurry.
_TOGETHER = 1000


class SqliteStore:
    """See :class:`bot.ports.Store`."""

    def __init__(self, path: Path, clock: Clock, team: str | None = None) -> None:
        self.path = path
        self.team = team or ""
        self._clock = clock
        self.stopped = Stopped()  #: rows that this version cannot read
        try:
            self._lock = hold(path)
            try:
                self._open(path)
            except BaseException:
                os.close(self._lock)
                raise
        except (sqlite3.Error, OSError) as error:
            raise unusable(path, error) from None

    def _open(self, path: Path) -> None:
        private(path)
        migrate(path)
        self._same = SameFile(path, self._lock)
        self._writer = Writer(lambda: connect(path), self._same)
        self._repeats = Repeats(self._writer)
        self._reads = ThreadPoolExecutor(1, "db-reader")
        self._reader = self._reads.submit(connect_read_only, path).result()

    async def _write(self, work: Callable[[Database], T]) -> T:
        return await self._writer.run(work)

    async def rebind(self, work: Callable[[Database], T]) -> T:
        """What :mod:`storage.rebinding` does, in one transaction."""
        return await self._write(work)

    async def _read(self, work: Callable[[Queryable], T]) -> T:
        def guarded() -> T:
            self._same()
            return _guarded(lambda: work(self._reader))

        return await asyncio.get_running_loop().run_in_executor(self._reads, guarded)

    async def _aside(self, work: Callable[[], T]) -> T:
        """What takes long, on a connection of its own: neither reads nor writes wait for it."""
        return await asyncio.to_thread(_guarded, work)

    # ---- intentions

    async def take(self, intent: Intent) -> bool:
        return await self._writer.run(domains.take(intent), urgency=INTENTION, within=TAKE_WITHIN)

    async def finish(self, key: str) -> None:
        await self._write(domains.finish(self.team, key, self._clock.now()))

    async def keep(self, key: str) -> None:
        await self._write(domains.keep(self.team, key))

    async def unfinished(self) -> Sequence[Intent]:
        return await self._read(lambda db: domains.unfinished(db, self.stopped))

    # ---- domains

    async def domain(self, team: str, name: str) -> EmailDomain | None:
        return await self._read(lambda db: domains.domain(db, team, name))

    async def past(self, team: str, name: str, life: int) -> EmailDomain | None:
        return await self._read(lambda db: domains.past(db, team, name, life))

    async def domains(self, team: str) -> Sequence[EmailDomain]:
        return await self._read(lambda db: domains.domains(db, team, self.stopped))

    async def owned(self, team: str, owner: str, states: Sequence[State], most: int) -> Sequence[EmailDomain]:
        return await self._read(lambda db: domains.owned(db, team, owner, states, most, self.stopped))

    async def asked(self, team: str, most: int) -> Sequence[EmailDomain]:
        return await self._read(lambda db: domains.asked(db, team, most, self.stopped))

    async def names(self, team: str, among: Collection[str] | None = None) -> Mapping[str, State]:
        return await self._read(lambda db: listing.names(db, team, among))

    async def similar(self, team: str, name: str) -> Sequence[str]:
        return await self._read(lambda db: listing.similar(db, team, name))

    async def holder(self, key: str) -> str | None:
        return await self._read(lambda db: domains.holder(db, self.team, key))

    async def page(
        self, team: str, order: Sequence[State], number: int, size: int, words: Sequence[str] = (),
        seen: Seen | None = None,
    ) -> tuple[Sequence[EmailDomain], int, int]:  # fmt: skip
        return await self._read(lambda db: listing.page(db, team, order, number, size, words, seen, self.stopped))

    async def channels(self, team: str) -> Sequence[str]:
        return await self._read(lambda db: listing.channels(db, team))

    async def round(self, team: str, name: str, id: int) -> Round | None:
        return await self._read(lambda db: domains.round_(db, team, name, id))

    async def save(self, change: Change) -> EmailDomain:
        if change.again:
            return await self._repeats.save(change)
        return await self._write(domains.save(change))

    async def due(self, now: int, limit: int, skip: Collection[tuple[str, str]]) -> Sequence[EmailDomain]:
        return await self._read(lambda db: domains.due(db, now, limit, skip, self.stopped))

    async def due_after(self, instant: int) -> Sequence[EmailDomain]:
        return await self._read(lambda db: domains.due_after(db, self.team, instant, self.stopped))

    async def next_due(self) -> int | None:
        return await self._read(lambda db: domains.next_due(db, self.stopped))

    async def history(self, domain: EmailDomain, limit: int) -> Sequence[Entry]:
        return await self._read(lambda db: domains.history(db, domain, limit))

    # ---- messages

    async def sendable(self, now: int, limit: int, skip: Collection[str] = ()) -> Sequence[Notice]:
        return await self._read(lambda db: messages.sendable(db, now, limit, skip, self.stopped))

    async def next_sendable(self, after: int = 0) -> int | None:
        return await self._read(lambda db: messages.next_sendable(db, after))

    async def begin_sending(
        self, notice: Notice, owner: str, anchor: int, channel: str, thread: str | None
    ) -> Notice | None:
        return await self._write(messages.begin_sending(notice, owner, anchor, channel, thread))

    async def sent(self, notice: Notice, channel: str, ts: str, shown: str, version: int) -> None:
        await self._write(messages.sent(notice, channel, ts, shown, version))

    async def put_back(
        self, notice: Notice, not_before: int, problem: str | None = None, *, failed_at: int | None = None,
        aside: bool = False,
    ) -> None:  # fmt: skip
        await self._write(messages.put_back(notice, not_before, problem, failed_at, aside=aside))

    async def step_aside(self, notice: Notice, problem: str, failed_at: int) -> None:
        await self._write(messages.step_aside(notice, problem, failed_at))

    async def end(self, notice: Notice, why: str) -> None:
        await self._write(messages.end(notice, why, self._clock.now()))

    async def ambiguous(self, limit: int, skip: Collection[str] = ()) -> Sequence[Notice]:
        return await self._read(lambda db: messages.ambiguous(db, limit, skip, self.stopped))

    async def waiting(self, domain: EmailDomain) -> Sequence[Notice]:
        return await self._read(lambda db: messages.waiting(db, domain, self.stopped))

    async def hurry(self, domain: EmailDomain, *, afresh: bool = False) -> None:
        await self._write(messages.hurry(domain, afresh=afresh))

    async def hasten(self, instant: int) -> None:
        await self._write(messages.hasten(self.team, instant))

    async def card(self, domain: EmailDomain) -> Post | None:
        return await self._read(lambda db: posts.card(db, domain))

    async def stale_posts(self, now: int, limit: int, kinds: Sequence[Kind]) -> Sequence[tuple[Post, Notice]]:
        return await self._read(lambda db: posts.stale_posts(db, now, limit, kinds, self.stopped))

    async def shown(self, post: Post, hash: str, version: int) -> None:
        await self._write(posts.shown(post, hash, version))

    async def freeze(self, post: Post, hash: str) -> None:
        await self._write(posts.freeze(post, hash, self._clock.now()))

    async def look_again(self, key: str) -> None:
        await self._write(posts.look_again(self.team, key))

    async def retry_post(self, post: Post, at: int) -> None:
        await self._write(posts.retry_post(post, at))

    async def lost_post(self, post: Post, domain: EmailDomain) -> bool:
        return await self._write(posts.lost_post(post, domain, self._clock.now()))

    async def mark_all_stale(self, kinds: Sequence[Kind]) -> None:
        """In pieces: a database of years is not held for a second."""
        after: tuple[str, str] | None = ("", "")
        while after is not None:
            after = await self._write(posts.mark_stale(kinds, after, _TOGETHER))

    # ---- what is remembered

    async def remember(self, person: Person) -> None:
        await self._write(_upsert("people", team=person.team, id=person.id, body=codec.dump(_fields(person))))

    async def people(self, team: str) -> Sequence[Person]:
        return await self._read(
            lambda db: self.stopped.readable(
                "person", rows(db, "SELECT * FROM people WHERE team = ?", team), codec.person, ("team", "id")
            )
        )

    async def identity(self) -> Identity | None:
        found = await self._read(lambda db: rows(db, "SELECT * FROM identity LIMIT 1"))
        return next(iter(self.stopped.readable("identity", found, codec.identity, ("team",))), None)

    async def bound_team(self) -> str | None:
        """The workspace whose domains are in here; None in a new file.

        An older version noted every workspace it met: the one with the most domains is it.
        """
        found = await self._read(
            lambda db: rows(
                db,
                "SELECT team FROM identity ORDER BY (SELECT count(*) FROM domains d WHERE d.team = identity.team) DESC",
            )
        )
        return found[0]["team"] if found else None

    async def set_identity(self, identity: Identity) -> None:
        self.team = identity.team
        await self._write(_upsert("identity", team=identity.team, body=codec.dump(_fields(identity))))

    async def document(self, kind: str, key: str) -> dict[str, Any] | None:
        found = await self._read(
            lambda db: rows(
                db, "SELECT body FROM documents WHERE team = ? AND kind = ? AND key = ?", self.team, kind, key
            )
        )
        return codec.document(found[0]) if found else None

    async def documents(self, kind: str) -> Mapping[str, dict[str, Any]]:
        sql = "SELECT key, body FROM documents WHERE team = ? AND kind = ? ORDER BY key"
        found = await self._read(lambda db: rows(db, sql, self.team, kind))
        read = self.stopped.readable("document", found, lambda row: (row["key"], codec.document(row)), ("key",))
        return dict(read)

    async def put_document(self, kind: str, key: str, body: dict[str, Any] | None) -> None:
        if body is None:
            sql = "DELETE FROM documents WHERE team = ? AND kind = ? AND key = ?"
            await self._write(lambda db: _done(db.execute(sql, (self.team, kind, key))))
            return
        await self._write(_upsert("documents", team=self.team, kind=kind, key=key, body=codec.dump(body)))

    # ---- care

    async def check(self) -> str:
        """``ok``, or what SQLite finds wrong with the file."""
        return await self._aside(lambda: maintenance.integrity(self.path))

    async def checkpoint(self) -> bool:
        return await self._aside(lambda: maintenance.checkpoint(self.path))

    async def vitals(self, now: int) -> Vitals:
        return await self._read(lambda db: maintenance.vitals(db, now))

    async def tidy(self, wishes: int, lives: int) -> Mapping[str, int]:
        """Forget what nothing asks for any more (see :mod:`storage.maintenance`); how many of each."""
        old, past = await self._aside(lambda: maintenance.forgettable(self.path, wishes, lives))
        for keys in batched(old, maintenance.TOGETHER):
            await self._write(maintenance.forget_wishes(keys))
        for keys in batched(past, maintenance.TOGETHER):
            await self._write(maintenance.forget_messages(keys))
        await self._write(domains.forget_past)
        return {"intentions": len(old), "messages": len(past)}

    def lost(self) -> str | None:
        """Why nothing is stored any more, at once and without a question to the database; None while all is well."""
        return self._writer.ended or self._same.lost()

    async def probe(self) -> None:
        """One empty transaction. Raises ``StorageBusy`` where nothing can be written now."""
        await self._writer.run(lambda _: None, urgency=INTENTION, within=TAKE_WITHIN)

    async def close(self) -> None:
        """Whatever part of it fails, the lock is let go."""
        try:
            await asyncio.to_thread(self._writer.close)
        finally:
            try:
                await asyncio.get_running_loop().run_in_executor(self._reads, self._reader.close)
                self._reads.shutdown()
            finally:
                os.close(self._lock)


def _guarded(work: Callable[[], T]) -> T:
    try:
        return work()
    except sqlite3.Error as error:
        raise to_domain_error(error) from None


def _done(_: object) -> None:
    """For statements whose result nobody needs."""


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def _upsert(table: str, **row: str) -> Callable[[Database], None]:
    names = ", ".join(row)
    sql = f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({', '.join('?' * len(row))})"

    def work(db: Database) -> None:
        db.execute(sql, tuple(row.values()))

    return work
