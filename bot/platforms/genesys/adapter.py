"""Genesys Cloud as a :class:`bot.ports.MailPlatform`.

It remembers nothing: what the platform says now is all it tells, with the org that says it. Whether a create that was
accepted, or whose answer was lost, may still show is judged by the services, from what they observed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import quote

from bot.errors import PlatformDown, PlatformRefused
from bot.model.campaign import Campaigns
from bot.model.observations import Org
from bot.model.permits import Permit
from bot.model.registration import Preflight, Registration, Stage
from bot.platforms import for_activation, for_deletion
from bot.platforms.genesys import answers
from bot.platforms.genesys.answers import PLATFORM, Body
from bot.platforms.genesys.campaigns import campaigns
from bot.platforms.genesys.client import Answer, Client, one_token, refused
from bot.ports import Clock
from bot.runtime.advisory import NotChecked, advisory

_DOMAINS = "/api/v2/routing/email/outbound/domains"

#: Campaign domains of one org (https://help.mypurecloud.com/articles/email-rate-limits), where the org does not say.
LIMIT = 15


class Genesys:
    """See :class:`bot.ports.MailPlatform`."""

    name = PLATFORM

    def __init__(self, client: Client, clock: Clock, *, admin_url: str | None = None) -> None:
        self._client, self._clock = client, clock
        self.admin_url = admin_url
        self._root: str | None = None
        self._registering = asyncio.Lock()

    async def close(self) -> None:
        await self._client.close()

    # ---- the org

    async def organisation(self) -> Org:
        return await self._client.organisation()

    async def inbound(self) -> Collection[str]:
        return answers.inbound_names(await self._client.pages("/api/v2/routing/email/domains", excludeStatus="true"))

    async def preflight(self) -> Preflight:
        org, inbound, root, counted = await asyncio.gather(
            advisory("org", self._let_in()), advisory("inbound names", self.inbound()),
            advisory("root domain", self._own_root()), advisory("limits", usage(self._client)),
        )  # fmt: skip
        if isinstance(org, PlatformRefused):
            raise org
        parts = {"org": org, "inbound": inbound, "root": root, "limits": counted}
        unread = {what: part.why for what, part in parts.items() if isinstance(part, NotChecked)}
        known = Usage() if isinstance(counted, NotChecked) else counted
        if known.unread:
            unread["limits"] = known.unread
        return Preflight(
            None if isinstance(org, NotChecked) else org,
            None if isinstance(inbound, NotChecked) else frozenset(inbound),
            None if isinstance(root, NotChecked) else root,
            known.used, known.limit, known.told, unread,
        )  # fmt: skip

    async def _let_in(self) -> Org | PlatformRefused:
        """Our org; the refusal where our credentials are no good. Anything else that is wrong is raised."""
        try:
            return await self.organisation()
        except PlatformRefused as refused:
            if refused.reason == "credentials":
                return refused
            raise

    async def _own_root(self) -> str:
        """The vendor's own name, under which it makes names of its own."""
        if self._root is None:
            answer = await self._client.get("/api/v2/routing/email/setup")
            root = answer.body.get("rootDomain")
            self._root = answers.plain(root) if isinstance(root, str) else ""
        return self._root

    # ---- one domain

    async def look(self, name: str) -> Registration:
        activation = await self._client.call("GET", f"{_path(name)}/activation")
        if activation.status != 404:
            return await self._registration(name, activation)
        # Absence has consequences, so it is asked for three times, in three ways.
        domain = await self._client.call("GET", _path(name))
        if domain.ok:
            return Registration(name, Stage.PREPARING, org=await self._client.whose(domain))
        if domain.status != 404:
            raise refused(domain)
        pages, listed = await self._listed()
        one_token([activation, domain, *pages])
        there = any(name in (_plain(entity, "id"), _plain(entity, "name")) for entity in listed)
        return Registration(name, Stage.PREPARING if there else Stage.ABSENT, org=await self._client.whose(domain))

    async def _registration(self, name: str, answer: Answer) -> Registration:
        if not answer.ok:
            raise refused(answer)
        if answers.by_smtp(answer.body):
            raise PlatformRefused(PLATFORM, "smtp")
        found = answers.registration(name, answer.body)
        return replace(found, org=await self._client.whose(answer), date=answer.date)

    async def _listed(self) -> tuple[list[Answer], list[Body]]:
        """The complete listing of the org's domains; one without an id could be any."""
        pages = await self._client.listing(_DOMAINS)
        listed = answers.entities(page.body for page in pages)
        if not all(_plain(entity, "id") for entity in listed):
            raise PlatformDown(PLATFORM, "half a listing: a domain without an id")
        return pages, listed

    async def register(self, name: str, org: Org) -> Registration:
        async with self._registering:
            answer = await self._client.call("POST", _DOMAINS, body={"id": name, "name": name}, org=org)
        if answer.ok:
            return replace(answers.registration(name, answer.body), org=await self._client.whose(answer))
        if answers.exists(answer.status, answer.body) and not answers.elsewhere(answer.body):
            raise PlatformRefused(PLATFORM, "exists", answer.said, name)
        raise await self._why(answer)

    async def _why(self, answer: Answer) -> PlatformRefused:
        """A 403 that names no permission, although we have it, is about what the org has bought."""
        problem = refused(answer)
        if answer.status == 403 and problem.reason == "permission" and "permission" not in problem.said.lower():
            read = self._client.get("/api/v2/authorization/subjects/me", includeDuplicates="false")
            subject = await advisory("grants", read)
            if not isinstance(subject, NotChecked) and answers.may(subject.body, "routing", "email", "manage"):
                return PlatformRefused(PLATFORM, "licence", problem.said)
        return problem

    async def activate(self, permit: Permit) -> Registration:
        name = for_activation(permit).name
        answer = await self._client.call("PUT", f"{_path(name)}/activation", org=permit.org, once=True)
        return await self.look(name) if answer.status == 404 else await self._registration(name, answer)

    async def delete(self, permit: Permit) -> bool:
        permit = for_deletion(permit)
        answer = await self._client.call("DELETE", _path(permit.name), org=permit.org, once=True)
        if not answer.ok and answer.status != 404:
            raise refused(answer)
        return answer.ok

    async def domains(self) -> Collection[str]:
        _, listed = await self._listed()
        return frozenset(_plain(entity, "id") for entity in listed)

    async def campaigns(self, name: str) -> Campaigns:
        return await campaigns(self._client, name, self._clock.now())


class Usage(NamedTuple):
    """``told``: the limit is the org's own; else it is what the vendor documents, and ``unread`` says why."""

    used: int | None = None
    limit: int = LIMIT
    told: bool = False
    unread: str = ""


async def usage(client: Client) -> Usage:
    """How many domains the org has, and how many it may have; raises ``PlatformRefused``."""
    listed, limits = await asyncio.gather(
        client.get(_DOMAINS, pageSize=1, pageNumber=1),
        advisory("limits", client.call("GET", "/api/v2/organizations/limits/namespaces/email")),
    )
    used = answers.whole(listed.body.get("total"))
    if isinstance(limits, NotChecked):
        return Usage(used, unread=limits.why)
    if not limits.ok:
        return Usage(used, unread="forbidden" if limits.status == 403 else "unread")
    told = answers.limit(limits.body)
    return Usage(used) if told is None else Usage(used, told, told=True)


def _plain(entity: Body, key: str) -> str:
    found = entity.get(key)
    return answers.plain(found) if isinstance(found, str) else ""


def _path(name: str) -> str:
    return f"{_DOMAINS}/{quote(name, safe='')}"
