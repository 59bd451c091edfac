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
from bot.dns.client.messages import BadQuestion, Outcome, Question, Reply
from bot.dns.client.query import REFUSES_EDNS, At, How, Ignored, InFlightQuery, Retry, RetryOverTcp, Server
from bot.dns.client.rate_limits import Budget, usual
from bot.dns.client.sockets import Sockets, unsent
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
        self._admission: AdmissionControl[InFlightQuery] = AdmissionControl(concurrency, self._start)
        self._budgets = budgets
        self._servers: dict[At, Server] = {}
        self.sockets: Sockets[InFlightQuery] = Sockets(self)
        self._lines: dict[float, dict[InFlightQuery, float]] = {}  # by time-out: when a try ends, in that order
        self._ticker: asyncio.TimerHandle | None = None
        self._tidied = 0.0
        self._connections = asyncio.Semaphore(_CONNECTIONS)
        self._tasks: set[asyncio.Task[None]] = set()
        self._over: dict[InFlightQuery, asyncio.Task[None]] = {}  # those whose answer is fetched over TCP
        self._last = (0.0, 0.0)  # time-out and end of the try that began last
        self.results: Counter[str] = Counter()  #: questions by how they ended
        self.closed = False

    # ---- the door

    def query(self, name: str, rdtype: str, server: str, port: int, **how: Unpack[How]) -> Coroutine[Any, Any, Reply]:
        """The server's answer, or how it failed; raises nothing. To be awaited: until then nothing is sent.

        Whoever asks the same of the same server meanwhile shares the answer. A question that must wait for its turn
        has all its time from then on. When nobody waits any more, it is over.
        """
        query = self._prepare(name, rdtype, server, port, how)
        return _at_once(query) if isinstance(query, Outcome) else self._answer(query)

    def query_soon(self, name: str, rdtype: str, server: str, port: int, **how: Unpack[How]) -> asyncio.Future[Reply]:
        """As :meth:`query`, but on its way now and without a task, for whoever asks very much; it ends by itself."""
        query = self._prepare(name, rdtype, server, port, how)
        if isinstance(query, Outcome) or self.closed:
            future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
            future.set_result(Reply(query if isinstance(query, Outcome) else Outcome.TIMEOUT))
            return future
        known = self._known(query)
        waiter = known.add_waiter()
        if known is query:
            self._admission.submit(query.server, query, query.server.loop.time())
        return waiter

    async def _answer(self, query: InFlightQuery) -> Reply:
        """What the server answers. To be awaited once; the frame is small, since ten thousand may be waiting."""
        if self.closed:
            return Reply(Outcome.TIMEOUT)
        known = self._known(query)
        waiter = known.add_waiter()
        if known is query:
            self._admission.submit(query.server, query, query.server.loop.time())
        try:
            return await waiter
        except asyncio.CancelledError:
            if not known.remove_waiter(waiter):
                self._end(known, Reply(Outcome.TIMEOUT))
            raise

    def _prepare(self, name: str, rdtype: str, server: str, port: int, how: How) -> InFlightQuery | Outcome:
        """The question, or why there cannot be one."""
        recursive = how["recursive"]
        try:
            known = self._servers.get((server, port, recursive)) or self._server(server, port, recursive)
            return InFlightQuery(known, name, rdtype, how)
        except BadQuestion:
            return Outcome.MALFORMED
        except ValueError:
            return Outcome.NOT_ASKED  # no address

    def _known(self, query: InFlightQuery) -> InFlightQuery:
        """The query that is under way with the same question; if there is none, this one from now on."""
        query.server = self._servers.setdefault(query.server.at, query.server)  # it may have been forgotten as idle
        return query.server.known.setdefault(query.dedup_key, query)

    # ---- what follows from what comes back

    def on_datagram(self, asker: InFlightQuery, data: bytes) -> bool:
        """Does what a datagram means; False if it was hard to read and there may be more of the kind."""
        meaning = asker.on_datagram(data)
        if type(meaning) is Reply:
            self._end(asker, meaning)
        elif isinstance(meaning, Retry):
            if asker.pay():
                self._send(asker, meaning.question)
        elif isinstance(meaning, RetryOverTcp):
            if asker.pay():
                self._connect(asker, meaning.cut)
            else:
                self._end(asker, meaning.cut)
        else:
            return meaning is not Ignored.UNREADABLE
        return True

    def on_refused(self, asker: InFlightQuery, packet: bytes | None) -> None:
        """Nobody listens where ``packet`` was sent; None: where all was sent."""
        if packet is None or asker.includes(packet):
            self._end(asker, Reply(Outcome.CLOSED))

    def on_send_error(self, asker: InFlightQuery, why: OSError) -> None:
        """There is no route there; any other fault is a lost datagram."""
        if unsent(why) is Outcome.NOT_ASKED:
            self._end(asker, Reply(Outcome.NOT_ASKED))

    # ---- life

    async def close(self) -> None:
        """Ends every question that is under way; whoever waits gets a timeout. Later questions do, too."""
        self.closed = True
        for server in tuple(self._servers.values()):
            for query in tuple(server.known.values()):
                self._end(query, Reply(Outcome.TIMEOUT))
            if server.timer:
                server.timer.cancel()
        if self._ticker:
            self._ticker.cancel()
            self._ticker = None
        self._servers.clear()
        self._lines.clear()
        self.sockets.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _end(self, query: InFlightQuery, reply: Reply) -> None:
        """The query is over; nothing of it is left but what its waiters got."""
        known = query.server.known
        if known.get(query.dedup_key) is not query:
            return
        del known[query.dedup_key]
        line = self._lines.get(query.timeout)
        if line:
            line.pop(query, None)
        query.forget()
        task = self._over.pop(query, None)
        if task:
            task.cancel()
        query.resolve(reply)
        self.results[_RESULTS.get(reply.rcode, "other") if reply.outcome is Outcome.ANSWER else reply.outcome] += 1
        self._admission.release(query.server, query)

    def _connect(self, query: InFlightQuery, cut: Reply | None = None) -> None:
        """Asks over TCP; ``cut`` is what we have without."""
        query.forget()
        self._lines.get(query.timeout, {}).pop(query, None)
        task = asyncio.get_running_loop().create_task(self._over_tcp(query, cut))
        self._over[query] = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _over_tcp(self, query: InFlightQuery, cut: Reply | None) -> None:
        async with self._connections:
            reply = await over_tcp(query, query.where, query.timeout * (query.left + 1))
            if query.edns and reply.rcode in REFUSES_EDNS:
                reply = await over_tcp(query.retry(edns=False), query.where, query.timeout)
        del self._over[query]
        self._end(query, reply if cut is None or reply.outcome is Outcome.ANSWER else cut)

    def _start(self, query: InFlightQuery) -> None:
        """It is its turn."""
        query.left -= 1
        if not query.pay():
            self._end(query, Reply(Outcome.UNSENT))
            return
        if query.tcp:
            self._connect(query)
            return
        self._send(query, query)
        if query.server.known.get(query.dedup_key) is query:  # it ends at once where there is no route
            self._wait(query)

    def _send(self, query: InFlightQuery, question: Question) -> None:
        try:
            channel = self.sockets.send(query.server.loop, question, query)
        except OSError as why:
            self.on_send_error(query, why)
            return
        query.sent(channel, question)

    def _wait(self, query: InFlightQuery) -> None:
        """Gives it the time of one try."""
        due = query.server.loop.time() + query.timeout
        timeout, last = self._last
        if timeout != query.timeout or due - last > _TICK / 10:
            self._last = query.timeout, due
        line = self._lines.get(query.timeout)
        if line is None:
            line = self._lines[query.timeout] = {}
            self._tick(_TICK)
        line[query] = self._last[1]  # one number for all of a burst

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
            for query, due in line.items():
                if due > now or len(late) == _BREATH:
                    break
                late.append(query)
            if not line:
                del self._lines[timeout]
        for query in late:
            self._late(query)
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

    def _late(self, query: InFlightQuery) -> None:
        if self._lines.get(query.timeout, {}).pop(query, None) is None:
            return  # over, for a reason of this very sweep
        if query.left > 0 and query.pay():
            query.server.bucket.owe(asyncio.get_running_loop().time())
            self._send(query, query.next_try())
            if query.server.known.get(query.dedup_key) is query:
                self._wait(query)
        else:
            self._end(query, Reply(Outcome.MALFORMED if query.broken else Outcome.TIMEOUT))

    def _server(self, server: str, port: int, recursive: bool) -> Server:
        """Raises ValueError where ``server`` is no address."""
        address = str(ipaddress.ip_address(server))  # as the kernel writes it, which is compared
        found = Server((server, port, recursive), (address, port), self._budgets(address, recursive))
        self._servers[found.at] = found
        return found
