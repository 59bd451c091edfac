"""A real browser at the try-out's page, and the hands in front of it."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.tryout.slack.simulated import SimulatedSlack

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


def browser_test(test: Any) -> Any:
    """A test that needs a browser."""
    return pytest.mark.browser(pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")(test))


class Newcomer:
    """A browser at the try-out's page, and the hands in front of it. ``expect`` is Playwright's."""

    def __init__(self, page: Any, expect: Any) -> None:
        self.page, self.expect = page, expect
        self.log, self.clock = page.locator("#log"), page.locator("#clock")
        self.desk, self.org = page.locator("#desk"), page.locator("#org")

    async def types(self, line: str) -> None:
        await self.page.get_by_label("Message or command").fill(line)
        await self.page.keyboard.press("Enter")

    async def becomes(self, person: str) -> None:
        await self.page.get_by_label("Acting as").select_option(person)
        await self.expect(self.page.locator("#actor")).to_have_value(person)

    async def clicks(self, button: str) -> None:
        """The last button of this name in the channel."""
        await self.log.locator("button", has_text=re.compile(f"^{re.escape(button)}$")).last.click()

    async def publishes(self, button: str = "Publish the right records") -> None:
        await self.desk.get_by_role("button", name=button).click()

    async def errs(self, code: str) -> None:
        """Make a mistake at the desk."""
        await self.desk.get_by_label("Or make a mistake").select_option(code)
        await self.desk.get_by_role("button", name="Make this mistake").click()

    async def reads(self, text: str, seconds: float = 10) -> None:
        """The last message with ``text`` comes on the screen in time."""
        await self.expect(self.log.get_by_text(text).last).to_be_visible(timeout=seconds * 1000)

    async def skips_until(self, text: str) -> None:
        """Press *Skip to what happens next* until the channel has a message with ``text``."""
        skip = self.clock.get_by_role("button", name="Skip to what happens next")
        for _ in range(40):
            if await self.log.get_by_text(text).count():
                return
            await skip.click()
            await self.expect(self.clock.get_by_role("status")).not_to_have_text("Skipping…")
        raise AssertionError(f"{text} never came")

    async def skips_to(self, what: str) -> None:
        """Skip to one of the later things."""
        await self.clock.locator("summary").click()
        await self.clock.get_by_role("button", name=f"Skip to {what}").click()


@asynccontextmanager
async def newcomer(slack: SimulatedSlack, **options: Any) -> AsyncIterator[Newcomer]:
    """At the page of ``slack``; ``options`` are those of a Playwright page. An error on the page fails the test."""
    from playwright.async_api import async_playwright, expect

    wrong: list[str] = []
    async with async_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        page = await browser.new_page(**{"viewport": {"width": 1440, "height": 900}, **options})
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
        await page.goto(slack.url)
        await expect(page.locator("#clock-time")).not_to_be_empty()
        yield Newcomer(page, expect)
        await browser.close()
    assert wrong == []
