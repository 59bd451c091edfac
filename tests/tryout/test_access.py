"""Whether everybody can use the page: by keyboard alone, with a screen reader, on a phone, in the dark."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.tryout.run import running
from tests.tryout.browser import Newcomer, browser_test, newcomer
from tests.tryout.hands import NAME, SAM

#: axe-core, unchanged; see the README beside it.
AXE = Path(__file__).parent / "axe-core" / "axe.min.js"

PHONE = {"width": 375, "height": 700}
DESKTOP = {"width": 1440, "height": 900}


async def violations(page: Any) -> list[str]:
    """What axe-core finds serious or worse on the page as it is."""
    if not await page.evaluate("typeof window.axe !== 'undefined'"):
        await page.evaluate(AXE.read_text(encoding="utf-8"))
    found = await page.evaluate("axe.run({ resultTypes: ['violations'] })")
    return [
        f"{v['id']} ({v['impact']}): {node['target']} {node['failureSummary']}"
        for v in found["violations"]
        for node in v["nodes"]
        if v["impact"] in ("serious", "critical")
    ]


async def empty(alex: Newcomer) -> None:
    await alex.reads("Start here")


async def card(alex: Newcomer) -> None:
    await alex.types(f"/emaildomain add {NAME}")
    await alex.reads("Add these 2 records")
    await alex.expect(alex.page.locator("#desk-answers > li")).to_have_count(5)


async def thread(alex: Newcomer) -> None:
    await card(alex)
    await alex.errs("WRONG_TARGET")
    await alex.log.get_by_role("button", name="1 reply").click()
    await alex.expect(alex.page.locator("#thread").get_by_text("points to").last).to_be_visible()


async def desk(alex: Newcomer) -> None:
    await card(alex)
    await alex.page.evaluate("document.body.dataset.show = 'desk'")  # as on a phone
    await alex.errs("NS_INCONSISTENT")
    await alex.desk.get_by_role("button", name="Take down: ns1.dns-desk.example").click()
    await alex.desk.get_by_text("The whole zone").click()
    await alex.clock.locator("summary").click()
    await alex.expect(alex.desk.get_by_text("no answer").first).to_be_visible()


async def asked(alex: Newcomer) -> None:
    await card(alex)
    await alex.publishes()
    await alex.reads("is ready: right on")
    await alex.clicks("Ask for approval")
    await alex.reads("Approval needed")
    await alex.becomes(SAM)


async def confirm(alex: Newcomer) -> None:
    await asked(alex)
    await alex.clicks("Approve")
    await alex.expect(alex.page.get_by_role("dialog")).to_be_visible()


async def form(alex: Newcomer) -> None:
    await asked(alex)
    await alex.clicks("Reject")
    await alex.page.get_by_role("dialog").get_by_role("button", name="Reject").click()  # without a reason
    await alex.expect(alex.page.get_by_role("alert").first).not_to_be_empty()


async def org(alex: Newcomer) -> None:
    await alex.page.get_by_role("button", name="Genesys Cloud").click()
    for button in ("Delete: idle.xyzcorp.com", "Say “not found”: live.xyzcorp.com", "Make unreachable"):
        await alex.org.get_by_role("button", name=button).click()
    await alex.expect(alex.org).to_contain_text("no answer")


async def about(alex: Newcomer) -> None:
    await alex.page.get_by_text("About this Slack").click()
    await alex.types("/emaildomain help")
    await alex.reads("Only visible to you")


STATES: tuple[Callable[[Newcomer], Awaitable[None]], ...] = (empty, card, thread, desk, org, confirm, form, about)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
@browser_test
async def test_axe_finds_nothing_serious(state: Callable[[Newcomer], Awaitable[None]]) -> None:
    async with running(0, 60) as slack, newcomer(slack) as alex:
        await state(alex)
        for size in (DESKTOP, PHONE):
            await alex.page.set_viewport_size(size)
            for scheme in ("light", "dark"):
                await alex.page.emulate_media(color_scheme=scheme)
                assert await violations(alex.page) == [], f"{scheme}, {size['width']} px"
            assert await sideways(alex.page) == 0, "nothing has to be scrolled sideways"


async def sideways(page: Any) -> int:
    """By how many pixels the page is wider than the screen."""
    wider: int = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider


@browser_test
async def test_axe_would_find_something() -> None:
    async with running(0, 60) as slack, newcomer(slack) as alex:
        await alex.page.evaluate("document.querySelector('.actor').replaceWith(document.getElementById('actor'))")
        assert any(found.startswith("select-name (critical)") for found in await violations(alex.page))


async def focused(page: Any) -> str:
    """The accessible words of what the keyboard is on."""
    words = "e => e.getAttribute('aria-label') ?? e.labels?.[0]?.textContent ?? e.textContent"
    return " ".join((await page.evaluate(f"({words})(document.activeElement)")).split())


async def tab_to(page: Any, name: str) -> None:
    """Press Tab until the keyboard is on what has this name; each stop can be seen."""
    for _ in range(80):
        await page.keyboard.press("Tab")
        if (await focused(page)).startswith(name):
            outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"{name} does not show that it has the focus"
            return
    raise AssertionError(f"{name} cannot be reached")


@browser_test
async def test_a_life_by_keyboard_alone() -> None:
    async with running(0, 60) as slack, newcomer(slack) as alex:
        page, keys = alex.page, alex.page.keyboard
        await keys.type(f"/emaildomain add {NAME}")  # a slash begins a command wherever the keyboard is
        await keys.press("Enter")
        await alex.reads("Add these 2 records")
        assert await focused(page) == "Message or command"

        await tab_to(page, "Or make a mistake")
        await keys.type("Misspelt")
        await tab_to(page, "Make this mistake")
        await keys.press("Enter")
        await alex.expect(alex.log.get_by_role("button", name="1 reply")).to_be_visible()
        assert await focused(page) == "Make this mistake", "what is drawn again leaves the keyboard alone"
        await tab_to(page, "1 reply")
        await keys.press("Enter")
        assert await focused(page) == "Reply"
        await keys.press("Escape")
        await alex.expect(page.locator("#thread")).not_to_be_visible()
        assert await focused(page) == "1 reply", "the focus returns to where the thread was opened"

        await tab_to(page, "Publish the right records")
        await keys.press("Enter")
        await alex.reads("is ready: right on 2 of 2 DNS servers")
        await tab_to(page, "Ask for approval")
        await keys.press("Space")
        await alex.reads("Approval needed")
        await tab_to(page, "Acting as")
        await keys.type("Sam")
        await alex.expect(page.locator("#actor-note")).to_contain_text("London")

        await tab_to(page, "Approve")
        await keys.press("Enter")
        dialog = page.get_by_role("dialog")
        await alex.expect(dialog).to_be_visible()
        await keys.press("Escape")
        await alex.expect(dialog).not_to_be_visible()
        assert (await focused(page)).startswith("Approve"), "the focus returns to what opened the dialog"
        await keys.press("Tab")
        assert (await focused(page)).startswith("Reject")
        await keys.press("Enter")
        await alex.expect(dialog).to_be_visible()
        assert await focused(page) == "Why?", "a form begins at its first field"
        await keys.press("Escape")
        await alex.expect(dialog).not_to_be_visible()
        assert (await focused(page)).startswith("Reject")
        await keys.press("Shift+Tab")
        await keys.press("Enter")
        await tab_to(page, "Approve")
        await keys.press("Enter")
        await alex.reads("Do not send before")
        assert await page.evaluate("document.activeElement !== document.body"), "the keyboard is never lost"

        await tab_to(page, "Skip to what happens next")
        for _ in range(3):
            await keys.press("Enter")
            await alex.expect(alex.clock.get_by_role("status")).to_contain_text("later:")
        assert await focused(page) == "Skip to what happens next"
        await keys.press("Tab")
        await keys.press("Enter")
        await alex.expect(page.locator("#clock-rows")).to_be_visible()
        await keys.press("Tab")
        await keys.press("Escape")
        await alex.expect(page.locator("#clock-rows")).not_to_be_visible()
        assert await focused(page) == "Later"


@browser_test
async def test_what_a_screen_reader_is_told() -> None:
    async with running(0, 60) as slack, newcomer(slack) as alex:
        page, news = alex.page, alex.page.locator("#news")
        for role, name in (
            ("navigation", "Workspace"), ("log", "Messages"), ("region", "Clock"), ("region", "DNS desk"),
            ("group", "Beside the channel"),
            ("timer", "The bot’s time"), ("textbox", "Message or command"), ("combobox", "Acting as"),
            ("button", "60×: A minute a second"),
        ):  # fmt: skip
            await alex.expect(page.get_by_role(role, name=name, exact=True)).to_be_visible()
        await alex.expect(news).to_have_attribute("aria-live", "polite")
        await alex.expect(news).to_be_empty()
        await card(alex)
        await alex.expect(news).to_contain_text("emaildomain, only visible to you:")
        await alex.expect(news).to_contain_text("emaildomain: Practice mode")
        heard = await news.inner_text()
        await alex.publishes()
        await alex.reads("is ready: right on")
        await alex.expect(news).to_contain_text("in a thread: ")
        assert (await news.inner_text()).startswith(heard), "the card that was changed is not read out again"
        await alex.expect(alex.desk.get_by_role("status")).to_have_text(f"The right records of {NAME} are published.")
        await alex.becomes(SAM)
        assert "Sam" not in await news.inner_text()


@browser_test
async def test_the_desk_and_the_channel_on_a_phone() -> None:
    async with running(0, 60) as slack, newcomer(slack, viewport=PHONE, has_touch=True) as alex:
        await alex.types(f"/emaildomain add {NAME}")
        await alex.reads("Add these 2 records")
        await alex.expect(alex.desk).not_to_be_visible()
        switch = alex.page.get_by_role("button", name="DNS desk")
        await switch.click()
        await alex.expect(switch).to_have_attribute("aria-expanded", "true")
        await alex.expect(alex.log).not_to_be_visible()
        await alex.errs("LITERAL_QUOTES")
        await alex.expect(alex.desk).to_contain_text("Typed quotation marks in a console that adds its own.")
        await alex.page.get_by_role("button", name="# email-domains").click()
        await alex.expect(switch).to_have_attribute("aria-expanded", "false")
        await alex.log.get_by_role("button", name="1 reply").click()
        thread = alex.page.locator("#thread")
        await alex.expect(thread.get_by_text("has quotation marks inside its value").last).to_be_visible()
        await alex.page.get_by_role("button", name="Close thread").click()
        await alex.expect(alex.log).to_be_visible()
        await alex.expect(alex.clock).to_be_visible()
        assert await violations(alex.page) == []
        assert await sideways(alex.page) == 0
