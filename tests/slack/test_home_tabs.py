"""Publishing Home tabs: the last publication shows the latest, and nothing is published twice for nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.errors import SlackBusy, SlackRefused, SlackUnclear
from bot.model.message import Message
from bot.slack.home_tabs import MIN_INTERVAL, HomeTabs
from bot.views import kit


class Tab:
    """A Slack that takes Home tabs, slowly where asked to, and a workspace of which one line is to be shown."""

    def __init__(self) -> None:
        self.truth, self.seconds = "one", 0.0
        self.rendered = 0
        self.shown: list[str] = []
        self.refusals: list[Exception] = []
        self.open = asyncio.Event()
        self.open.set()
        self.homes = HomeTabs(self.call, self.render, lambda: self.seconds)

    async def render(self, team: str, user: str) -> Message:
        self.rendered += 1
        return Message("", [kit.section(self.truth)])

    async def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        assert (method, arguments["user_id"], arguments["view"]["type"]) == ("views.publish", "U1", "home")
        await self.open.wait()
        texts = [block["text"]["text"] for block in arguments["view"]["blocks"] if block["type"] == "section"]
        if self.refusals:
            raise self.refusals.pop(0)
        self.shown.append(" / ".join(texts))
        return {}

    async def later(self, seconds: float = MIN_INTERVAL) -> float | None:
        self.seconds += seconds
        return await self.homes.refresh()


async def test_whoever_waits_for_a_turn_shows_what_is_true_then() -> None:
    tab = Tab()
    tab.open.clear()
    showing = [asyncio.create_task(tab.homes.show("T1", "U1"))]
    await asyncio.sleep(0)
    tab.truth = "two"
    answer = Message("", [kit.section("answer")])
    showing += [asyncio.create_task(tab.homes.show("T1", "U1", answer=answer)) for _ in range(5)]
    await asyncio.sleep(0)
    tab.truth = "three"
    tab.open.set()
    await asyncio.gather(*showing)
    assert tab.shown == ["one", "answer / three"], "in this order"
    assert tab.rendered == 2, "the five in one"


async def test_an_answer_is_shown_although_nothing_else_changed_meanwhile() -> None:
    tab = Tab()
    await tab.homes.show("T1", "U1")
    tab.truth = "two"
    tab.open.clear()
    refreshing = asyncio.create_task(tab.later())
    await asyncio.sleep(0)
    answering = asyncio.create_task(tab.homes.show("T1", "U1", answer=Message("", [kit.section("answer")])))
    await asyncio.sleep(0)
    tab.open.set()
    await asyncio.gather(refreshing, answering)
    assert tab.shown == ["one", "two", "answer / two"]


@pytest.mark.parametrize("error", [SlackBusy("views.publish", 1), SlackUnclear("views.publish", "timeout")])
async def test_what_slack_may_not_have_taken_is_published_again(error: Exception) -> None:
    tab = Tab()
    await tab.homes.show("T1", "U1")
    tab.truth, tab.refusals = "two", [error]
    await tab.later()
    tab.truth = "one"  # as it was; but Slack may show the other
    await tab.later()
    assert tab.shown == ["one", "one"]


async def test_slack_is_left_alone_for_as_long_as_it_asks() -> None:
    tab = Tab()
    tab.refusals = [SlackBusy("views.publish", 30)]
    await tab.homes.show("T1", "U1")
    assert await tab.later(29) == pytest.approx(1)
    assert tab.shown == []
    await tab.later(1)
    assert tab.shown == ["one"]


async def test_refreshing_is_spread_out_and_forgets_whom_slack_refuses() -> None:
    tab = Tab()
    assert await tab.later() is None, "nobody is there: nothing to come back for"
    await tab.homes.show("T1", "U1")
    await tab.later()
    tab.truth = "two"
    assert await tab.later(1) == pytest.approx(MIN_INTERVAL - 1)
    assert await tab.later(MIN_INTERVAL) is None
    assert tab.shown == ["one", "two"]
    tab.truth, tab.refusals = "three", [SlackRefused("views.publish", "not_enabled")]
    await tab.later()
    tab.truth = "four"
    await tab.later()
    assert tab.shown == ["one", "two"]
