"""What the operators have to know of the bot itself: written down once, sent by :mod:`bot.services.notifying`."""

from __future__ import annotations

import structlog

from bot.ports import Ports

log = structlog.get_logger(__name__)

#: Documents: ``<what>/<mark>`` to the facts, and when it was sent.
KIND = "operator_notice"


async def tell_operators(ports: Ports, what: str, mark: str, **facts: str) -> None:
    """``what`` is a key of the texts (``[operators.*]``); said once for ``mark``, by direct message."""
    key = f"{what}/{mark}"
    if await ports.store.document(KIND, key) is not None:
        return
    log.warning("operators have to know", what=what, **facts)
    await ports.store.put_document(KIND, key, {"what": what, "facts": facts, "at": ports.clock.now(), "sent_at": None})
    ports.wake()


async def over(ports: Ports, *whats: str) -> None:
    """It is no longer so, whatever it was said for: should it come again, it is said again."""
    for key in await ports.store.documents(KIND):
        if key.partition("/")[0] in whats:
            await ports.store.put_document(KIND, key, None)
