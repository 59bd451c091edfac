"""The one thread that writes: intentions first, everything that waits in one commit.

Four rules make sqlite-utils safe here: RETURNING only inside a transaction; nothing is awaited inside one
(the functions are plain); a transaction takes the write lock when it begins (``BEGIN IMMEDIATE``); one thread owns
the connection. WAL with ``synchronous=FULL``: a commit that was reported survives a power cut.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

import structlog
from sqlite_utils import Database

from bot.errors import StorageBusy
from storage.errors import is_broken, to_domain_error

log = structlog.get_logger(__name__)

T = TypeVar("T")

#: Lower goes first.
INTENTION, NORMAL = 0, 1

#: Jobs committed together at most; bounds how long an intention waits behind others (twice where one of them fails).
_TOGETHER = 128

_CLOSE_WITHIN = 5.0  #: seconds for what is under way when the writer is closed

#: Results handed over before the loop gets its turn.
_BREATH = 16


class _Job:
    """One function to run inside the next transaction, and where its result goes."""

    def __init__(self, work: Callable[[Database], Any], loop: asyncio.AbstractEventLoop, urgency: int = NORMAL) -> None:
        self.work, self.loop, self.urgency = work, loop, urgency
        self.future: asyncio.Future[Any] = loop.create_future()
        self._lock = threading.Lock()
        self._state = "waiting"

    def _leave(self, state: str) -> bool:
        with self._lock:
            if self._state != "waiting":
                return False
            self._state = state
            return True

    def claim(self) -> bool:
        """The writer takes it; False if whoever asked has given up."""
        return self._leave("running")

    def abandon(self) -> bool:
        """Whoever asked gives up; False if it is too late and the result must be awaited."""
        return self._leave("abandoned")

    def settle(self, result: Any, error: BaseException | None) -> None:
        """In the loop's own thread."""
        if self.future.done():
            return
        if error is not None:
            self.future.set_exception(error)
        else:
            self.future.set_result(result)


Outcomes = list[tuple[_Job, Any, BaseException | None]]


def _tell(outcomes: Outcomes) -> None:
    """Every result of a commit at once: waking a loop costs as much as writing a row."""
    for loop in {job.loop for job, _, _ in outcomes}:
        own = [outcome for outcome in outcomes if outcome[0].loop is loop]
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to tell, and the rows are on disk
            loop.call_soon_threadsafe(_settle, own)


def _settle(outcomes: Outcomes) -> None:
    """In their own loop, which gets its turn in between: whoever waited goes on at once."""
    for job, result, error in outcomes[:_BREATH]:
        job.settle(result, error)
    if rest := outcomes[_BREATH:]:
        rest[0][0].loop.call_soon(_settle, rest)


