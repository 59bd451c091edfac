"""The wire: questions to servers, over UDP and, where it must be, TCP. Nothing here judges an answer.

Many questions share few sockets (:mod:`bot.dns.sockets`); each is known by its id and its exact letters, and noise is
ignored until the time is up. Nobody is asked more than his share (:mod:`bot.dns.gate`).
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections import deque
from collections.abc import Callable

from bot.dns.gate import Gate, Peer
from bot.dns.pacing import Budget, usual
from bot.dns.sockets import Channel, Sockets, unsent
from bot.dns.tcp import over_tcp
from bot.dns.wire import BadQuestion, Noise, Outcome, Question, Reply

#: Seconds between two looks at what has run out of time, and between two at what is idle.
_TICK, _TIDY = 0.02, 0.5

#: Questions given up or repeated before the loop gets its turn.
_BREATH = 200

#: Connections at once: with the UDP sockets fewer than 64 file descriptors.
_CONNECTIONS = 16


class _Flight:
    """One question under way, what was sent for it, and who waits for its answer."""

    __slots__ = ("broken", "due", "engine", "key", "left", "peer", "question", "recased", "sent", "task", "timeout",
                 "tries", "waiters", "where")  # fmt: skip

    def __init__(
        self, engine: Engine, peer: Peer[_Flight], key: bytes, question: Question, timeout: float, tries: int
    ) -> None:
        self.engine, self.peer, self.key, self.question = engine, peer, key, question
        self.timeout, self.tries, self.left, self.due = timeout, tries, tries, 0.0
        self.where = peer.where
        self.broken = self.recased = False
        self.sent: list[tuple[Channel, Question]] = []
        self.waiters: list[asyncio.Future[Reply]] = []
        self.task: asyncio.Task[None] | None = None

    def heard(self, question: Question, found: Reply | Noise) -> None:
        self.engine.heard(self, question, found)

    def refused(self) -> None:
        self.engine.end(self, Reply(Outcome.CLOSED))


class Engine:
    """Asks questions; at most ``concurrency`` at once, equal ones only once, each server within its budget.

    ``budgets`` gives that of an address and whether it is asked as a resolver; tests and measurements lift it.
    """

    def __init__(self, *, concurrency: int = 20_000, budgets: Callable[[str, bool], Budget] = usual) -> None:
        self._gate: Gate[_Flight] = Gate(concurrency, self._launch)
        self._budgets = budgets
        self._peers: dict[tuple[str, int, bool], Peer[_Flight]] = {}
        self._sockets = Sockets()
        self._lines: dict[float, deque[_Flight]] = {}  # by time-out, so that each is in the order of running out
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
            flight = peer.known[key] = _Flight(self, peer, key, question, timeout, tries)
            flight.waiters.append(waiter)
            self._gate.enter(peer, flight)
        else:
            flight.waiters.append(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            flight.waiters.remove(waiter)
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
        self._sockets.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # ---- what happens to a flight

    def heard(self, flight: _Flight, question: Question, found: Reply | Noise) -> None:
        """Something came back for ``question``, one of those sent for ``flight``.

        Where it comes in other letters (some servers change their case), it is asked once more in small letters and
        with another id; the first one stays open, since a forger may have sent this.
        """
        if isinstance(found, Noise):
            if not flight.recased:
                flight.recased = True
                self._send(flight, question.again(plain=True))
        elif found.outcome is not Outcome.ANSWER:
            flight.broken = True  # may be forged: keep listening
        elif found.truncated:
            self._forget(flight)
            self._connect(flight, found)
        else:
            self.end(flight, found)

    def end(self, flight: _Flight, reply: Reply) -> None:
        """The flight is over; nothing of it is left but what its waiters got."""
        if flight.peer.known.get(flight.key) is not flight:
            return
        del flight.peer.known[flight.key]
        self._forget(flight)
        if flight.task:
            flight.task.cancel()
        for waiter in flight.waiters:
            if not waiter.done():
                waiter.set_result(reply)
        self._gate.leave(flight.peer, flight)

    def _launch(self, flight: _Flight) -> None:
        if flight.key.startswith(b"tcp "):
            self._connect(flight, None)
        else:
            self._try(flight)

    def _try(self, flight: _Flight) -> None:
        first = not flight.sent
        flight.left -= 1
        flight.recased = False
        question = flight.question if first else flight.question.again()
        outcome = self._send(flight, question)
        if outcome is Outcome.CLOSED or (first and outcome is Outcome.NOT_ASKED):
            self.end(flight, Reply(outcome))
            return
        loop = asyncio.get_running_loop()
        flight.due = loop.time() + flight.timeout
        line = self._lines.get(flight.timeout)
        if line is None:
            line = self._lines[flight.timeout] = deque()
            self._tick(_TICK)
        line.append(flight)

    def _send(self, flight: _Flight, question: Question) -> Outcome | None:
        """Sends it; why that failed, None if it did not. Lost datagrams are nothing to worry about."""
        try:
            channel = self._sockets.send(asyncio.get_running_loop(), question, flight)
        except ConnectionRefusedError:
            return Outcome.CLOSED
        except OSError as why:
            return unsent(why)
        flight.sent.append((channel, question))
        return None

    def _forget(self, flight: _Flight) -> None:
        for channel, question in flight.sent:
            channel.forget(question)
        flight.sent.clear()

    def _connect(self, flight: _Flight, cut: Reply | None) -> None:
        """Asks over TCP; ``cut`` is what we have without."""
        task = asyncio.get_running_loop().create_task(self._over_tcp(flight, cut))
        flight.task = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _over_tcp(self, flight: _Flight, cut: Reply | None) -> None:
        async with self._connections:
            reply = await over_tcp(flight.question, flight.where, flight.timeout * flight.tries)
        flight.task = None
        self.end(flight, reply if cut is None or reply.outcome is Outcome.ANSWER else cut)

    # ---- time

    def _tick(self, seconds: float) -> None:
        if self._ticker:
            self._ticker.cancel()
        self._ticker = asyncio.get_running_loop().call_later(seconds, self._sweep)

    def _sweep(self) -> None:
        """Gives up or repeats what has run out of time; now and then closes what is idle."""
        self._ticker = None
        now = asyncio.get_running_loop().time()
        turns = _BREATH
        for timeout, line in tuple(self._lines.items()):
            while line and line[0].due <= now and turns:
                turns -= 1
                self._late(line.popleft())
            if not line:
                del self._lines[timeout]
        if now - self._tidied > _TIDY:
            self._tidied = now
            self._sockets.tidy(now)
            idle = [at for at, peer in self._peers.items() if not peer.known and peer.bucket.full(now)]
            for at in idle:
                del self._peers[at]
        if self._lines:
            self._tick(_TICK if turns else 0)
        elif self._peers or len(self._sockets):
            self._tick(_TIDY)

    def _late(self, flight: _Flight) -> None:
        if flight.peer.known.get(flight.key) is not flight or flight.task:
            return
        if flight.left > 0:
            flight.peer.bucket.take(asyncio.get_running_loop().time())
            self._try(flight)
        else:
            self.end(flight, Reply(Outcome.MALFORMED if flight.broken else Outcome.TIMEOUT))

    def _peer(self, server: str, port: int, recursive: bool) -> Peer[_Flight]:
        """Raises ValueError where ``server`` is no address."""
        address = str(ipaddress.ip_address(server))  # as the kernel writes it, which is compared
        peer: Peer[_Flight] = Peer((address, port), self._budgets(address, recursive))
        self._peers[server, port, recursive] = peer
        return peer
