"""Who people are, as Slack says, remembered for a while: language, time zone, and whether they are full members."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from bot.errors import SlackRefused, Trouble
from bot.model.people import Identity, Person
from bot.ports import Store

_FRESH = 60.0  #: seconds that what Slack said of a person, a group or a channel is taken for true; not for a vote
_PAGE = 1000  #: people in a page of a channel's members; Slack's own default is 100

#: Questions under way, from which on what was known of somebody serves: Slack answers about 100 people a minute.
_CROWD = 10

#: A Slack that lacks these is taken at its best: everybody is a full member who reads English.
_LACKING = frozenset({"unknown_method", "not_implemented"})

#: Slack's words for somebody, a channel or a group that is not there for us. Any other refusal (``missing_scope``, a
#: token that is no longer good) tells nothing about them: that could not be checked.
_NOBODY = frozenset({"user_not_found", "user_not_visible", "users_not_found"})
_NO_CHANNEL = frozenset({"channel_not_found", "not_in_channel", "is_archived"})
_NO_GROUP = frozenset({"no_such_subteam", "subteam_not_found"})


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

    async def person(self, user: str, *, now: bool = False) -> Person:
        asked = self._asked.get(user)
        if not now and asked is not None and self._monotonic() - asked < _FRESH:
            return self._people[user]
        if not now and user in self._people and len(self._asking) >= _CROWD:
            return self._people[user]
        identity = self._identity()
        team = identity.team if identity else ""
        try:
            said = await self._ask("users.info", now=now, user=user, include_locale=True)
            person = _person(said.get("user") or {}, user, team)
        except Trouble as trouble:
            if isinstance(trouble, SlackRefused) and trouble.error in _NOBODY:
                return Person(user, team, barred="stranger")
            if not isinstance(trouble, SlackRefused) or trouble.error not in _LACKING:
                # Rather what we knew than nothing; somebody never seen before has to wait until Slack answers.
                if user in self._people and not now:
                    return self._people[user]
                raise
            person = Person(user, team)
        self._asked[user] = self._monotonic()
        if self._people.get(user) != person:
            self._people[user] = person
            await self._store.remember(person)
        return person

    async def members(self, channel: str, *, now: bool = False) -> frozenset[str] | None:
        try:
            return await self._set("conversations.members", "members", now, channel=channel, limit=_PAGE)
        except SlackRefused as refused:
            if refused.error in _LACKING:
                return None
            if refused.error in _NO_CHANNEL:
                return frozenset()
            raise

    async def group(self, id: str, *, now: bool = False) -> frozenset[str]:
        try:
            return await self._set("usergroups.users.list", "users", now, usergroup=id)
        except SlackRefused as refused:
            if refused.error in _LACKING or refused.error in _NO_GROUP:
                return frozenset()
            raise

    async def _set(self, method: str, field: str, now: bool, **arguments: Any) -> frozenset[str]:
        key = f"{method} {arguments}"
        held = self._sets.get(key)
        if not now and held is not None and self._monotonic() - held[0] < _FRESH:
            return held[1]
        try:
            found = await self._pages(method, field, now, **arguments)
        except Trouble as trouble:
            told = isinstance(trouble, SlackRefused) and trouble.error in _LACKING | _NO_CHANNEL | _NO_GROUP
            if now or told or held is None:
                raise
            return held[1]
        self._sets[key] = (self._monotonic(), found)
        return found

    async def _pages(self, method: str, field: str, now: bool, **arguments: Any) -> frozenset[str]:
        found: set[str] = set()
        while True:
            page = await self._ask(method, now=now, **arguments)
            found |= set(page.get(field, ()))
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return frozenset(found)
            arguments["cursor"] = cursor

    async def _ask(self, method: str, *, now: bool, **arguments: Any) -> dict[str, Any]:
        """One call for everybody who wants to know the same at the same time; it goes on where one gives up.

        ``now``: a call of its own, because one under way may have been answered before this was asked.
        """
        if now:
            return await self._call(method, **arguments)
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
    enterprise = user.get("enterprise_user") or {}
    # In an Enterprise Grid somebody's home may be another workspace of it, and they are members of this one, too.
    here = not team or user.get("team_id", team) == team or team in (enterprise.get("teams") or ())
    checks = {
        "bot": user.get("is_bot") or id == "USLACKBOT",
        "deactivated": user.get("deleted"),
        "guest": user.get("is_restricted") or user.get("is_ultra_restricted"),
        "stranger": user.get("is_stranger") or not here,
    }
    return Person(
        id=id,
        team=team,
        language="ja" if str(user.get("locale", "")).lower().startswith("ja") else "en",
        timezone=str(user.get("tz") or ""),
        barred=next((why for why, holds in checks.items() if holds), None),
        admin=bool(user.get("is_admin") or user.get("is_owner")),
    )
