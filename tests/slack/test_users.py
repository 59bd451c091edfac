"""Who people are, as Slack says: full members, guests, people at home in another workspace, and what was not said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bot.errors import SlackBusy, SlackRefused, SlackTokenRefused, SlackUnclear, Trouble
from bot.model.people import Identity, Person
from bot.slack.users import Directory

OURS, HOME = "T0XYZCORP", "T0OTHER"
IDENTITY = Identity(OURS, "U0BOT", "B0BOT")


class Slack:
    """Answers in pages, and counts what it was asked; ``fault`` is raised instead."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Mapping[str, Any]]] = []
        self.users: dict[str, dict[str, Any]] = {}
        self.members = [f"U{n:05}" for n in range(5000)]
        self.fault: Trouble | None = None

    async def __call__(self, method: str, **arguments: Any) -> dict[str, Any]:
        self.calls.append((method, arguments))
        if self.fault is not None:
            raise self.fault
        if method == "users.info":
            if arguments["user"] not in self.users:
                raise SlackRefused(method, "user_not_found")
            return {"user": {"id": arguments["user"]} | self.users[arguments["user"]]}
        if method == "usergroups.users.list":
            return {"users": self.members[:3]}
        first, size = int(arguments.get("cursor") or 0), int(arguments.get("limit", 100))
        assert 1 <= size <= 1000, "Slack refuses more than 1,000 in a page"
        after = first + size
        cursor = str(after) if after < len(self.members) else ""
        return {"members": self.members[first:after], "response_metadata": {"next_cursor": cursor}}


class Remembering:
    """Keeps people, as the store does."""

    def __init__(self) -> None:
        self.kept: dict[str, Person] = {}

    async def remember(self, person: Person) -> None:
        self.kept[person.id] = person

    async def people(self, team: str) -> list[Person]:
        return list(self.kept.values())


class Made:
    def __init__(self) -> None:
        self.slack, self.now = Slack(), 0.0
        self.directory = Directory(self.slack, Remembering(), lambda: IDENTITY, lambda: self.now)  # type: ignore[arg-type]


@pytest.fixture
def made() -> Made:
    return Made()


# ---- Enterprise Grid


@pytest.mark.parametrize(
    ("user", "barred"),
    [
        ({"team_id": OURS}, None),
        ({}, None),
        ({"team_id": HOME}, "stranger"),
        ({"team_id": HOME, "enterprise_user": {"id": "W0KIM", "teams": [HOME, OURS]}}, None),
        ({"team_id": HOME, "enterprise_user": {"id": "W0KIM", "teams": [HOME]}}, "stranger"),
        ({"team_id": HOME, "enterprise_user": {"id": "W0KIM", "teams": None}}, "stranger"),
        ({"team_id": HOME, "enterprise_user": {"teams": [OURS]}, "is_stranger": True}, "stranger"),
        ({"team_id": HOME, "enterprise_user": {"teams": [OURS]}, "is_restricted": True}, "guest"),
        ({"team_id": HOME, "enterprise_user": {"teams": [OURS]}, "deleted": True}, "deactivated"),
        ({"team_id": OURS, "enterprise_user": {"teams": [OURS, HOME]}}, None),
    ],
)
async def test_whose_home_is_another_workspace_of_the_grid(
    made: Made, user: dict[str, Any], barred: str | None
) -> None:
    made.slack.users["W0KIM"] = user
    assert (await made.directory.person("W0KIM")).barred == barred
    assert (await made.directory.person("W0KIM", now=True)).barred == barred


# ---- a large channel


async def test_a_channel_of_5000_costs_five_pages_and_is_remembered_for_a_minute(made: Made) -> None:
    for _ in range(3):
        assert await made.directory.members("C0ALL") == frozenset(made.slack.members)
    assert len(made.slack.calls) == 5
    made.now = 59.9
    await made.directory.members("C0ALL")
    assert len(made.slack.calls) == 5
    made.now = 60.1
    await made.directory.members("C0ALL")
    assert len(made.slack.calls) == 10


async def test_for_a_vote_nothing_remembered_counts(made: Made) -> None:
    made.slack.users["U0SAM"] = {}
    for now in (False, True, True):
        await made.directory.members("C0ALL", now=now)
        await made.directory.person("U0SAM", now=now)
        await made.directory.group("S0MAIL", now=now)
    assert len(made.slack.calls) == 3 * 7


async def test_what_was_read_for_a_vote_is_remembered_for_the_rest(made: Made) -> None:
    made.slack.users["U0SAM"] = {}
    await made.directory.members("C0ALL", now=True)
    await made.directory.person("U0SAM", now=True)
    calls = len(made.slack.calls)
    await made.directory.members("C0ALL")
    await made.directory.person("U0SAM")
    assert len(made.slack.calls) == calls


# ---- what Slack does not say

UNSAID = [
    SlackRefused("m", "missing_scope"),
    SlackRefused("m", "team_access_not_granted"),
    SlackTokenRefused("m", "invalid_auth"),
    SlackBusy("m", 1),
    SlackUnclear("m", "timeout"),
]


@pytest.mark.parametrize("fault", UNSAID, ids=str)
async def test_what_could_not_be_checked_is_neither_yes_nor_no(made: Made, fault: Trouble) -> None:
    made.slack.users["U0SAM"] = {}
    assert (await made.directory.person("U0SAM")).barred is None
    made.slack.fault, made.now = fault, 120
    for now in (False, True):
        with pytest.raises(Trouble):
            await made.directory.person("U0NEW", now=now)
        with pytest.raises(Trouble):
            await made.directory.members("C0ALL", now=now)
        with pytest.raises(Trouble):
            await made.directory.group("S0MAIL", now=now)
    with pytest.raises(Trouble):
        await made.directory.person("U0SAM", now=True)
    assert (await made.directory.person("U0SAM")).barred is None, "for everything else what was known serves"


async def test_what_slack_does_not_know_is_nobody(made: Made) -> None:
    assert (await made.directory.person("U0GONE", now=True)).barred == "stranger"
    made.slack.fault = SlackRefused("m", "channel_not_found")
    assert await made.directory.members("C0GONE", now=True) == frozenset()
    made.slack.fault = SlackRefused("m", "no_such_subteam")
    assert await made.directory.group("S0GONE", now=True) == frozenset()


async def test_a_slack_that_lacks_the_method_is_taken_at_its_best(made: Made) -> None:
    made.slack.fault = SlackRefused("m", "unknown_method")
    assert (await made.directory.person("U0SAM", now=True)).barred is None
    assert await made.directory.members("C0ALL", now=True) is None
    assert await made.directory.group("S0MAIL", now=True) == frozenset()
