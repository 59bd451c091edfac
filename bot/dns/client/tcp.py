"""One question over TCP: for answers too long for a datagram, and where nobody may have forged the sender."""

from __future__ import annotations

import asyncio
import socket
import struct

from bot.dns.client.messages import Outcome, Question, Reply
from bot.dns.client.sockets import Address, family, unsent


async def over_tcp(question: Question, where: Address, timeout: float) -> Reply:
    """The answer within ``timeout`` seconds, or how it failed; raises nothing."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timeout):
            with socket.socket(family(where), socket.SOCK_STREAM) as sock:
                sock.setblocking(False)
                await loop.sock_connect(sock, where)
                await loop.sock_sendall(sock, struct.pack("!H", len(question.packet)) + question.packet)
                size = struct.unpack("!H", await _exactly(loop, sock, 2))[0]
                found = question.read(await _exactly(loop, sock, size), tcp=True)
    except TimeoutError:
        return Reply(Outcome.TIMEOUT, tcp=True)
    except (ConnectionError, EOFError):
        return Reply(Outcome.CLOSED, tcp=True)
    except OSError as why:
        return Reply(unsent(why), tcp=True)
    return found if isinstance(found, Reply) else Reply(Outcome.MALFORMED, tcp=True)


async def _exactly(loop: asyncio.AbstractEventLoop, sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = await loop.sock_recv(sock, size - len(data))
        if not more:
            raise EOFError
        data += more
    return data
