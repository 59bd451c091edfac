"""UDP sockets, shared by many questions: a few for each server, and some for all when there are too many servers.

A server's own sockets are connected: the kernel drops what comes from elsewhere and reports a closed port at once.
Several of them, at ports of the kernel's random choice and replaced every minute, make forging harder (RFC 5452).
"""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
from typing import Generic, Protocol, TypeVar

from bot.dns.client.messages import Outcome, Question, random_id

#: Address as text and port.
Address = tuple[str, int]

#: Sockets of one server; all servers' own ones; those that share, for each of IPv4 and IPv6.
PER_SERVER, OWN, SHARED = 4, 28, 6

#: Questions under way on one socket: far from 65,536, so that a free id is found at once.
FULL = 20_000

#: Seconds: an idle socket is closed, and a busy one replaced, so that nobody learns its port for long.
IDLE, AGE = 2.0, 60.0

#: Bytes. What is longer than four times what we offered (PAYLOAD) is cut by the kernel, and ignored.
_LONGEST = 5000

#: Datagrams after which the loop gets its turn, so that a flood cannot hold it.
_BREATH = 64

#: Bytes for answers that wait while we are busy: with Linux's default some 160 fit, a burst has more.
_RECEIVE_BUFFER = 1 << 20

#: What the kernel says on a host without this address family, or without any route (EINVAL: link-local IPv6).
_NO_FAMILY = frozenset({errno.ENETUNREACH, errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.EHOSTUNREACH, errno.EINVAL})

#: Linux's option that keeps ICMP errors with the datagram they are about (ip(7), ipv6(7)); Python has no name for it.
_RECVERR = {socket.AF_INET: (socket.IPPROTO_IP, 11), socket.AF_INET6: (socket.IPPROTO_IPV6, 25)}


class Asker(Protocol):
    """For whom questions are sent."""

    @property
    def where(self) -> Address:
        """The server that is asked."""


A = TypeVar("A", bound=Asker)
A_contra = TypeVar("A_contra", bound=Asker, contravariant=True)


class Receiver(Protocol[A_contra]):
    """Who is told what becomes of what was sent."""

    def on_datagram(self, asker: A_contra, data: bytes) -> bool:
        """A datagram with the id of one of its questions; False if it was hard to read and more may follow."""

    def on_refused(self, asker: A_contra, packet: bytes | None) -> None:
        """Nobody listens where this was sent; None: where all was sent."""

    def on_send_error(self, asker: A_contra, why: OSError) -> None:
        """The kernel would not send it, which does not mean that it will not the next time."""


def family(where: Address) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in where[0] else socket.AF_INET


def unsent(why: OSError) -> Outcome:
    """What it means that nothing could be sent. A full buffer or a firewall of our own is a lost datagram."""
    return Outcome.NOT_ASKED if why.errno in _NO_FAMILY else Outcome.TIMEOUT


