"""Genesys Cloud as a :class:`bot.ports.MailPlatform`.

Creation is asynchronous and its result shows late; an answer may be lost after the platform has acted. So every wish to
create is written down before it is sent; while it may still be under way, a missing name is *being prepared*.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any
from urllib.parse import quote

from bot.errors import PlatformRefused
from bot.model.campaign import Campaigns
from bot.platforms.genesys import answers
from bot.platforms.genesys.answers import PLATFORM
from bot.platforms.genesys.campaigns import campaigns
from bot.platforms.genesys.client import Answer, Client, Unclear, refused
from bot.ports import Clock, Preflight, Registration, Stage, Store

_DOMAINS = "/api/v2/routing/email/outbound/domains"

#: How long (ms) the result of a create may stay invisible: after an unclear answer, and after *accepted*. The
#: vendor's own Terraform provider waits 90 s for such things.
UNCLEAR, ACCEPTED = 90_000, 600_000

#: Campaign domains of one org (https://help.mypurecloud.com/articles/email-rate-limits), where the org does not say.
LIMIT = 15

_REMEMBER = 300.0  #: seconds the org's name is remembered


class Genesys:
    """See :class:`bot.ports.MailPlatform`. What was asked for lives in the bot's database, the rest over there."""

    name = PLATFORM

    def __init__(self, client: Client, store: Store, clock: Clock, *, admin_url: str | None = None) -> None:
        self._client, self._store, self._clock = client, store, clock
        self.admin_url = admin_url
        self._org: tuple[str, float] | None = None
        self._root: str | None = None
        self._registering = asyncio.Lock()

    async def close(self) -> None:
        await self._client.close()

    # ---- the org

    async def organisation(self) -> str:
        now = self._clock.monotonic()
        if self._org is None or now >= self._org[1]:
            answer = await self._client.get("/api/v2/tokens/me")
            org = answer.body.get("organization")
            name = org.get("name") or org.get("id") if isinstance(org, dict) else None
            self._org = (str(name or ""), now + _REMEMBER)
        return self._org[0]

    async def inbound(self) -> Collection[str]:
        return answers.inbound_names(await self._client.pages("/api/v2/routing/email/domains", excludeStatus="true"))

    async def preflight(self) -> Preflight:
        subject = await self._client.get("/api/v2/authorization/subjects/me", includeDuplicates="false")
        if answers.may(subject.body, "routing", "email", "manage") is False:
            raise PlatformRefused(PLATFORM, "permission")
        org, inbound, root, (used, limit) = await asyncio.gather(
            self.organisation(), self.inbound(), self._own_root(), usage(self._client)
        )
        return Preflight(org, frozenset(inbound), root, used, limit)

    async def _own_root(self) -> str:
        """The vendor's own name, under which it makes names of its own."""
        if self._root is None:
            answer = await self._client.get("/api/v2/routing/email/setup")
            root = answer.body.get("rootDomain")
            self._root = answers.plain(root) if isinstance(root, str) else ""
        return self._root

    # ---- one domain

    async def look(self, name: str) -> Registration:
        answer = await self._client.call("GET", f"{_path(name)}/activation")
        if answer.status != 404:
            return self._registration(name, answer)
        # Absence has consequences, so it is asked for twice, in two ways.
        answer = await self._client.call("GET", _path(name))
        if answer.ok:
            return Registration(name, Stage.PREPARING)
        if answer.status != 404:
            raise refused(answer)
        return Registration(name, Stage.PREPARING if await self._under_way(name) else Stage.ABSENT)

    def _registration(self, name: str, answer: Answer) -> Registration:
        if not answer.ok:
            raise refused(answer)
        if answers.by_smtp(answer.body):
            raise PlatformRefused(PLATFORM, "smtp")
        return answers.registration(name, answer.body)

    async def register(self, name: str) -> Registration:
        async with self._registering:
            return await self._register(name)

    async def _register(self, name: str) -> Registration:
        known = await self.look(name)
        if known.stage is not Stage.ABSENT:
            return known
        wish = await self._store.document(PLATFORM, name) or {}
        wish |= {"asked_at": self._clock.now(), "accepted": False}
        await self._store.put_document(PLATFORM, name, wish)
        try:
            answer = await self._client.call("POST", _DOMAINS, body={"id": name, "name": name})
        except Unclear:
            # Never sent again unseen: what the platform has decides, now or at the next look.
            return await self.look(name)
        if answer.ok:
            await self._store.put_document(PLATFORM, name, wish | {"accepted": True})
            return answers.registration(name, answer.body)
        if answers.exists(answer.status, answer.body) and not answers.elsewhere(answer.body):
            return await self._existing(name, wish)
        await self._store.put_document(PLATFORM, name, None)
        raise await self._why(answer)

    async def _existing(self, name: str, wish: dict[str, Any]) -> Registration:
        """*Already exists*: our own earlier try, or another org's domain, which nobody here can see."""
        now = self._clock.now()
        first = wish.setdefault("exists_at", now)
        await self._store.put_document(PLATFORM, name, wish)
        found = await self.look(name)
        if found.stage is Stage.PREPARING and not found.records and now - first >= UNCLEAR:
            await self._store.put_document(PLATFORM, name, None)
            raise PlatformRefused(PLATFORM, "elsewhere")
        return found

    async def _why(self, answer: Answer) -> PlatformRefused:
        """A 403 that names no permission, although we have it, is about what the org has bought."""
        problem = refused(answer)
        if answer.status == 403 and problem.reason == "permission" and "permission" not in problem.said.lower():
            subject = await self._client.get("/api/v2/authorization/subjects/me", includeDuplicates="false")
            if answers.may(subject.body, "routing", "email", "manage"):
                return PlatformRefused(PLATFORM, "licence", problem.said)
        return problem

    async def _under_way(self, name: str) -> bool:
        """Whether a create that was sent may still show its result."""
        wish = await self._store.document(PLATFORM, name)
        if wish is None:
            return False
        age = self._clock.now() - int(wish["asked_at"])
        return 0 <= age < (ACCEPTED if wish["accepted"] else UNCLEAR)

    async def activate(self, name: str) -> Registration:
        answer = await self._client.call("PUT", f"{_path(name)}/activation")
        return await self.look(name) if answer.status == 404 else self._registration(name, answer)

    async def delete(self, name: str) -> None:
        await self._store.put_document(PLATFORM, name, None)
        answer = await self._client.call("DELETE", _path(name))
        if not answer.ok and answer.status != 404:
            raise refused(answer)

    async def domains(self) -> Collection[str]:
        listed = await self._client.pages(_DOMAINS)
        names = (answers.plain(str(e.get("id") or e.get("name") or "")) for e in listed)
        return frozenset(names) - {""}

    async def campaigns(self, name: str) -> Campaigns:
        return await campaigns(self._client, name, self._clock.now())


async def usage(client: Client) -> tuple[int | None, int]:
    """How many domains the org has, and how many it may have; raises ``PlatformRefused``."""
    listed, limits = await asyncio.gather(
        client.get(_DOMAINS, pageSize=1, pageNumber=1),
        client.call("GET", "/api/v2/organizations/limits/namespaces/email"),
    )
    total = listed.body.get("total")
    return total if isinstance(total, int) else None, answers.limit(limits.body) or LIMIT


def _path(name: str) -> str:
    return f"{_DOMAINS}/{quote(name, safe='')}"
