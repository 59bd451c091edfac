"""A mail platform inside the bot: real DKIM keys, real DNS verification, nothing registered anywhere.

For trying out and for tests; it behaves as the real one does: creation and provisioning take a moment, records are
verified in DNS when activation is asked for, and are looked at again on every such request. Its orgs hold what the bot
registered there, and whatever else is put into their documents (the try-out does).
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.config.settings import Settings
from bot.errors import PlatformRefused
from bot.model.campaign import Campaign, Campaigns
from bot.model.look import Status
from bot.model.observations import Org
from bot.model.permits import Permit
from bot.model.records import DnsRecord, RecordType
from bot.model.registration import Preflight, Registration, Stage, Verification
from bot.model.schedule import Rhythm
from bot.platforms import for_activation, for_deletion
from bot.ports import Clock, Dns, Store

#: Names the practice contact centre receives mail on, to see what happens then (S8).
INBOUND = ("support.xyzcorp.com", "support.example.com")

#: Where bounces go: the carrier's name in the US location.
TARGET = "sparkpostmail.com"

_KIND = "embedded"

#: The one there is outside of the try-out.
ORG = Org(_KIND, "practice", "Practice")

#: What is kept of one name: its records, when it was asked for, and how far it is verified.
Body = dict[str, Any]


class Embedded:
    """One org; see :class:`bot.ports.MailPlatform`. Its state lives in the bot's own database."""

    name = "embedded"
    admin_url = None

    def __init__(self, store: Store, dns: Dns, clock: Clock, rhythm: Rhythm, *, org: Org = ORG):
        self._store, self._dns, self._clock, self._rhythm = store, dns, clock, rhythm
        self._org = org
        self._kind = _KIND if org.id == ORG.id else f"{_KIND}.{org.id}"
        self._campaigns = f"{self._kind}.campaigns"
        self._lock = asyncio.Lock()

    async def organisation(self) -> Org:
        return self._org

    async def inbound(self) -> Collection[str]:
        return INBOUND

    async def preflight(self) -> Preflight:
        return Preflight(self._org, frozenset(await self.inbound()), root="")

    async def register(self, name: str, org: Org) -> Registration:
        self._check(org)
        async with self._lock:
            if await self._store.document(self._kind, name) is not None:
                raise PlatformRefused(_KIND, "exists", "", name)
            await self._store.put_document(self._kind, name, await new_body(name, self._clock.now()))
        return await self.look(name)

    async def look(self, name: str) -> Registration:
        body = await self._store.document(self._kind, name)
        if body is None:
            return Registration(name, Stage.ABSENT, org=self._org)
        now = self._clock.now()
        if now < body["requested_at"] + self._rhythm["embedded_register"]:
            return Registration(name, Stage.PREPARING, org=self._org)
        return Registration(
            name,
            self._stage(body, now),
            _stored(body),
            {record.type: Verification(body["verified"].get(record.type.value, "pending")) for record in _stored(body)},
            org=self._org,
            date=now,
        )

    def _stage(self, body: Body, now: int) -> Stage:
        verified_at = body["verified_at"]
        if verified_at is None:
            return Stage.DEPROVISIONED if body.get("deprovisioned") else Stage.PENDING
        return Stage.PROVISIONED if now >= verified_at + self._rhythm["embedded_provision"] else Stage.PENDING

    async def activate(self, permit: Permit) -> Registration:
        name = for_activation(permit).name
        self._check(permit.org)
        async with self._lock:
            body = await self._store.document(self._kind, name)
            if body is not None:
                await self._verify(name, body)
        return await self.look(name)

    async def _verify(self, name: str, body: Body) -> None:
        look = await self._dns.look(name, _stored(body), resolvers=False)
        verdict = {Status.RIGHT: Verification.VERIFIED, Status.UNKNOWN: Verification.UNKNOWN}
        body["verified"] = {r.record.type.value: verdict.get(r.status, Verification.FAILED).value for r in look.records}
        if body["verified_at"] is None and look.published:
            body["verified_at"] = self._clock.now()
        await self._store.put_document(self._kind, name, body)

    async def delete(self, permit: Permit) -> bool:
        name = for_deletion(permit).name
        self._check(permit.org)
        async with self._lock:
            if await self._store.document(self._kind, name) is None:
                return False
            await self._store.put_document(self._kind, name, None)
            return True

    async def domains(self) -> Collection[str]:
        return frozenset(await self._store.documents(self._kind))

    async def campaigns(self, name: str) -> Campaigns:
        kept = await self._store.documents(self._campaigns)
        if not kept:
            return Campaigns()  # nothing was ever sent from here
        found = kept[name]["campaigns"] if name in kept else ()
        return Campaigns(tuple(Campaign(**one) for one in found), seen=True, schedules=True)

    async def close(self) -> None:
        """Nothing is held open."""

    def _check(self, org: Org) -> None:
        if not self._org.is_same(org):
            raise PlatformRefused(_KIND, "another_org", self._org.name)

    # --- what the org's own people do there ------------------------------------------------------------------------

    async def edit(self, name: str, change: Callable[[Body | None], Body | None]) -> Body | None:
        """What is kept of ``name`` becomes what ``change`` makes of it, and what it was before comes back.

        None: the org does not have it.
        """
        async with self._lock:
            before = await self._store.document(self._kind, name)
            await self._store.put_document(self._kind, name, change(before))
            return before

    async def send(self, name: str, campaigns: Collection[Campaign]) -> None:
        """These campaigns send from ``name``, and no others."""
        await self._store.put_document(self._campaigns, name, {"campaigns": [asdict(one) for one in campaigns]})


async def new_body(name: str, now: int) -> Body:
    """A registration that was asked for at ``now``, with a key of its own."""
    key = await asyncio.to_thread(_new_key)
    records = [record.as_json() for record in _records(name, key, now)]
    return {"records": records, "requested_at": now, "verified": {}, "verified_at": None}


def _stored(body: Mapping[str, Any]) -> tuple[DnsRecord, ...]:
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
