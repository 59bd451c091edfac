"""The pictures of the README, taken of the page itself: ``make docs`` runs this module.

Where there is no Chromium, the pictures stay as they are, and that is said.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from bot.runtime import logs
from bot.tryout.run import running
from tests.tryout.browser import CHROMIUM, Newcomer, newcomer
from tests.tryout.hands import NAME, SAM

FOLDER = Path(__file__).parent.parent.parent / "docs" / "images"

#: Wide enough for a README, small enough to load.
SIZE = {"width": 960, "height": 560}
PHONE = {"width": 375, "height": 700}


async def take(page: Any, name: str) -> None:
    await page.mouse.move(0, 0)
    await page.screenshot(path=FOLDER / f"{name}.png", animations="disabled", caret="hide")


async def mistake(alex: Newcomer) -> None:
    """A record in the wrong place, its diagnosis in the thread, and the desk where it was made."""
    await alex.types(f"/emaildomain add {NAME}")
    await alex.reads("Add these 2 records")
    await alex.errs("DUPLICATED_ZONE")
    replies = alex.log.get_by_role("button", name="1 reply")
    await replies.click()
    told = alex.page.locator("#thread-log article").last
    await alex.expect(told).to_contain_text("appended twice")
    await told.evaluate("message => message.scrollIntoView()")
    await alex.log.evaluate("log => { log.scrollTop = 0; }")
    await take(alex.page, "mistake")
    await alex.page.get_by_role("button", name="Close thread").click()


async def approval(alex: Newcomer) -> None:
    """Somebody else is asked, and reads what it is about before approving."""
    await alex.publishes()
    await alex.reads("is ready: right on")
    await alex.clicks("Ask for approval")
    await alex.reads("Approval needed")
    await alex.becomes(SAM)
    await alex.clicks("Approve")
    await take(alex.page, "approval")
    await alex.page.get_by_role("dialog").get_by_role("button", name="Approve").click()


async def opened(alex: Newcomer) -> None:
    """On a phone: the two hours are over."""
    await alex.reads("Do not send before")
    await alex.skips_to("the end of the two hours")
    await alex.reads("You can now send from")
    await alex.page.set_viewport_size(PHONE)
    await alex.page.get_by_text("To try").click()
    await alex.log.locator("article").last.evaluate("message => message.scrollIntoView()")
    await take(alex.page, "open")


async def main() -> None:
    if CHROMIUM is None:
        print("No chromium found: the pictures in docs/images stay as they are ('make chromium' installs Debian's).")  # noqa: T201
        return
    logs.configure("json")
    FOLDER.mkdir(exist_ok=True)
    async with running(0, 60) as slack, newcomer(slack, viewport=SIZE, color_scheme="light") as alex:
        for picture in (mistake, approval, opened):
            await picture(alex)


if __name__ == "__main__":
    asyncio.run(main())
