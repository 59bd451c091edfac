"""Who people are, as Slack says, remembered for a while: language, time zone, and whether they are full members."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from bot.errors import SlackRefused, SlackTokenRefused, Trouble
from bot.model.people import Identity, Person
from bot.ports import Store

_FRESH = 60.0  #: seconds that what Slack said of a person or a group is taken for true
_MEMBERS_FRESH = 10.0

#: Questions under way, from which on what was known of somebody serves: Slack answers about 100 people a minute.
_CROWD = 10

#: A Slack that lacks these is taken at its best: everybody is a full member who reads English.
_LACKING = frozenset({"unknown_method", "missing_scope", "not_implemented"})


class Call(Protocol):
    def __call__(self, method: str, **arguments: Any) -> Awaitable[dict[str, Any]]: ...


class Directory:
    """See :class:`bot.ports.Directory`."""

    def __init__(
        self, call: Call, store: Store, identity: Callable[[], Identity | None], monotonic: Callable[[], float]
    ) -> None:
        self._call, self._store, self._identity, self._monotonic = call, store, identity, monotonic
        self._people: dict[str, Person] = {}
        self._asked: dict[str, float] = {}
        self._sets: dict[str, tuple[float, frozenset[str]]] = {}
        self._asking: dict[str, asyncio.Future[dict[str, Any]]] = {}

    async def load(self, team: str) -> None:
        """What was remembered before this start."""
        self._people |= {person.id: person for person in await self._store.people(team)}

    def known(self, user: str) -> Person | None:
        return self._people.get(user)

    async def person(self, user: str) -> Person:
        asked = self._asked.get(user)
        if asked is not None and self._monotonic() - asked < _FRESH:
            return self._people[user]
        if user in self._people and len(self._asking) >= _CROWD:
            return self._people[user]
        identity = self._identity()
        team = identity.team if identity else ""
        try:
            person = _person(
                (await self._ask("users.info", user=user, include_locale=True)).get("user") or {}, user, team
            )
        except Trouble as trouble:
            if not isinstance(trouble, SlackRefused) or isinstance(trouble, SlackTokenRefused):
                # Rather what we knew than nothing; somebody never seen before has to wait until Slack answers.
                if user in self._people:
                    return self._people[user]
                raise
            if trouble.error not in _LACKING:
                return Person(user, team, barred="stranger")
            person = Person(user, team)
        self._asked[user] = self._monotonic()
        if self._people.get(user) != person:
            self._people[user] = person
            await self._store.remember(person)
        return person

    async def members(self, channel: str) -> frozenset[str] | None:
        try:
            return await self._set("conversations.members", "members", _MEMBERS_FRESH, channel=channel)
        except SlackTokenRefused:
            raise
        except SlackRefused as refused:
            if refused.error in _LACKING:
                return None
            return frozenset()

    async def group(self, id: str) -> frozenset[str]:
        try:
            return await self._set("usergroups.users.list", "users", _FRESH, usergroup=id)
        except SlackTokenRefused:
            raise
        except SlackRefused:
            return frozenset()

    async def _set(self, method: str, field: str, fresh: float, **arguments: Any) -> frozenset[str]:
        key = f"{method} {arguments}"
        held = self._sets.get(key)
        if held is not None and self._monotonic() - held[0] < fresh:
            return held[1]
        found: set[str] = set()
        cursor = ""
        while True:
            page = await self._ask(method, **arguments, **({"cursor": cursor} if cursor else {}))
            found |= set(page.get(field, ()))
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        self._sets[key] = (self._monotonic(), frozenset(found))
        return frozenset(found)

    async def _ask(self, method: str, **arguments: Any) -> dict[str, Any]:
        """One call for everybody who wants to know the same at the same time; it goes on where one gives up."""
        key = f"{method} {arguments}"
        asking = self._asking.get(key)
        if asking is None:
            asking = self._asking[key] = asyncio.ensure_future(self._call(method, **arguments))

            def over(done: asyncio.Future[dict[str, Any]]) -> None:
                del self._asking[key]
                if not done.cancelled():
                    done.exception()  # whoever still waits has it; it need not be reported for the others

            asking.add_done_callback(over)
        return await asyncio.shield(asking)


def _person(user: dict[str, Any], id: str, team: str) -> Person:
    checks = {
        "bot": user.get("is_bot") or id == "USLACKBOT",
        "deactivated": user.get("deleted"),
        "guest": user.get("is_restricted") or user.get("is_ultra_restricted"),
        "stranger": user.get("is_stranger") or (team and user.get("team_id", team) != team),
    }
    return Person(
        id=id,
        team=team,
        language="ja" if str(user.get("locale", "")).lower().startswith("ja") else "en",
        timezone=str(user.get("tz") or "UTC"),
        barred=next((why for why, holds in checks.items() if holds), None),
        admin=bool(user.get("is_admin") or user.get("is_owner")),
    )
