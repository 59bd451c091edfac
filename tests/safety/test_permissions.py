"""Who may do what: every cell of the table, with lists that are said and by default, and that commands ask it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from bot.config.settings import load
from bot.errors import CannotSee, Forbidden, NotAPerson, SlackRefused
from bot.model.lifecycle import State
from bot.model.people import Person, Who
from bot.model.roles import MAY, Action
from bot.ports import Ports
from bot.services import authorizing
from bot.services.authorizing import About
from tests.scenarios.world import ALEX, CHANNEL, NAME, SAM, SUZUKI, TEAM, World

OWNER, ASKER, MEMBER, OUTSIDER, ADMIN = "U0OWNER", "U0ASKER", "U0MEMBER", "U0OUTSIDER", "U0ADMIN"
REQUESTER, APPROVER, OPERATOR, GROUPED = "U0REQUESTER", "U0APPROVER", "U0OPERATOR", "U0GROUPED"
FULL = (OWNER, ASKER, MEMBER, OUTSIDER, ADMIN, REQUESTER, APPROVER, OPERATOR, GROUPED)
BARRED = {"U0GUEST": "guest", "U0ROBOT": "bot", "U0LEFT": "deactivated", "W0STRANGER": "stranger"}


class Directory:
    """Only MEMBER and those who may do nothing are in the channel; nobody sees into the one that is secret."""

    async def person(self, user: str, *, now: bool = False) -> Person:
        return Person(user, TEAM, barred=BARRED.get(user), admin=user == ADMIN)

    async def members(self, channel: str, *, now: bool = False) -> frozenset[str] | None:
        if channel in ("C0SILENT", "D0SILENT"):
            raise SlackRefused("conversations.members", "missing_scope")
        return frozenset({MEMBER, *BARRED}) if channel == CHANNEL else frozenset()

    async def group(self, id: str, *, now: bool = False) -> frozenset[str]:
        return frozenset({GROUPED, *BARRED})


BASE = {
    "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SLACK_API_URL": "http://127.0.0.1:1/",
}  # fmt: skip
SAID = {
    "EMAILDOMAIN_REQUESTERS": ",".join((REQUESTER, *BARRED)),
    "EMAILDOMAIN_APPROVERS": ",".join((APPROVER, "S0MAIL", *BARRED)),
    "EMAILDOMAIN_OPERATORS": ",".join((OPERATOR, *BARRED)),
}


def ports(**settings: str) -> Ports:
    return cast(Ports, SimpleNamespace(settings=load(BASE | settings, None), directory=Directory()))


_ALL = frozenset(FULL)
_OWN = {OWNER, APPROVER, GROUPED}

#: Of the full members, who may; everybody else may not. As the product promises it, not as the code has it.
WHERE_SAID: Mapping[str, Collection[str]] = {
    "check": _ALL,
    "add": {REQUESTER},
    "ask": {REQUESTER},
    "see": {OWNER, MEMBER, APPROVER, GROUPED, OPERATOR},
    "extend": _OWN,
    "remove": _OWN,
    "approve": {APPROVER, GROUPED},
    "stop_removal": {ASKER, *_OWN},
    "finish_anyway": _OWN,
    "gone": _OWN,
    "outside": {OWNER, OPERATOR},
    "withdraw": {ASKER},
    "move": {OWNER},
    "release": {OWNER},
    "import": {OPERATOR},
    "hold": {OPERATOR},
}
BY_DEFAULT: Mapping[str, Collection[str]] = {
    "check": _ALL,
    "add": {MEMBER},
    "ask": {MEMBER},
    "see": {OWNER, MEMBER, ADMIN},
    "extend": {OWNER, MEMBER},
    "remove": {OWNER, MEMBER},
    "approve": {MEMBER},
    "stop_removal": {ASKER, OWNER, MEMBER},
    "finish_anyway": {OWNER, MEMBER},
    "gone": {OWNER, MEMBER},
    "outside": {OWNER, ADMIN},
    "withdraw": {ASKER},
    "move": {OWNER},
    "release": {OWNER},
    "import": {ADMIN},
    "hold": {ADMIN},
}


async def may(given: Ports, action: str, user: str, channel: str = CHANNEL) -> bool:
    who = Who(user, TEAM, "C0ELSEWHERE", "en")
    try:
        await authorizing.require(given, Action(action), who, About(channel, OWNER, ASKER, NAME))
    except Forbidden:
        return False
    return True


def test_the_table_has_every_action() -> None:
    assert {*MAY} == {*Action} == {Action(one) for one in WHERE_SAID} == {Action(one) for one in BY_DEFAULT}


@pytest.mark.parametrize(("action", "user"), list(product(WHERE_SAID, FULL)))
async def test_where_the_lists_are_said(action: str, user: str) -> None:
    assert await may(ports(**SAID), action, user) is (user in WHERE_SAID[action])


@pytest.mark.parametrize(("action", "user"), list(product(BY_DEFAULT, FULL)))
async def test_by_default(action: str, user: str) -> None:
    assert await may(ports(), action, user) is (user in BY_DEFAULT[action])


@pytest.mark.parametrize("settings", [SAID, {}], ids=["said", "default"])
@pytest.mark.parametrize(("action", "user"), list(product(Action, BARRED)))
async def test_some_may_nothing_whatever_list_they_are_on(
    settings: Mapping[str, str], action: Action, user: str
) -> None:
    with pytest.raises(NotAPerson) as refused:
        await may(ports(**settings), action, user)
    assert refused.value.why == BARRED[user]


async def test_a_direct_message_is_its_owners() -> None:
    """Slack is not asked who is in it: the bot lacks the scope for that."""
    for action in ("approve", "see", "ask"):
        assert not await may(ports(), action, MEMBER, "D0SILENT")
    for action in ("ask", "see", "remove"):
        assert await may(ports(), action, OWNER, "D0SILENT")


async def test_in_a_channel_the_bot_cannot_see_nobody_else_may_ask() -> None:
    with pytest.raises(CannotSee):
        await may(ports(), "ask", MEMBER, "G0SECRET")
    assert await may(ports(), "ask", OWNER, "G0SECRET")
    assert not await may(ports(), "approve", MEMBER, "G0SECRET")


@pytest.mark.parametrize("action", ["ask", "see", "approve", "remove"])
async def test_what_cannot_be_checked_is_no_yes(action: str) -> None:
    with pytest.raises(SlackRefused):
        await may(ports(), action, MEMBER, "C0SILENT")


# ---- commands ask it


@pytest.fixture
async def elsewhere(tmp_path: Path) -> AsyncIterator[World]:
    """Suzuki is a full member of the workspace, and not in the channel of the domains."""
    async with World(tmp_path, EMAILDOMAIN_CHANNEL=CHANNEL) as world:
        world.slack.workspace.leave(CHANNEL, SUZUKI)
        world.slack.workspace.people[SUZUKI].locale = "en-US"
        world.slack.workspace.add_channel("C0ELSE", "elsewhere", members=[SUZUKI])
        yield world


@pytest.mark.parametrize(
    "typed", ["add news.xyzcorp.com", "activate {}", "status {}", "remove {}", "release {}", "import", "hold"]
)
async def test_whoever_may_not_is_told_for_whom_it_is(elsewhere: World, typed: str) -> None:
    await elsewhere.ready()
    before = await elsewhere.domain()
    await elsewhere.command(SUZUKI, typed.format(NAME), channel="C0ELSE")
    assert "You cannot" in elsewhere.last(SUZUKI)
    assert "This is for" in elsewhere.last(SUZUKI)
    assert await elsewhere.domain() == before
    assert await elsewhere.bot.store.domain(TEAM, "news.xyzcorp.com") is None


async def test_whoever_may_not_sees_no_domains(elsewhere: World) -> None:
    await elsewhere.ready()
    for typed in ("list", "status", f"list {NAME}"):
        await elsewhere.command(SUZUKI, typed, channel="C0ELSE")
        assert NAME not in elsewhere.last(SUZUKI).replace(f"list {NAME}", "").replace(f"“{NAME}”", "")
    await elsewhere.opens_home(SUZUKI)
    assert NAME not in str(elsewhere.home(SUZUKI).view)
    await elsewhere.command(SAM, "list")
    assert NAME in elsewhere.last(SAM)


async def test_check_is_for_everybody(elsewhere: World) -> None:
    await elsewhere.ready()
    await elsewhere.command(SUZUKI, f"check {NAME}", channel="C0ELSE")
    assert "You cannot" not in elsewhere.last(SUZUKI)


async def test_requesters_are_those_who_are_named(tmp_path: Path) -> None:
    async with World(tmp_path, EMAILDOMAIN_REQUESTERS=f"{ALEX},S0REQ") as world:
        world.slack.workspace.add_group("S0REQ", "requesters", [SUZUKI])
        await world.command(SAM, f"add {NAME}")
        assert "You cannot add domains" in world.last(SAM)
        await world.ready()
        await world.command(SAM, f"activate {NAME}")
        assert await world.state() is State.READY
        await world.command(SUZUKI, f"activate {NAME}")
        assert await world.state() is State.AWAITING_APPROVAL
