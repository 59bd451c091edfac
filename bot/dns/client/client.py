"""The wire: questions to servers, over UDP and, where it must be, TCP. Nothing here judges an answer.

Many questions share few sockets (:mod:`bot.dns.client.sockets`); each is known by its id and its exact letters, and
noise is ignored until the time is up. No server is asked faster than its budget (:mod:`bot.dns.client.admission`).
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any, Unpack

from bot.dns.client.admission import AdmissionControl
from bot.dns.client.messages import BadQuestion, Outcome, Reply
from bot.dns.client.query import At, How, InFlightQuery, Server
from bot.dns.client.rate_limits import Budget, usual
from bot.dns.client.sockets import Sockets
from bot.dns.client.tcp import over_tcp

#: Seconds between two looks at what has run out of time, and between two at what is idle.
_TICK, _TIDY = 0.02, 0.5

#: Questions given up or repeated before the loop gets its turn.
_BREATH = 200

#: Connections at once: with the UDP sockets fewer than 64 file descriptors.
_CONNECTIONS = 16


#: Response codes that are counted by name: a hostile server may send any of 4096.
_RESULTS = {code: code.lower() for code in ("NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED", "FORMERR", "NOTIMP")}


async def _at_once(outcome: Outcome) -> Reply:
    return Reply(outcome)


class DnsClient:
    """Asks questions; at most ``concurrency`` at once, equal ones only once, each server within its budget.

    ``budgets`` gives that of an address and whether it is asked as a resolver; tests and measurements lift it.
    """

    def __init__(self, *, concurrency: int = 20_000, budgets: Callable[[str, bool], Budget] = usual) -> None:
        self._gate: AdmissionControl[InFlightQuery] = AdmissionControl(concurrency, self._launch)
        self._budgets = budgets
        self._servers: dict[At, Server] = {}
        self.sockets = Sockets()
        self._lines: dict[float, dict[InFlightQuery, float]] = {}  # by time-out: when a try ends, in that order
        self._ticker: asyncio.TimerHandle | None = None
        self._tidied = 0.0
        self._connections = asyncio.Semaphore(_CONNECTIONS)
        self._tasks: set[asyncio.Task[None]] = set()
        self._over: dict[InFlightQuery, asyncio.Task[None]] = {}  # those whose answer is fetched over TCP
        self._last = (0.0, 0.0)  # time-out and end of the try that began last
        self.results: Counter[str] = Counter()  #: questions by how they ended
        self.closed = False

    def query(self, name: str, rdtype: str, server: str, port: int, **how: Unpack[How]) -> Coroutine[Any, Any, Reply]:
        """The server's answer, or how it failed; raises nothing. To be awaited: until then nothing is sent.

        Whoever asks the same of the same server meanwhile shares the answer. A question that must wait for its turn
        has all its time from then on. When nobody waits any more, it is over.
        """
        flight = self._flight(name, rdtype, server, port, how)
        return _at_once(flight) if isinstance(flight, Outcome) else flight.answer()

    def query_soon(self, name: str, rdtype: str, server: str, port: int, **how: Unpack[How]) -> asyncio.Future[Reply]:
        """As :meth:`query`, but on its way now and without a task, for whoever asks very much; it flies to its end."""
        flight = self._flight(name, rdtype, server, port, how)
        if not isinstance(flight, Outcome):
            return flight.begin()[1]
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        future.set_result(Reply(flight))
        return future

    def _flight(self, name: str, rdtype: str, server: str, port: int, how: How) -> InFlightQuery | Outcome:
        """The question, or why there cannot be one."""
        recursive = how["recursive"]
        try:
            known = self._servers.get((server, port, recursive)) or self._server(server, port, recursive)
            return InFlightQuery(known, name, rdtype, how)
        except BadQuestion:
            return Outcome.MALFORMED
        except ValueError:
            return Outcome.NOT_ASKED  # no address

    def known(self, flight: InFlightQuery) -> InFlightQuery:
        """The flight that is under way with the same question; if there is none, this one from now on."""
        flight.server = self._servers.setdefault(flight.server.at, flight.server)  # it may have been forgotten as idle
        return flight.server.known.setdefault(flight.call, flight)

    def start(self, flight: InFlightQuery) -> None:
        """Sends it in its turn."""
        self._gate.enter(flight.server, flight, flight.server.loop.time())

    async def close(self) -> None:
        """Ends every question that is under way; whoever waits gets a timeout. Later questions do, too."""
        self.closed = True
        for server in tuple(self._servers.values()):
            for flight in tuple(server.known.values()):
                self.end(flight, Reply(Outcome.TIMEOUT))
            if server.timer:
                server.timer.cancel()
        if self._ticker:
            self._ticker.cancel()
            self._ticker = None
        self._servers.clear()
        self._lines.clear()
        self.sockets.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def end(self, flight: InFlightQuery, reply: Reply) -> None:
        """The flight is over; nothing of it is left but what its waiters got."""
        known = flight.server.known
        if known.get(flight.call) is not flight:
            return
        del known[flight.call]
        line = self._lines.get(flight.timeout)
        if line:
            line.pop(flight, None)
        flight.forget()
        task = self._over.pop(flight, None)
        if task:
            task.cancel()
        flight.tell(reply)
        self.results[_RESULTS.get(reply.rcode, "other") if reply.outcome is Outcome.ANSWER else reply.outcome] += 1
        self._gate.leave(flight.server, flight)

    def connect(self, flight: InFlightQuery, cut: Reply | None = None) -> None:
        """Asks over TCP; ``cut`` is what we have without."""
        flight.forget()
        self._lines.get(flight.timeout, {}).pop(flight, None)
        task = asyncio.get_running_loop().create_task(self._over_tcp(flight, cut))
        self._over[flight] = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _over_tcp(self, flight: InFlightQuery, cut: Reply | None) -> None:
        async with self._connections:
            reply = await over_tcp(flight, flight.where, flight.timeout * (flight.left + 1))
        del self._over[flight]
        self.end(flight, reply if cut is None or reply.outcome is Outcome.ANSWER else cut)

    def _launch(self, flight: InFlightQuery) -> None:
        flight.left -= 1
        if flight.tcp:
            self.connect(flight)
            return
        flight.send(flight)
        self._wait(flight)

    def _wait(self, flight: InFlightQuery) -> None:
        """Gives it the time of one try."""
        due = flight.server.loop.time() + flight.timeout
        timeout, last = self._last
        if timeout != flight.timeout or due - last > _TICK / 10:
            self._last = flight.timeout, due
        line = self._lines.get(flight.timeout)
        if line is None:
            line = self._lines[flight.timeout] = {}
            self._tick(_TICK)
        line[flight] = self._last[1]  # one number for all of a burst

    # ---- time

    def _tick(self, seconds: float) -> None:
        if self._ticker:
            self._ticker.cancel()
        self._ticker = asyncio.get_running_loop().call_later(seconds, self._sweep)

    def _sweep(self) -> None:
        """Gives up or repeats what has run out of time; now and then closes what is idle."""
        self._ticker = None
        now = asyncio.get_running_loop().time()
        late: list[InFlightQuery] = []
        for timeout, line in tuple(self._lines.items()):
            for flight, due in line.items():
                if due > now or len(late) == _BREATH:
                    break
                late.append(flight)
            if not line:
                del self._lines[timeout]
        for flight in late:
            self._late(flight)
        if now - self._tidied > _TIDY:
            self._tidied = now
            self.sockets.tidy(now)
            idle = [at for at, server in self._servers.items() if not server.known and server.bucket.full(now)]
            for at in idle:
                del self._servers[at]
        if self._lines:
            self._tick(_TICK if len(late) < _BREATH else 0)
        elif self._servers or len(self.sockets):
            self._tick(_TIDY)

    def _late(self, flight: InFlightQuery) -> None:
        if self._lines.get(flight.timeout, {}).pop(flight, None) is None:
            return  # over, for a reason of this very sweep
        if flight.left > 0:
            flight.server.bucket.owe(asyncio.get_running_loop().time())
            flight.repeat()
            self._wait(flight)
        else:
            self.end(flight, Reply(Outcome.MALFORMED if flight.broken else Outcome.TIMEOUT))

    def _server(self, server: str, port: int, recursive: bool) -> Server:
        """Raises ValueError where ``server`` is no address."""
        address = str(ipaddress.ip_address(server))  # as the kernel writes it, which is compared
        found = Server(self, (server, port, recursive), (address, port), self._budgets(address, recursive))
        self._servers[found.at] = found
        return found
