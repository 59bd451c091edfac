"""A mail platform inside the bot: real DKIM keys, real DNS verification, nothing registered anywhere.

For trying out and for tests; it behaves as the real one does: creation and provisioning take a moment, records are
verified in DNS when activation is asked for, and are looked at again on every such request.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.config import Settings
from bot.model.campaign import Campaigns
from bot.model.look import Status
from bot.model.records import DnsRecord, RecordType
from bot.model.schedule import Rhythm
from bot.ports import Clock, Dns, Preflight, Registration, Stage, Store, Verification

#: Names the practice contact centre receives mail on, to see what happens then (S8).
INBOUND = ("support.xyzcorp.com", "support.example.com")

#: Where bounces go: the carrier's name in the US location.
TARGET = "sparkpostmail.com"

_KIND = "embedded"


class Embedded:
    """See :class:`bot.ports.MailPlatform`. Its state lives in the bot's own database."""

    name = "embedded"
    admin_url = None

    def __init__(self, store: Store, dns: Dns, clock: Clock, rhythm: Rhythm, inbound: Collection[str] = INBOUND):
        self._store, self._dns, self._clock, self._rhythm = store, dns, clock, rhythm
        self._inbound = frozenset(inbound)
        self._lock = asyncio.Lock()

    async def organisation(self) -> str:
        return "Practice"

    async def inbound(self) -> Collection[str]:
        return self._inbound

    async def preflight(self) -> Preflight:
        return Preflight(await self.organisation(), frozenset(await self.inbound()))

    async def register(self, name: str) -> Registration:
        async with self._lock:
            if await self._store.document(_KIND, name) is None:
                key = await asyncio.to_thread(_new_key)
                now = self._clock.now()
                records = [record.as_json() for record in _records(name, key, now)]
                body = {"records": records, "requested_at": now, "verified": {}, "verified_at": None}
                await self._store.put_document(_KIND, name, body)
        return await self.look(name)

    async def look(self, name: str) -> Registration:
        body = await self._store.document(_KIND, name)
        if body is None:
            return Registration(name, Stage.ABSENT)
        now = self._clock.now()
        if now < body["requested_at"] + self._rhythm["embedded_register"]:
            return Registration(name, Stage.PREPARING)
        verified_at = body["verified_at"]
        done = verified_at is not None and now >= verified_at + self._rhythm["embedded_provision"]
        return Registration(
            name,
            Stage.PROVISIONED if done else Stage.PENDING,
            _stored(body),
            {record.type: Verification(body["verified"].get(record.type.value, "pending")) for record in _stored(body)},
        )

    async def activate(self, name: str) -> Registration:
        async with self._lock:
            body = await self._store.document(_KIND, name)
            if body is not None:
                await self._verify(name, body)
        return await self.look(name)

    async def _verify(self, name: str, body: dict[str, Any]) -> None:
        look = await self._dns.look(name, _stored(body), resolvers=False)
        verdict = {Status.RIGHT: Verification.VERIFIED, Status.UNKNOWN: Verification.UNKNOWN}
        body["verified"] = {r.record.type.value: verdict.get(r.status, Verification.FAILED).value for r in look.records}
        if body["verified_at"] is None and look.published:
            body["verified_at"] = self._clock.now()
        await self._store.put_document(_KIND, name, body)

    async def delete(self, name: str) -> None:
        async with self._lock:
            await self._store.put_document(_KIND, name, None)

    async def domains(self) -> None:
        """Nothing is here but what the bot itself registered."""

    async def campaigns(self, name: str) -> Campaigns:
        return Campaigns()  # nothing is sent from here

    async def close(self) -> None:
        """Nothing is held open."""


def _stored(body: dict[str, Any]) -> tuple[DnsRecord, ...]:
    return tuple(DnsRecord.from_json(record) for record in body["records"])


def _new_key() -> str:
    """The public half of a fresh 2048-bit RSA key, base64 DER as ``p=`` wants it (RFC 6376 section 3.6.1)."""
    public = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode("ascii")


def _records(name: str, key: str, now: int) -> tuple[DnsRecord, ...]:
    selector = datetime.fromtimestamp(now / 1000, UTC).strftime("scph%m%y")
    return (
        DnsRecord(RecordType.TXT, f"{selector}._domainkey.{name}", f"v=DKIM1; k=rsa; h=sha256; p={key}"),
        DnsRecord(RecordType.CNAME, name, TARGET),
    )


def build(settings: Settings, *, store: Store, dns: Dns, clock: Clock, rhythm: Rhythm) -> Embedded:
    return Embedded(store, dns, clock, rhythm)
