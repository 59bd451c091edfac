"""The wire: questions to servers, over UDP and, where it must be, TCP. Nothing here judges an answer.

Many questions share few sockets (:mod:`bot.dns.sockets`); each is known by its id and its exact letters, and noise is
ignored until the time is up. Nobody is asked more than his share (:mod:`bot.dns.gate`).
"""

from __future__ import annotations

import asyncio
import ipaddress
import itertools
from collections.abc import Callable

from bot.dns.gate import Gate, Peer
from bot.dns.pacing import Budget, usual
from bot.dns.sockets import Address, Channel, Sockets, unsent
from bot.dns.tcp import over_tcp
from bot.dns.wire import BadQuestion, Noise, Outcome, Question, Reply

#: Seconds between two looks at what has run out of time, and between two at what is idle.
_TICK, _TIDY = 0.02, 0.5

#: Questions given up or repeated before the loop gets its turn.
_BREATH = 200

#: Connections at once: with the UDP sockets fewer than 64 file descriptors.
_CONNECTIONS = 16

#: Looking up a member of an enum costs as much as a call before Python 3.12.
_ANSWER, _FOREIGN = Outcome.ANSWER, Noise.FOREIGN


class _Flight:
    """One question under way, what was sent for it, and who waits for its answer."""

    __slots__ = ("broken", "due", "engine", "key", "left", "more", "peer", "question", "recased", "task",
                 "timeout", "tries", "via", "waiters")  # fmt: skip

    def __init__(
        self,
        engine: Engine,
        peer: Peer[_Flight],
        key: bytes,
        question: Question,
        patience: tuple[float, int],
        waiter: asyncio.Future[Reply],
    ) -> None:
        self.engine, self.peer, self.key, self.question = engine, peer, key, question
        self.timeout, self.tries = patience
        self.left = self.tries
        self.broken = self.recased = False
        self.due = 0.0
        self.via: Channel | None = None  # of the first try; most have no other
        self.more: tuple[tuple[Channel, Question], ...] = ()
        self.task: asyncio.Task[None] | None = None
        self.waiters: tuple[asyncio.Future[Reply], ...] = (waiter,)

    @property
    def where(self) -> Address:
        return self.peer.where

    def send(self, question: Question) -> None:
        try:
            channel = self.engine.sockets.send(asyncio.get_running_loop(), question, self)
        except OSError as why:
            self.unsent(why)
            return
        if question is self.question:
            self.via = channel
        else:
            self.more += ((channel, question),)

    def again(self) -> None:
        """One more try. What was sent before may still be answered."""
        self.left -= 1
        self.recased = False
        self.send(self.question.again())

    def heard(self, data: bytes) -> bool:
        question, found = self.question, self.question.read(data)
        for _, other in self.more:
            if found is _FOREIGN:
                question, found = other, other.read(data)
        if found is _FOREIGN:
            return True
        if isinstance(found, Noise):
            # Some servers change the letters' case: asked once more in small ones, and with another id. The first
            # question stays open, since a forger may have sent this.
            if not self.recased:
                self.recased = True
                self.send(question.again(plain=True))
            return True
        if found.outcome is not _ANSWER:
            self.broken = True  # may be forged: keep listening
            return False
        if found.truncated:
            self.engine.connect(self, found)
        else:
            self.engine.end(self, found)
        return True

    def refused(self, packet: bytes | None) -> None:
        if packet is None or packet in (self.question.packet, *(other.packet for _, other in self.more)):
            self.engine.end(self, Reply(Outcome.CLOSED))

    def unsent(self, why: OSError) -> None:
        """A first question that cannot be sent for want of a route was never asked; any other one is lost."""
        if unsent(why) is Outcome.NOT_ASKED and self.left == self.tries - 1:
            self.engine.end(self, Reply(Outcome.NOT_ASKED))

    def forget(self) -> None:
        """What comes back from now on is noise."""
        if self.via:
            self.via.forget(self.question)
            self.via = None
        for channel, question in self.more:
            channel.forget(question)
        self.more = ()


