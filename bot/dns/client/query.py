"""One question under way to one server: what was sent for it, what a datagram means to it, and who waits.

It acts on nothing: it says what a datagram means, and the client does what follows.
"""

from __future__ import annotations

import asyncio
from enum import Enum
from typing import NamedTuple, Required, TypedDict

from bot.dns.client.admission import ServerQueue
from bot.dns.client.messages import Noise, Outcome, Question, Reply
from bot.dns.client.rate_limits import Budget
from bot.dns.client.sockets import Address, Channel
from bot.dns.client.spending import current


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


class Ignored(Enum):
    """Datagrams that change nothing: the answer may still come."""

    NOISE = "not for this question, or said before"
    UNREADABLE = "an answer that cannot be read, and may be forged; more of the kind may follow"


class Retry(NamedTuple):
    """To be asked once more in this form; what was sent before stays open."""

    question: Question


class RetryOverTcp(NamedTuple):
    """The answer was cut off; ``cut`` is what there is of it."""

    cut: Reply


#: What servers say that know no EDNS, or not this version of it (RFC 6891 sections 6.1.3 and 7).
REFUSES_EDNS = frozenset({"FORMERR", "NOTIMP", "BADVERS"})

#: What a datagram means to a question; a Reply is the answer.
Meaning = Reply | Retry | RetryOverTcp | Ignored

#: Looking up a member of an enum costs as much as a call before Python 3.12.
_ANSWER, _FOREIGN = Outcome.ANSWER, Noise.FOREIGN
_NOISE, _UNREADABLE = Ignored.NOISE, Ignored.UNREADABLE


class InFlightQuery(Question):
    """The question itself, as it is sent first, and what becomes of it. Ten thousand may wait, so it is kept small."""

    __slots__ = ("broken", "left", "more", "others", "plain", "purse", "recased", "server", "tcp", "timeout",
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
        self.purse = current()
        self.timeout, self.left = how.get("timeout", 0.4), how.get("tries", 3)
        self.broken = self.recased = False
        self.via: Channel[InFlightQuery] | None = None  # of the first try; most have no other
        self.more: tuple[tuple[Channel[InFlightQuery], Question], ...] = ()
        self.waiter: asyncio.Future[Reply] | None = None  # most have one
        self.others: tuple[asyncio.Future[Reply], ...] = ()

    @property
    def dedup_key(self) -> bytes:
        """What it is known by: the same question over TCP, or surely in small letters, is another query."""
        if self.tcp:
            return b"tcp" + self.key
        return b"plain" + self.key if self.plain else self.key

    @property
    def where(self) -> Address:
        return self.server.where

    def pay(self) -> bool:
        """Whether one more packet may be sent for it."""
        return self.purse is None or self.purse.pay()

    def add_waiter(self) -> asyncio.Future[Reply]:
        """The answer for one more who asks the same."""
        waiter: asyncio.Future[Reply] = self.server.loop.create_future()
        if self.waiter is None:
            self.waiter = waiter
        else:
            self.others += (waiter,)
        return waiter

    def remove_waiter(self, waiter: asyncio.Future[Reply]) -> bool:
        """Somebody does not wait any more; whether somebody else does."""
        if self.waiter is waiter:
            self.waiter, self.others = (self.others or (None,))[0], self.others[1:]
        else:
            self.others = tuple(other for other in self.others if other is not waiter)
        return self.waiter is not None

    def resolve(self, reply: Reply) -> None:
        """Gives the answer to everybody who waits."""
        for waiter in (self.waiter, *self.others):
            if waiter and not waiter.done():
                waiter.set_result(reply)

    def sent(self, channel: Channel[InFlightQuery], question: Question) -> None:
        """``question``, this one or another form of it, is on its way by ``channel``."""
        if question is self:
            self.via = channel
        else:
            self.more += ((channel, question),)

    def next_try(self) -> Question:
        """What to send for one more try. What was sent before may still be answered."""
        self.left -= 1
        self.recased = False
        return self.retry()

    def on_datagram(self, data: bytes) -> Meaning:
        """What ``data`` means, which came from the server with the id of something sent for this question."""
        question: Question = self
        found = self.read(data)
        for _, other in self.more:
            if found is _FOREIGN:
                question, found = other, other.read(data)
        if found is _FOREIGN:
            return _NOISE
        if isinstance(found, Noise):
            # Some servers change the letters' case: asked once more in small ones, and with another id. The first
            # question stays open, since a forger may have sent this.
            if self.recased:
                return _NOISE
            self.recased = True
            return Retry(question.retry(lowercase=True))
        if found.outcome is not _ANSWER:
            self.broken = True  # may be forged: keep listening
            return _UNREADABLE
        if question.edns and found.rcode in REFUSES_EDNS:
            asked = any(not other.edns for _, other in self.more)
            return _NOISE if asked else Retry(question.retry(edns=False))
        return RetryOverTcp(found) if found.truncated else found

    def includes(self, packet: bytes) -> bool:
        """Whether ``packet`` was sent for this question."""
        return packet in (self.packet, *(other.packet for _, other in self.more))

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
    """A server as the client knows it. The loop it is asked in is looked up once: that takes a system call."""

    __slots__ = ("at", "loop")

    def __init__(self, at: At, where: Address, budget: Budget) -> None:
        super().__init__(where, budget)
        self.at, self.loop = at, asyncio.get_running_loop()