class Writer:
    """Runs functions of a ``Database`` in one thread; each is atomic, those that wait share a commit.

    Once the thread has ended, whatever ended it, nobody waits for it: everything raises ``StorageBusy``.
    """

    ended: str | None = None  #: why nothing is written any more

    def __init__(self, connect: Callable[[], Database], guard: Callable[[], None] = lambda: None) -> None:
        """``guard`` is called before each transaction, and raises where there must be none."""
        self._connect, self._guard = connect, guard
        self._opened: Future[None] = Future()
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._claimed: list[_Job] = []  # whoever waits for the transaction under way
        self._ending = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="db-writer", daemon=True)
        self._thread.start()
        self._opened.result()

    async def run(self, work: Callable[[Database], T], *, urgency: int = NORMAL, within: float | None = None) -> T:
        """The result of ``work``, committed. After ``within`` seconds it is surely not done: ``StorageBusy``.

        ``work`` may be run twice: what it did is undone where another one fails that shares its commit.
        """
        job = self._put(work, urgency)
        if within is not None:
            done, _ = await asyncio.wait([job.future], timeout=within)
            if not done and job.abandon():
                raise StorageBusy("the database is busy")
        return await job.future  # type: ignore[no-any-return]

    def begin(self, work: Callable[[Database], T]) -> asyncio.Future[T]:
        """As :meth:`run`, on its way at once."""
        return self._put(work, NORMAL).future

    def _put(self, work: Callable[[Database], Any], urgency: int) -> _Job:
        job = _Job(work, asyncio.get_running_loop(), urgency)
        with self._ending:
            if self.ended is None:
                self._queue.put(job)
                return job
        job.settle(None, StorageBusy(self.ended))
        return job

    def close(self) -> None:
        """Commit what waits, then stop. Raises ``TimeoutError`` where what is under way does not end."""
        self._queue.put(None)
        self._thread.join(_CLOSE_WITHIN)
        if self._thread.is_alive():
            self._end("the database does not answer, and the bot stops")
            raise TimeoutError("the thread that writes into the database does not end")

    def _run(self) -> None:
        try:
            db = self._connect()
        except BaseException as error:  # noqa: BLE001 - raised again where the writer is made
            self._opened.set_exception(error)
            return
        self._opened.set_result(None)
        waiting: list[_Job] = []
        why = "the database is closed"
        try:
            self._serve(db, waiting)
        except BaseException as error:  # a bug, or no memory: said, not passed over
            why = f"the thread that writes has ended ({type(error).__name__}: {error}); restart the bot"
            log.critical("nothing can be stored any more", why=why, exc_info=error)
        finally:
            self._end(why, waiting)
            db.close()

    def _serve(self, db: Database, waiting: list[_Job]) -> None:
        """Until it is told to end, and nothing waits."""
        stop = False
        while waiting or not stop:
            stop = self._gather(waiting) or stop
            waiting.sort(key=lambda job: job.urgency)  # a stable sort: of equal ones who came first goes first
            self._claimed = [job for job in waiting[:_TOGETHER] if job.claim()]
            del waiting[:_TOGETHER]
            if self._claimed:
                self._commit(db, self._claimed)
                self._claimed = []

    def _end(self, why: str, waiting: Sequence[_Job] = ()) -> None:
        """Whoever waits is told, and whoever comes later."""
        with self._ending:
            self.ended = self.ended or why
        left = [*self._claimed, *waiting]
        with contextlib.suppress(queue.Empty):
            while True:
                job = self._queue.get_nowait()
                if job is not None:
                    left.append(job)
        _tell([(job, None, StorageBusy(self.ended)) for job in left])

    def _gather(self, waiting: list[_Job]) -> bool:
        """Takes whatever is there, and waits where there is nothing; whether the end was among it."""
        taken = [] if waiting else [self._queue.get()]
        with contextlib.suppress(queue.Empty):
            while True:
                taken.append(self._queue.get_nowait())
        waiting += [job for job in taken if job is not None]
        return None in taken

    def _commit(self, db: Database, jobs: list[_Job]) -> None:
        outcomes: Outcomes = []
        try:
            self._guard()
            outcomes = _all(db, jobs) or _each(db, jobs)
        except Exception as error:  # noqa: BLE001 - whatever broke the transaction broke it for every job in it
            with contextlib.suppress(Exception):  # where even that fails the next transaction fails, too, and says so
                if db.conn.in_transaction:
                    db.execute("ROLLBACK")
            outcomes = [(job, None, to_domain_error(error)) for job in jobs]
        _tell(outcomes)


def _all(db: Database, jobs: list[_Job]) -> Outcomes | None:
    """What all of them did, committed; None, with nothing done, where one failed."""
    db.execute("BEGIN IMMEDIATE")
    try:
        outcomes: Outcomes = [(job, job.work(db), None) for job in jobs]
    except Exception as error:
        if is_broken(error):
            raise  # full disk, damage: there is no second try
        db.execute("ROLLBACK")
        return None
    db.execute("COMMIT")
    return outcomes


def _each(db: Database, jobs: list[_Job]) -> Outcomes:
    """One failure leaves the others' work in place. That costs two statements a job, so it is done when needed."""
    db.execute("BEGIN IMMEDIATE")
    outcomes = [(job, *_in_savepoint(db, job.work)) for job in jobs]
    db.execute("COMMIT")
    return outcomes


def _in_savepoint(db: Database, work: Callable[[Database], Any]) -> tuple[Any, BaseException | None]:
    """One job's failure leaves the others' work in place."""
    db.execute("SAVEPOINT job")
    try:
        result = work(db)
    except Exception as error:
        if is_broken(error):
            raise  # full disk, damage: the whole transaction is lost
        db.execute("ROLLBACK TO job")
        db.execute("RELEASE job")
        return None, error  # it goes to whoever asked
    db.execute("RELEASE job")
    return result, None
