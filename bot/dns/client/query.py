"""One question under way to one server: what was sent for it, what came back, and who waits for the answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Required, TypedDict

from bot.dns.client.admission import ServerQueue
from bot.dns.client.messages import Noise, Outcome, Question, Reply
from bot.dns.client.rate_limits import Budget
from bot.dns.client.sockets import Address, Channel, unsent

if TYPE_CHECKING:
    from bot.dns.client.client import DnsClient

#: Looking up a member of an enum costs as much as a call before Python 3.12.
_ANSWER, _FOREIGN = Outcome.ANSWER, Noise.FOREIGN


class How(TypedDict, total=False):
    """How a question is asked.

    ``timeout`` in seconds (0.4) for each of ``tries`` datagrams (3): the answer may come until the last has run out.
    Over TCP there is one try with all that time. ``unchecked`` sets CD: a validating resolver is not to validate.
    Without ``edns`` the question is as in RFC 1035, for servers that drop anything newer. ``plain`` writes the name
    in small letters, for servers that know it in these only; over TCP, where nobody can forge, it always is.
    """

    recursive: Required[bool]
    tcp: bool
    unchecked: bool
    edns: bool
    plain: bool
    timeout: float
    tries: int


class InFlightQuery(Question):
    """The question itself, as it is sent first, and what becomes of it. Ten thousand may wait, so it is kept small."""

    __slots__ = ("broken", "left", "more", "others", "plain", "recased", "server", "tcp", "timeout",
                 "via", "waiter")  # fmt: skip

    def __init__(self, server: Server, name: str, rdtype: str, how: How) -> None:
        self.tcp, self.plain = how.get("tcp", False), how.get("plain", False)
        super().__init__(
            name,
            rdtype,
            recursive=how["recursive"],
            unchecked=how.get("unchecked", False),
            edns=how.get("edns", True),
            scramble=not (self.tcp or self.plain),
        )
        self.server = server
        self.timeout, self.left = how.get("timeout", 0.4), how.get("tries", 3)
        self.broken = self.recased = False
        self.via: Channel | None = None  # of the first try; most have no other
        self.more: tuple[tuple[Channel, Question], ...] = ()
        self.waiter: asyncio.Future[Reply] | None = None  # most have one
        self.others: tuple[asyncio.Future[Reply], ...] = ()

    @property
    def call(self) -> bytes:
        """What it is known by: the same question over TCP, or surely in small letters, is another flight."""
        if self.tcp:
            return b"tcp" + self.key
        return b"plain" + self.key if self.plain else self.key

    @property
    def where(self) -> Address:
        return self.server.where

    async def answer(self) -> Reply:
        """What the server answers. To be awaited once; the frame is small, since ten thousand may be waiting."""
        flight, waiter = self.begin()
        try:
            return await waiter
        except asyncio.CancelledError:
            flight.leave(waiter)
            raise

    def begin(self) -> tuple[InFlightQuery, asyncio.Future[Reply]]:
        """The flight that asks this, which may be under way already, and what it will bring."""
        client = self.server.client
        if client.closed:
            waiter: asyncio.Future[Reply] = self.server.loop.create_future()
            waiter.set_result(Reply(Outcome.TIMEOUT))
            return self, waiter
        flight = client.known(self)
        waiter = flight.join()
        if flight is self:
            client.start(self)
        return flight, waiter

    def join(self) -> asyncio.Future[Reply]:
        """The answer for one more who asks the same."""
        waiter: asyncio.Future[Reply] = self.server.loop.create_future()
        if self.waiter is None:
            self.waiter = waiter
        else:
            self.others += (waiter,)
        return waiter

    def leave(self, waiter: asyncio.Future[Reply]) -> None:
        """Somebody does not wait any more. When nobody does, it is over."""
        if self.waiter is waiter:
            self.waiter, self.others = (self.others or (None,))[0], self.others[1:]
        else:
            self.others = tuple(other for other in self.others if other is not waiter)
        if self.waiter is None:
            self.server.client.end(self, Reply(Outcome.TIMEOUT))

    def tell(self, reply: Reply) -> None:
        for waiter in (self.waiter, *self.others):
            if waiter and not waiter.done():
                waiter.set_result(reply)

    def send(self, question: Question) -> None:
        try:
            channel = self.server.client.sockets.send(self.server.loop, question, self)
        except OSError as why:
            self.unsent(why)
            return
        if question is self:
            self.via = channel
        else:
            self.more += ((channel, question),)

    def repeat(self) -> None:
        """One more try. What was sent before may still be answered."""
        self.left -= 1
        self.recased = False
        self.send(self.again())

    def heard(self, data: bytes) -> bool:
        question: Question = self
        found = self.read(data)
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
            self.server.client.connect(self, found)
        else:
            self.server.client.end(self, found)
        return True

    def refused(self, packet: bytes | None) -> None:
        if packet is None or packet in (self.packet, *(other.packet for _, other in self.more)):
            self.server.client.end(self, Reply(Outcome.CLOSED))

    def unsent(self, why: OSError) -> None:
        """There is no route there; any other fault is a lost datagram."""
        if unsent(why) is Outcome.NOT_ASKED:
            self.server.client.end(self, Reply(Outcome.NOT_ASKED))

    def forget(self) -> None:
        """What comes back from now on is noise."""
        if self.via:
            self.via.forget(self)
            self.via = None
        for channel, question in self.more:
            channel.forget(question)
        self.more = ()


#: How a server is named: address, port, and whether it is asked as a resolver.
At = tuple[str, int, bool]


class Server(ServerQueue[InFlightQuery]):
    """A server as ``client`` knows it. The loop it is asked in is looked up once: that takes a system call."""

    __slots__ = ("at", "client", "loop")

    def __init__(self, client: DnsClient, at: At, where: Address, budget: Budget) -> None:
        super().__init__(where, budget)
        self.client, self.at, self.loop = client, at, asyncio.get_running_loop()