class Engine:
    """Asks questions; at most ``concurrency`` at once, equal ones only once, each server within its budget.

    ``budgets`` gives that of an address and whether it is asked as a resolver; tests and measurements lift it.
    """

    def __init__(self, *, concurrency: int = 20_000, budgets: Callable[[str, bool], Budget] = usual) -> None:
        self._gate: Gate[_Flight] = Gate(concurrency, self._launch)
        self._budgets = budgets
        self._peers: dict[tuple[str, int, bool], Peer[_Flight]] = {}
        self.sockets = Sockets()
        self._lines: dict[float, dict[_Flight, None]] = {}  # by time-out: each is in the order of running out
        self._ticker: asyncio.TimerHandle | None = None
        self._tidied = 0.0
        self._connections = asyncio.Semaphore(_CONNECTIONS)
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    async def ask(
        self,
        name: str,
        rdtype: str,
        server: str,
        port: int,
        *,
        recursive: bool,
        tcp: bool = False,
        unchecked: bool = False,
        timeout: float = 0.4,
        tries: int = 3,
    ) -> Reply:
        """The server's answer, or how it failed; raises nothing.

        ``timeout`` in seconds for each of ``tries`` datagrams: the answer may come until the last has run out. Over
        TCP there is one try with all that time. ``unchecked`` sets CD: a validating resolver is not to validate.
        Whoever asks the same of the same server meanwhile shares the answer. A question that must wait for its turn
        has all its time from then on.
        """
        if self._closed:
            return Reply(Outcome.TIMEOUT)
        try:
            question = Question(name, rdtype, recursive=recursive, unchecked=unchecked)
            peer = self._peers.get((server, port, recursive)) or self._peer(server, port, recursive)
        except BadQuestion:
            return Reply(Outcome.MALFORMED)
        except ValueError:
            return Reply(Outcome.NOT_ASKED)  # no address
        key = b"tcp " + question.key if tcp else question.key
        waiter: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        flight = peer.known.get(key)
        if flight is None:
            flight = peer.known[key] = _Flight(self, peer, key, question, (timeout, tries), waiter)
            self._gate.enter(peer, flight, asyncio.get_running_loop().time())
        else:
            flight.waiters += (waiter,)
        try:
            return await waiter
        except asyncio.CancelledError:
            flight.waiters = tuple(other for other in flight.waiters if other is not waiter)
            if not flight.waiters:
                self.end(flight, Reply(Outcome.TIMEOUT))
            raise

    async def close(self) -> None:
        """Ends every question that is under way; whoever waits gets a timeout. Later questions do, too."""
        self._closed = True
        for peer in tuple(self._peers.values()):
            for flight in tuple(peer.known.values()):
                self.end(flight, Reply(Outcome.TIMEOUT))
            if peer.timer:
                peer.timer.cancel()
        if self._ticker:
            self._ticker.cancel()
            self._ticker = None
        self._peers.clear()
        self._lines.clear()
        self.sockets.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def end(self, flight: _Flight, reply: Reply) -> None:
        """The flight is over; nothing of it is left but what its waiters got."""
        known = flight.peer.known
        if known.get(flight.key) is not flight:
            return
        del known[flight.key]
        line = self._lines.get(flight.timeout)
        if line:
            line.pop(flight, None)
        flight.forget()
        if flight.task:
            flight.task.cancel()
        for waiter in flight.waiters:
            if not waiter.done():
                waiter.set_result(reply)
        self._gate.leave(flight.peer, flight)

    def connect(self, flight: _Flight, cut: Reply | None = None) -> None:
        """Asks over TCP; ``cut`` is what we have without."""
        flight.forget()
        self._lines.get(flight.timeout, {}).pop(flight, None)
        flight.task = task = asyncio.get_running_loop().create_task(self._over_tcp(flight, cut))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _over_tcp(self, flight: _Flight, cut: Reply | None) -> None:
        async with self._connections:
            reply = await over_tcp(flight.question, flight.where, flight.timeout * flight.tries)
        flight.task = None
        self.end(flight, reply if cut is None or reply.outcome is Outcome.ANSWER else cut)

    def _launch(self, flight: _Flight) -> None:
        if flight.key.startswith(b"tcp "):
            self.connect(flight)
            return
        flight.left -= 1
        flight.send(flight.question)
        self._wait(flight)

    def _wait(self, flight: _Flight) -> None:
        """Gives it the time of one try."""
        flight.due = asyncio.get_running_loop().time() + flight.timeout
        line = self._lines.get(flight.timeout)
        if line is None:
            line = self._lines[flight.timeout] = {}
            self._tick(_TICK)
        line[flight] = None

    # ---- time

    def _tick(self, seconds: float) -> None:
        if self._ticker:
            self._ticker.cancel()
        self._ticker = asyncio.get_running_loop().call_later(seconds, self._sweep)

    def _sweep(self) -> None:
        """Gives up or repeats what has run out of time; now and then closes what is idle."""
        self._ticker = None
        now = asyncio.get_running_loop().time()
        late: list[_Flight] = []
        for timeout, line in tuple(self._lines.items()):
            due = itertools.takewhile(lambda flight: flight.due <= now, line)
            late.extend(itertools.islice(due, _BREATH - len(late)))
            if not line:
                del self._lines[timeout]
        for flight in late:
            self._late(flight)
        if now - self._tidied > _TIDY:
            self._tidied = now
            self.sockets.tidy(now)
            idle = [at for at, peer in self._peers.items() if not peer.known and peer.bucket.full(now)]
            for at in idle:
                del self._peers[at]
        if self._lines:
            self._tick(_TICK if len(late) < _BREATH else 0)
        elif self._peers or len(self.sockets):
            self._tick(_TIDY)

    def _late(self, flight: _Flight) -> None:
        if self._lines.get(flight.timeout, {}).pop(flight, flight) is flight:
            return  # over, for a reason of this very sweep
        if flight.left > 0:
            flight.peer.bucket.owe(asyncio.get_running_loop().time())
            flight.again()
            self._wait(flight)
        else:
            self.end(flight, Reply(Outcome.MALFORMED if flight.broken else Outcome.TIMEOUT))

    def _peer(self, server: str, port: int, recursive: bool) -> Peer[_Flight]:
        """Raises ValueError where ``server`` is no address."""
        address = str(ipaddress.ip_address(server))  # as the kernel writes it, which is compared
        peer: Peer[_Flight] = Peer((address, port), self._budgets(address, recursive))
        self._peers[server, port, recursive] = peer
        return peer
