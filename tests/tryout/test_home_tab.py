"""The Home tab in the try-out, by keyboard, as two people who read different languages."""

from __future__ import annotations

import re

from bot.tryout.page import CHANNEL
from bot.tryout.run import running
from tests.tryout.browser import browser_test, newcomer
from tests.tryout.hands import ALEX, NAME, SUZUKI


@browser_test
async def test_the_home_tab_by_keyboard_in_both_languages() -> None:
    async with running(0, 720) as slack, newcomer(slack) as alex:
        page, expect = alex.page, alex.expect
        home = page.get_by_role("region", name="Home of the app")
        await page.get_by_role("button", name="Home").press("Enter")
        await expect(home.get_by_role("heading", name="No domains yet")).to_be_visible()
        await home.get_by_role("button", name="Add a domain").press("Enter")
        form = page.locator("dialog#form")
        await expect(form.get_by_label("Sending name")).to_be_focused()
        await page.keyboard.type(NAME)
        await form.get_by_label("Channel for posts about it").select_option(label="#email-domains")
        await form.get_by_role("button", name="Add", exact=True).press("Enter")
        await expect(home.get_by_text("is being prepared").first).to_be_visible()
        await expect(home.get_by_text("Waiting for DNS records").first).to_be_visible(timeout=15_000)
        check = home.get_by_role("button", name=f"Check now: {NAME}").first
        await check.press("Enter")
        await expect(page.locator("#home-said")).to_have_text(re.compile("^Neither record of"))
        await expect(check).to_be_focused()
        await alex.publishes()
        await expect(home.get_by_text("DNS is ready").first).to_be_visible(timeout=20_000)

        await alex.becomes(SUZUKI)  # she has never opened it
        await expect(home.get_by_role("heading", name="すべてのドメイン")).to_be_visible()
        await expect(home.get_by_text("いまは、ご対応いただくものはありません。")).to_be_visible()
        await slack.command(ALEX, CHANNEL, f"activate {NAME}")
        approve = home.get_by_role("button", name=f"承認する: {NAME}")
        await expect(approve).to_be_visible(timeout=15_000)
        await approve.press("Enter")
        asked = page.locator("dialog#confirm")
        await expect(asked).to_contain_text("すべてのEメールキャンペーン")
        await asked.get_by_role("button", name="承認する").press("Enter")
        await expect(home.get_by_text("への承認を受け付けました")).to_be_visible()
        await expect(home).to_be_focused()  # its button is gone
        await expect(approve).to_have_count(0)
        await page.get_by_role("button", name="# email-domains").click()
        await expect(home).to_be_hidden()
        await alex.reads("Do not send before")
