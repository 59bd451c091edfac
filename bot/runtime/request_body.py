"""The body of a request, read in time, within bounds and as it is: nothing is unpacked."""

from __future__ import annotations

import asyncio

from aiohttp import web

from bot.runtime.connections import Connection

#: Bytes that all bodies together may hold in memory before anybody knows whose they are.
TOGETHER = 16_000_000


class BadBody(Exception):
    """``status`` is HTTP's, ``why`` a word for the metrics."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


def refuse_packed(request: web.BaseRequest) -> None:
    """Raises :class:`BadBody` where the body would have to be unpacked."""
    encodings = request.headers.getall("Content-Encoding", ())
    if any(encoding.strip().lower() not in {"", "identity"} for encoding in encodings):
        raise BadBody(415, "encoded")


class Bodies:
    """Reads bodies. Where there is no more memory for them, whoever holds most of it is cut off: never a short one."""

    def __init__(self, most: int, within: float) -> None:
        """``most`` bytes of one body, ``within`` seconds."""
        self._most, self._within = most, within
        self._held: dict[web.RequestHandler, int] = {}

    async def read(self, request: web.BaseRequest) -> bytes:
        """Raises :class:`BadBody`."""
        refuse_packed(request)
        if (request.content_length or 0) > self._most:
            raise BadBody(413, "too_large")
        try:
            async with asyncio.timeout(self._within):
                return await self._all(request)
        except TimeoutError:
            raise BadBody(408, "too_slow") from None
        except web.RequestPayloadError:
            raise BadBody(400, "no_http") from None
        except ConnectionError:  # anybody can leave in the middle, as often as they like: nothing for the log
            raise BadBody(400, "gone") from None
        finally:
            self._held.pop(request.protocol, None)

    async def _all(self, request: web.BaseRequest) -> bytes:
        body = bytearray()
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > self._most:
                raise BadBody(413, "too_large")
            self._held[request.protocol] = len(body)
            if sum(self._held.values()) > TOGETHER:
                self._make_room()
        return bytes(body)

    def _make_room(self) -> None:
        largest = max(self._held, key=lambda one: self._held[one])
        del self._held[largest]
        if isinstance(largest, Connection):
            largest.drop()
