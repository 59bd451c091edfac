"""Somebody who reaches the HTTP port: sends what they like, byte by byte, and tells what came back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from types import TracebackType
from typing import Self

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


class Stranger:
    """One connection. ``async with Stranger(port) as one: await one.send(b"..."); status = await one.status()``."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> Self:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.writer.transport.abort()

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, within: float = 5.0) -> tuple[int, bytes]:
        """Status and body of the next answer. Status 0: the connection was cut."""
        try:
            async with asyncio.timeout(within):
                head = await self.reader.readuntil(b"\r\n\r\n")
                length = _LENGTH.search(head)
                body = await self.reader.readexactly(int(length[1])) if length else b""
        except (asyncio.IncompleteReadError, ConnectionError):
            return 0, b""
        return int(head.split()[1]), body

    async def status(self, within: float = 5.0) -> int:
        return (await self.answer(within))[0]

    async def closed(self, within: float = 5.0) -> bool:
        """Whether nothing more comes and the connection ends within so many seconds."""
        try:
            async with asyncio.timeout(within):
                while await self.reader.read(65536):
                    pass
        except ConnectionError:
            return True
        except TimeoutError:
            return False
        return True


def post(body: bytes = b"", headers: Mapping[str, str] | None = None, *, length: int | None = None) -> bytes:
    """A POST to /slack/events; ``X_Y`` is the header ``X-Y``. ``length`` is what it says its body has."""
    lines = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
    lines = {"Host": "bot.example.com", "Content-Length": str(len(body) if length is None else length)} | lines
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    return f"POST /slack/events HTTP/1.1\r\n{head}\r\n".encode() + body


def get(path: str = "/healthz") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: bot.example.com\r\n\r\n".encode()