class Channel(Generic[A]):
    """One socket and the questions under way on it, by id. Raises OSError if the kernel gives none."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, kind: socket.AddressFamily, peer: Address | None, receiver: Receiver[A]
    ) -> None:
        self._loop, self.peer, self._receiver = loop, peer, receiver
        self._pending: dict[int, A] = {}
        self.born = self.used = loop.time()
        self.fresh = True  #: used since the last tidying
        self._sock = socket.socket(kind, socket.SOCK_DGRAM)
        try:
            self._sock.setblocking(False)
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
            if peer is not None:
                self._sock.connect(peer)
            elif hasattr(socket, "MSG_ERRQUEUE"):
                self._sock.setsockopt(*_RECVERR[kind], 1)
            loop.add_reader(self._sock, self._readable)
        except OSError:
            self._sock.close()
            raise

    def __len__(self) -> int:
        return len(self._pending)

    def expect(self, question: Question, asker: A) -> None:
        """Gives it an id that is free here; what comes back goes to ``asker``. Raises OSError if too much is open."""
        if len(self._pending) >= FULL:
            raise BlockingIOError
        while question.id in self._pending:
            question.id = random_id()
        self._pending[question.id] = asker
        self.fresh = True

    def send(self, question: Question) -> None:
        """Sends what is still expected. Raises OSError if it cannot."""
        for _ in range(2):
            asker = self._pending.get(question.id)
            if asker is None:
                return
            try:
                if self.peer is None:
                    self._sock.sendto(question.packet, asker.where)
                else:
                    self._sock.send(question.packet)
            except ConnectionRefusedError as why:
                self._failed(why)  # something sent before was refused; this one has not gone yet
            else:
                return

    def forget(self, question: Question) -> None:
        """Answers to it are noise from now on."""
        self._pending.pop(question.id, None)

    def close(self) -> None:
        self._loop.remove_reader(self._sock)
        self._sock.close()
        self._pending.clear()

    def _readable(self) -> None:
        pending, peer, on_datagram = self._pending, self.peer, self._receiver.on_datagram
        for _ in range(_BREATH):
            try:
                data, source = self._sock.recvfrom(_LONGEST)
            except BlockingIOError:
                return
            except OSError as why:
                self._failed(why)
                return
            asker = pending.get(int.from_bytes(data[:2], "big"))
            if asker is None or len(data) == _LONGEST or (peer is None and source[:2] != asker.where):
                continue
            if not on_datagram(asker, data):
                return

    def _failed(self, why: OSError) -> None:
        """The kernel reports an error of something sent before: a refusal is final, others may pass."""
        if self.peer is not None:
            if isinstance(why, ConnectionRefusedError):
                for asker in tuple(self._pending.values()):
                    self._receiver.on_refused(asker, None)
            return
        for _ in range(_BREATH):
            try:
                sent, extra, _, _ = self._sock.recvmsg(512, 512, socket.MSG_ERRQUEUE)
            except (OSError, AttributeError):
                return
            code = struct.unpack_from("=I", extra[0][2])[0] if extra and len(extra[0][2]) >= 4 else 0
            known = self._pending.get(int.from_bytes(sent[:2], "big"))
            if code == errno.ECONNREFUSED and known:
                self._receiver.on_refused(known, sent)


_Outbox = tuple[list[Channel[A]], list[Question], list[A]]


class Sockets(Generic[A]):
    """All channels, never more than ``OWN`` and twice ``SHARED``."""

    def __init__(self, receiver: Receiver[A]) -> None:
        self._receiver = receiver
        self._own: dict[Address, list[Channel[A]]] = {}
        self._shared: dict[socket.AddressFamily, list[Channel[A]]] = {socket.AF_INET: [], socket.AF_INET6: []}
        self._fading: list[Channel[A]] = []
        self._outbox: _Outbox[A] = ([], [], [])  # side by side, since tuples for 10,000 questions take 0.7 MB
        self._count = 0  # of those that are or were some server's own

    def __len__(self) -> int:
        return self._count + sum(map(len, self._shared.values()))

    def send(self, loop: asyncio.AbstractEventLoop, question: Question, asker: A) -> Channel[A]:
        """Sends it by one of the server's channels, taken at random. Raises OSError if there is none.

        All that is asked in one turn of the loop goes out at its end: a server that is kept busy need not be woken
        for each question, which takes the kernel twice as long.
        """
        channel = self._channel(loop, asker.where)
        channel.expect(question, asker)
        channels, questions, askers = self._outbox
        if not channels:
            loop.call_soon(self._flush)
        channels.append(channel)
        questions.append(question)
        askers.append(asker)
        return channel

    def _flush(self) -> None:
        outbox, self._outbox = self._outbox, ([], [], [])
        for channel, question, asker in zip(*outbox, strict=True):
            try:
                channel.send(question)
            except BlockingIOError:
                pass  # the buffer is full: as good as lost on the way
            except OSError as why:
                if channel.peer is None:
                    self._receiver.on_send_error(asker, why)
                else:
                    self._drop(channel)  # our own address may have changed: the next try gets a new socket

    def tidy(self, now: float) -> None:
        """Closes what is idle, and takes out of use what is old."""
        for where, channels in tuple(self._own.items()):
            self._fade(channels, now)
            if not channels:
                del self._own[where]
        for channels in self._shared.values():
            self._fade(channels, now)
        for channel in tuple(self._fading):
            if not len(channel):
                self._fading.remove(channel)
                self._close(channel)

    def close(self) -> None:
        for channels in (*self._own.values(), *self._shared.values(), self._fading):
            for channel in channels:
                self._close(channel)
            channels.clear()
        self._own.clear()

    def _channel(self, loop: asyncio.AbstractEventLoop, where: Address) -> Channel[A]:
        own = self._own.get(where)
        if own and len(own) == PER_SERVER:
            return own[random_id() % PER_SERVER]
        if own is None and (self._count < OWN or self._evict()):
            own = self._own[where] = []
        if own is None:
            channels, peer, most = self._shared[family(where)], None, SHARED
        else:
            # Half of the room is kept for other servers' first channel.
            channels, peer, most = own, where, PER_SERVER if self._count < OWN // 2 else 1
        if len(channels) < most:
            channels.append(Channel(loop, family(where), peer, self._receiver))
            self._count += peer is not None
            return channels[-1]
        return channels[random_id() % len(channels)]

    def _evict(self) -> bool:
        """Closes the channels of the server that has been idle longest; whether there was one."""
        idle = [
            (max((c.used for c in own), default=0.0), where)
            for where, own in self._own.items()
            if not any(map(len, own))
        ]
        if not idle:
            return False
        for channel in self._own.pop(min(idle)[1]):
            self._close(channel)
        return True

    def _close(self, channel: Channel[A]) -> None:
        channel.close()
        self._count -= channel.peer is not None

    def _drop(self, channel: Channel[A]) -> None:
        """Out of use; what is under way on it may still come."""
        for channels in (*self._own.values(), *self._shared.values()):
            if channel in channels:
                channels.remove(channel)
                self._fading.append(channel)

    def _fade(self, channels: list[Channel[A]], now: float) -> None:
        for channel in tuple(channels):
            if channel.fresh or len(channel):
                channel.fresh, channel.used = False, now
            if now - channel.born > AGE or now - channel.used > IDLE:
                channels.remove(channel)
                self._fading.append(channel)
