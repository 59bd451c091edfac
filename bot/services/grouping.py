"""Several domains to which the same happens are one message to the channel: the first one lists them all.

Each keeps its own message in its own thread, with its own metadata; but only the first is broadcast and calls somebody,
and it grows by an edit with every further one.
"""

from __future__ import annotations

from typing import Any

from bot.model.lifecycle import Kind
from bot.model.outbox import Notice
from bot.ports import Ports

KIND = "batch"  #: documents: the first message of a cause and channel, and what each message is in its group


def cause(notice: Notice) -> str | None:
    """What happened to several at once, where that can be: the platform has taken them out of service."""
    if notice.facts.get("quiet"):
        return None
    if notice.kind is Kind.DEGRADED and notice.facts.get("trouble") == "platform":
        return "deprovisioned"
    return "owed" if notice.kind is Kind.READY and notice.facts.get("unprovisioned") else None


async def join(ports: Ports, notice: Notice, channel: str) -> bool:
    """Whether another message stands for this one, too. A channel has one sender, so nobody is faster."""
    why = cause(notice)
    if why is None:
        return False
    store, now = ports.store, ports.clock.now()
    own = await store.document(KIND, notice.key)
    if own is not None:  # decided when it was tried before
        return "first" in own
    pointer = f"{why}/{channel}"
    first = await store.document(KIND, pointer)
    group = await store.document(KIND, first["key"]) if first is not None else None
    if first is None or group is None or not 0 <= now - group["at"] <= ports.rhythm["together"]:
        await store.put_document(KIND, notice.key, {"at": now, "names": [notice.name]})
        await store.put_document(KIND, pointer, {"key": notice.key})
        return False
    if notice.name not in group["names"]:
        await store.put_document(KIND, first["key"], group | {"names": [*group["names"], notice.name]})
    await store.put_document(KIND, notice.key, {"first": first["key"]})
    await store.look_again(first["key"])
    return True


async def facts(ports: Ports, notice: Notice) -> dict[str, Any]:
    """What a message says of its group: the names it lists, or that it calls nobody."""
    found = await ports.store.document(KIND, notice.key) if cause(notice) is not None else None
    if found is None:
        return {}
    if "first" in found:
        return {"followed": True}
    return {"names": found["names"], "group": notice.key} if len(found["names"]) > 1 else {}


async def grows(ports: Ports, notice: Notice) -> bool:
    """Whether others may still join it."""
    found = await ports.store.document(KIND, notice.key) if cause(notice) is not None else None
    return (
        found is not None and "names" in found and ports.clock.now() - found["at"] <= ports.rhythm["together"]
    )  # fmt: skip
