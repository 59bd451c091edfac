"""The wire: one question to one server, over UDP and, where it must be, TCP.

Nothing here judges an answer. Each question has its own connected socket, so the kernel drops what comes from
elsewhere and reports a closed port at once; noise is ignored until the time is up.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
import struct

from bot.dns.wire import BadQuestion, Noise, Outcome, Question, Reply

#: What ``connect`` says on a host without this address family, or without any route for it (EINVAL: link-local IPv6).
_NO_FAMILY = frozenset({errno.ENETUNREACH, errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.EHOSTUNREACH, errno.EINVAL})

#: After so many datagrams without a pause the loop gets its turn, so that a flood cannot hold it.
_BREATH = 16


class Engine:
    """Asks questions; at most ``concurrency`` at once (one file descriptor each), equal ones only once."""

    def __init__(self, *, concurrency: int = 256) -> None:
        self._slots = asyncio.Semaphore(concurrency)
        self._flights: dict[tuple[object, ...], asyncio.Task[Reply]] = {}

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
        edns: bool = True,
        timeout: float = 0.4,
        tries: int = 3,
    ) -> Reply:
        """The server's answer, or how it failed; raises nothing.

        ``timeout`` in seconds for each of ``tries`` datagrams: the answer may come until the last has run out. Over
        TCP there is one try with all that time. ``unchecked`` sets CD: a validating resolver is not to validate.
        Without ``edns`` the question is as in RFC 1035, for servers that drop anything newer.
        Whoever asks the same of the same server meanwhile shares the answer.
        """
        key = (name.lower(), rdtype, server, port, recursive, tcp, unchecked, edns)
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.create_task(
                self._fly(name, rdtype, (server, port), (recursive, tcp, unchecked, edns), (timeout, tries))
            )
            self._flights[key] = flight
            flight.add_done_callback(lambda _: self._flights.pop(key, None))
        await asyncio.wait({flight})  # unlike await, it does not cancel the flight that others may share
        return Reply(Outcome.TIMEOUT) if flight.cancelled() else flight.result()

    async def close(self) -> None:
        """Ends every question that is under way; whoever waits gets a timeout."""
        flights = tuple(self._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)

    async def _fly(
        self,
        name: str,
        rdtype: str,
        where: tuple[str, int],
        how: tuple[bool, bool, bool, bool],
        patience: tuple[float, int],
    ) -> Reply:
        recursive, tcp, unchecked, edns = how
        timeout, tries = patience
        try:
            question = Question(name, rdtype, recursive=recursive, unchecked=unchecked, edns=edns)
        except BadQuestion:
            return Reply(Outcome.MALFORMED)
        async with self._slots:
            if tcp:
                return await _over_tcp(question, where, timeout * tries)
            reply = await _over_udp(question, where, timeout, tries)
            if reply.outcome is Outcome.ANSWER and reply.truncated:
                whole = await _over_tcp(question, where, timeout * tries)
                return whole if whole.outcome is Outcome.ANSWER else reply
            return reply


async def _over_udp(question: Question, where: tuple[str, int], timeout: float, tries: int) -> Reply:
    loop = asyncio.get_running_loop()
    broken = False
    try:
        sock = _socket(where, socket.SOCK_DGRAM)
    except OSError as why:
        return _unsent(why)
    asked = [question]
    with sock:
        for _ in range(tries):
            deadline = loop.time() + timeout
            try:
                for one in asked:
                    _send(sock, one)
                reply = await _listen(loop, sock, asked, deadline)
            except ConnectionRefusedError:
                return Reply(Outcome.CLOSED)
            if reply.outcome is Outcome.ANSWER:
                return reply
            broken = broken or reply.outcome is Outcome.MALFORMED
    return Reply(Outcome.MALFORMED if broken else Outcome.TIMEOUT)


def _send(sock: socket.socket, question: Question) -> None:
    """Raises ConnectionRefusedError; any other fault (a full buffer, a firewall of our own) is a lost datagram."""
    try:
        sock.send(question.packet)
    except ConnectionRefusedError:
        raise
    except OSError:
        pass


async def _listen(
    loop: asyncio.AbstractEventLoop, sock: socket.socket, asked: list[Question], deadline: float
) -> Reply:
    """The first readable answer to one of ``asked`` before ``deadline`` (loop time).

    Where a question comes back in other letters (some servers change their case), it is asked once more in small
    letters and with another id; the first one stays open, since a forger may have sent this.
    """
    last = Reply(Outcome.TIMEOUT)
    datagrams = 0
    while loop.time() < deadline:
        try:
            async with asyncio.timeout_at(deadline):
                data = await loop.sock_recv(sock, 65535)
        except TimeoutError:
            break
        except ConnectionRefusedError:
            raise
        except OSError:
            continue  # a soft ICMP error is reported once; the answer may still come
        found = [question.read(data) for question in asked]
        if Noise.RECASED in found and len(asked) == 1:
            asked.append(asked[0].plain())
            _send(sock, asked[1])
        for reply in found:
            if isinstance(reply, Reply):
                if reply.outcome is Outcome.ANSWER:
                    return reply
                last = reply  # may be forged: keep listening
        datagrams += 1
        if datagrams % _BREATH == 0:
            await asyncio.sleep(0)
    return last


async def _over_tcp(question: Question, where: tuple[str, int], timeout: float) -> Reply:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timeout):
            sock = _socket(where, socket.SOCK_STREAM)
            with sock:
                await loop.sock_connect(sock, where)
                await loop.sock_sendall(sock, struct.pack("!H", len(question.packet)) + question.packet)
                size = struct.unpack("!H", await _exactly(loop, sock, 2))[0]
                found = question.read(await _exactly(loop, sock, size), tcp=True)
    except TimeoutError:
        return Reply(Outcome.TIMEOUT, tcp=True)
    except (ConnectionError, EOFError):
        return Reply(Outcome.CLOSED, tcp=True)
    except OSError as why:
        return _unsent(why)
    return found if isinstance(found, Reply) else Reply(Outcome.MALFORMED, tcp=True)


async def _exactly(loop: asyncio.AbstractEventLoop, sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = await loop.sock_recv(sock, size - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def _socket(where: tuple[str, int], kind: socket.SocketKind) -> socket.socket:
    """A non-blocking socket for the address; UDP is connected at once, which sends nothing. Raises OSError."""
    family = socket.AF_INET6 if ipaddress.ip_address(where[0]).version == 6 else socket.AF_INET
    sock = socket.socket(family, kind)
    try:
        sock.setblocking(False)
        if kind is socket.SOCK_DGRAM:
            sock.connect(where)
    except OSError:
        sock.close()
        raise
    return sock


def _unsent(why: OSError) -> Reply:
    return Reply(Outcome.NOT_ASKED if why.errno in _NO_FAMILY else Outcome.TIMEOUT)
