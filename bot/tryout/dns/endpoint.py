"""Sockets of one server of the laboratory, and the ways in which it can misbehave on purpose."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from enum import Enum
from typing import Any

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from bot.tryout.dns.packets import forged, key, question_length
from bot.tryout.dns.zonedata import Response


class Fault(Enum):
    """What is wrong with a server; one at a time."""

    NONE = "answers"
    SILENT = "no answer at all, UDP and TCP"
    REFUSES = "REFUSED"
    FAILS = "SERVFAIL"
    LAME = "answers without authority"
    TRUNCATES = "UDP answers are cut (TC); TCP has them whole"
    ONLY_CUT = "UDP answers are cut (TC) and TCP gives nothing"
    GARBLES = "the right id and question, then rubbish"
    RECASES = "the question comes back in small letters"


@dataclass(frozen=True, slots=True)
class Question:
    """One question that reached a server of the laboratory."""

    server: str  #: its name: ``ns1.xyzcorp.com``, ``recursor``, ``cloudflare``
    address: str
    client: str  #: ``address:port`` of who asked
    name: str  #: lower case, no final dot
    type: str
    rd: bool
    tcp: bool = False


Rewire = Callable[[bytes, bytes], bytes]  #: makes other bytes of a question's and its answer's


class Endpoint:
    """One address of the laboratory: UDP and TCP on the shared port."""

    def __init__(self, name: str, address: str, journal: Callable[[Question], None]) -> None:
        self.name, self.address = name, address
        self._journal = journal
        self._fault = Fault.NONE
        self._delay = 0.0
        self._spoofs = 0
        self._rewire: Rewire | None = None
        self._muted: frozenset[str] = frozenset()
        self._udp: socket.socket | None = None
        self._tcp: socket.socket | None = None
        self._later: set[asyncio.Task[None]] = set()
        self._told: dict[tuple[bytes, bool], tuple[str, str, bool, bytes]] = {}
        self._told_version: int | None = None

    def silence(self) -> None:
        """From now on nothing answers, as behind a firewall that drops."""
        self._fault = Fault.SILENT

    def refuse(self) -> None:
        self._fault = Fault.REFUSES

    def servfail(self) -> None:
        self._fault = Fault.FAILS

    def lame(self) -> None:
        """It answers, but not as an authority: it does not know the zone."""
        self._fault = Fault.LAME

    def truncate(self, *, tcp: bool = True) -> None:
        """Every UDP answer is cut; ``tcp`` says whether the whole one can be had over TCP."""
        self._fault = Fault.TRUNCATES if tcp else Fault.ONLY_CUT

    def garble(self) -> None:
        self._fault = Fault.GARBLES

    def recase(self) -> None:
        self._fault = Fault.RECASES

    def slow(self, seconds: float) -> None:
        self._delay = seconds

    def flood(self, spoofed: int) -> None:
        """Each true answer comes after so many forged ones, from the right address and port."""
        self._spoofs = spoofed

    def mute(self, *transports: str) -> None:
        """Nothing comes back over these any more: ``udp``, ``tcp``."""
        self._muted |= set(transports)

    def close_tcp(self) -> None:
        """Nobody listens on TCP any more, for good: a connection is refused."""
        if self._tcp is not None:
            asyncio.get_running_loop().remove_reader(self._tcp)
            self._tcp.close()
            self._tcp = None

    def heal(self) -> None:
        self._fault, self._delay, self._spoofs, self._muted = Fault.NONE, 0.0, 0, frozenset()
        self._rewire = None

    # ---- life

    def open(self, port: int, loop: asyncio.AbstractEventLoop) -> int:
        """Listens on ``port`` (0: any) in ``loop``; the port in use. Raises OSError where it is taken."""
        udp, tcp = socket.socket(type=socket.SOCK_DGRAM), socket.socket()
        try:
            udp.bind((self.address, port))
            taken: int = udp.getsockname()[1]
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tcp.bind((self.address, taken))
            tcp.listen(64)
        except OSError:
            udp.close()
            tcp.close()
            raise
        udp.setblocking(False)
        tcp.setblocking(False)
        self._udp, self._tcp = udp, tcp
        loop.add_reader(udp, self._receive)
        loop.add_reader(tcp, self._accept)
        return taken

    async def close(self) -> None:
        """Nobody listens any more; a UDP question gets ICMP *port unreachable*."""
        loop = asyncio.get_running_loop()
        for sock in (self._udp, self._tcp):
            if sock is not None:
                loop.remove_reader(sock)
                sock.close()
        self._udp = self._tcp = None
        tasks = tuple(self._later)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # ---- answering

    def respond(self, name: str, rdtype: str, query: dns.message.Message) -> Response | None:
        """What this kind of server answers; None: nothing."""
        raise NotImplementedError

    def foresee(self, name: str, rdtype: str) -> Response | None:
        """What :meth:`respond` would answer to a question without EDNS; nothing is counted or remembered."""
        raise NotImplementedError

    def peek(self, name: str, rdtype: str) -> Response | None:
        """What anybody would get from it now, its fault included, without anybody asking. None: no answer."""
        if self._fault in (Fault.SILENT, Fault.ONLY_CUT, Fault.GARBLES) or "udp" in self._muted:
            return None
        if self._fault is Fault.LAME:
            return Response(authoritative=False)
        return self._faulty() or self.foresee(name, rdtype)

    def _receive(self) -> None:
        while self._udp is not None:
            try:
                data, client = self._udp.recvfrom(65535)
            except OSError:
                return
            answer = self._answer(data, client, tcp=False)
            if answer is None or "udp" in self._muted:
                continue
            packets = [*(forged(data, answer, i) for i in range(self._spoofs)), answer]
            if self._delay:
                self._background(self._send_later(packets, client))
            else:
                self._send(packets, client)

    async def _send_later(self, packets: list[bytes], client: tuple[str, int]) -> None:
        await asyncio.sleep(self._delay)
        self._send(packets, client)

    def _send(self, packets: list[bytes], client: tuple[str, int]) -> None:
        for packet in packets:
            if self._udp is not None:
                with contextlib.suppress(OSError):
                    self._udp.sendto(packet, client)

    def _accept(self) -> None:
        if self._tcp is not None:
            with contextlib.suppress(OSError):
                connection, client = self._tcp.accept()
                connection.setblocking(False)
                self._background(self._serve(connection, client))

    async def _serve(self, connection: socket.socket, client: tuple[str, int]) -> None:
        loop = asyncio.get_running_loop()
        with connection, contextlib.suppress(OSError, EOFError):
            while True:
                size = struct.unpack("!H", await _exactly(loop, connection, 2))[0]
                answer = self._answer(await _exactly(loop, connection, size), client, tcp=True)
                if self._delay:
                    await asyncio.sleep(self._delay)
                if answer is not None and "tcp" not in self._muted:
                    await loop.sock_sendall(connection, struct.pack("!H", len(answer)) + answer)

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    def _answer(self, data: bytes, client: tuple[str, int], *, tcp: bool) -> bytes | None:
        known = self._again(data, client, tcp=tcp)
        if known is not None:
            return known
        try:
            query = dns.message.from_wire(data)
            asked = query.question[0]
        except (dns.exception.DNSException, IndexError):
            return None
        name = asked.name.to_text(omit_final_dot=True).lower() if asked.name != dns.name.root else ""
        rdtype = dns.rdatatype.to_text(asked.rdtype)
        rd = bool(query.flags & dns.flags.RD)
        self._journal(Question(self.name, self.address, f"{client[0]}:{client[1]}", name, rdtype, rd, tcp))
        if self._fault is Fault.SILENT or (tcp and self._fault is Fault.ONLY_CUT):
            return None
        if (response := self._faulty() or self.respond(name, rdtype, query)) is None:
            return None
        reply = dns.message.make_response(query, our_payload=1232)
        if response.ede is not None:
            reply.use_edns(0, 0, 1232, options=[dns.edns.EDEOption(dns.edns.EDECode.make(response.ede))])
        reply.set_rcode(response.rcode)
        reply.flags |= dns.flags.AD if response.validated else 0
        if self._fault is not Fault.LAME:
            reply.flags |= dns.flags.AA if response.authoritative else 0
            reply.answer, reply.authority = list(response.answer), list(response.authority)
            reply.additional = list(response.additional)
        wire = self._rendered(reply, data, query.payload, tcp=tcp)
        if self._fault is Fault.NONE and self.version() is not None:
            self._told[key(data, tcp=tcp)] = name, rdtype, rd, wire
        return wire

    def version(self) -> int | None:
        """Another number whenever answers may have changed; None where they change by themselves."""
        return None

    def _again(self, data: bytes, client: tuple[str, int], *, tcp: bool) -> bytes | None:
        """The answer to a question that was answered before: only id and letters differ. Spares the codec."""
        version = self.version()
        if version is None or self._fault is not Fault.NONE:
            return None
        if version != self._told_version:
            self._told.clear()
            self._told_version = version
        known = self._told.get(key(data, tcp=tcp))
        if known is None:
            return None
        name, rdtype, rd, wire = known
        self._journal(Question(self.name, self.address, f"{client[0]}:{client[1]}", name, rdtype, rd, tcp))
        end = 12 + question_length(data)
        return data[:2] + wire[2:12] + data[12:end] + wire[end:]

    def _faulty(self) -> Response | None:
        if self._fault is Fault.REFUSES:
            return Response(dns.rcode.REFUSED, authoritative=False)
        if self._fault is Fault.FAILS:
            return Response(dns.rcode.SERVFAIL, authoritative=False)
        return None

    def _rendered(self, reply: dns.message.Message, asked: bytes, payload: int, *, tcp: bool) -> bytes:
        cut = not tcp and self._fault in (Fault.TRUNCATES, Fault.ONLY_CUT)
        wire = b"" if cut else reply.to_wire(max_size=65535)
        if cut or (not tcp and len(wire) > max(payload, 512)):
            reply.flags |= dns.flags.TC
            reply.answer, reply.authority, reply.additional = [], [], []
            wire = reply.to_wire()
        if self._fault is Fault.GARBLES:
            return wire[:6] + b"\0\x05" + wire[8 : 12 + question_length(asked)] + b"\xff\xc0\x0c\x01"
        if self._fault is Fault.RECASES:
            end = 12 + question_length(asked)
            return wire[:12] + wire[12 : end - 4].lower() + wire[end - 4 :]
        return self._rewire(asked, wire) if self._rewire else wire


async def _exactly(loop: asyncio.AbstractEventLoop, connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = await loop.sock_recv(connection, size - len(data))
        if not more:
            raise EOFError
        data += more
    return data
