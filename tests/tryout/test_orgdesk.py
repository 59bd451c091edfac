"""The Genesys Cloud desk: domains that the bot did not make, and lies it has to live with."""

from __future__ import annotations

import re

import pytest

from bot.tryout.page import CHANNEL
from bot.tryout.practice import OTHER
from bot.tryout.run import running
from bot.tryout.slack.simulated import words
from tests.tryout.browser import browser_test, newcomer
from tests.tryout.hands import NAME, SAM, Hands, Json

LIVE, IDLE, EVENTS = "live.xyzcorp.com", "idle.xyzcorp.com", "events.xyzcorp.co.jp"


def stages(shown: Json) -> dict[str, str]:
    return {row["name"]: row["stage"] for row in shown["domains"]}


async def test_it_shows_what_the_org_has(hands: Hands) -> None:
    shown = await hands.sees("org")
    assert (shown["org"], shown["reachable"]) == ("practice", True)
    assert stages(shown) == {EVENTS: "pending", IDLE: "pending", LIVE: "provisioned"}
    live = next(row for row in shown["domains"] if row["name"] == LIVE)
    assert live == {
        "name": LIVE, "stage": "provisioned", "verified": 2, "hidden": False,
        "campaigns": [{"name": "Weekly newsletter", "on": True}],
    }  # fmt: skip
    await hands.added()
    assert stages(await hands.sees("org"))[NAME] == "pending"


async def test_every_button(hands: Hands) -> None:
    assert stages(await hands.acts("org", "delete", domain=IDLE))[IDLE] == "deleted"
    assert stages(await hands.acts("org", "bring_back", domain=IDLE))[IDLE] == "pending"
    assert stages(await hands.acts("org", "provision", domain=IDLE))[IDLE] == "provisioned"
    assert stages(await hands.acts("org", "deprovision", domain=IDLE))[IDLE] == "deprovisioned"
    shown = await hands.acts("org", "campaign_off", domain=LIVE)
    assert shown["domains"][-1]["campaigns"] == [{"name": "Weekly newsletter", "on": False}]
    assert (await hands.acts("org", "campaign_on", domain=LIVE))["domains"][-1]["campaigns"][0]["on"]
    assert (await hands.acts("org", "hide", domain=LIVE))["domains"][-1]["hidden"]
    assert not (await hands.acts("org", "unhide", domain=LIVE))["domains"][-1]["hidden"]
    assert not (await hands.acts("org", "down"))["reachable"]
    assert (await hands.acts("org", "up"))["reachable"]
    other = await hands.acts("org", "connect", org=OTHER.id)
    assert (other["org"], stages(other)) == (OTHER.id, {"news.xyzgroup.com": "provisioned"})
    assert LIVE in stages(await hands.acts("org", "connect", org="practice"))


@pytest.mark.parametrize(
    ("action", "wish"),
    [("explode", {}), ("explode", {"domain": LIVE}), ("delete", {"domain": "nobody.xyzcorp.com"}), ("delete", {}),
     ("bring_back", {"domain": LIVE}), ("connect", {"org": "nowhere"}), ("connect", {"org": []})],
)  # fmt: skip
async def test_what_it_does_not_know_is_refused(hands: Hands, action: str, wish: Json) -> None:
    with pytest.raises(AssertionError, match="There is no"):
        await hands.acts("org", action, **wish)
    assert stages(await hands.sees("org")) == {EVENTS: "pending", IDLE: "pending", LIVE: "provisioned"}


async def test_what_is_published_stands_in_dns_and_outlasts_the_desk(hands: Hands) -> None:
    await hands.slack.command(SAM, CHANNEL, "import")
    while set((await hands.sees("desk"))["domains"]) != {EVENTS, IDLE}:  # of the live one a question is asked first
        await hands.slack.workspace.changed(hands.slack.workspace.version, 0.2)
    await hands.acts("desk", "mistake", domain=EVENTS, code="MISSING_CNAME")
    shown = await hands.sees("desk", domain=IDLE)
    assert [record["right"] for record in shown["records"]] == [True, True]
    shown = await hands.acts("desk", "remove", domain=IDLE)
    assert [record["published"] for record in shown["records"]] == [False, False]
    assert f"{LIVE} CNAME" in {f"{e['host']} {e['type']}" for e in shown["entries"]}


async def test_a_list_says_what_is_there_only(hands: Hands) -> None:
    await hands.slack.command(SAM, CHANNEL, "list")
    while not hands.slack.private(SAM) or LIVE not in words(hands.slack.private(SAM)[-1]):
        await hands.slack.workspace.changed(hands.slack.workspace.version, 0.2)


@browser_test
async def test_importing_and_lying_by_hand() -> None:
    async with running(0, 60) as slack, newcomer(slack) as alex:
        page, expect = alex.page, alex.expect
        await page.get_by_role("button", name=f"add {LIVE}", exact=True).click()
        await page.keyboard.press("Enter")
        await alex.reads("already exists in Genesys Cloud and is activated")

        await expect(page.get_by_role("option", name="Sam Sato · admin")).to_be_attached()
        await alex.becomes(SAM)
        await expect(page.locator("#actor-note")).to_contain_text("operator of the bot")
        await page.get_by_label("Message or command").fill("/em")
        await expect(page.locator("#hints")).to_contain_text("· import ·")
        await page.get_by_role("button", name="import", exact=True).click()
        await page.keyboard.press("Enter")
        await alex.reads("more than two hours ago")
        await alex.clicks("Yes, more than two hours ago")
        await alex.reads(f"{LIVE}: imported")

        tab = page.get_by_role("button", name="Genesys Cloud")
        await tab.click()
        await expect(tab).to_have_attribute("aria-pressed", "true")
        await expect(alex.desk).not_to_be_visible()
        row = alex.org.locator("li", has_text=LIVE)
        await expect(row).to_contain_text("✓ active")
        await row.get_by_role("button", name="Deactivate").click()
        await expect(row).to_contain_text("✗ deactivated")
        await expect(row).to_be_focused()  # what was pressed is gone
        await row.get_by_role("button", name="Activate").click()
        await row.get_by_role("button", name="Stop campaign").click()
        await expect(row).to_contain_text(re.compile("Weekly newsletter”: off"))
        await row.get_by_role("button", name="Say “not found”").click()
        await expect(row).to_contain_text("the bot is told “not found”")
        await expect(alex.org.get_by_role("status")).to_have_text(f"The bot is told that {LIVE} is not found.")
        await row.get_by_role("button", name="Let it be found").click()
        await row.get_by_role("button", name="Delete").click()
        await row.get_by_role("button", name="Bring it back").click()
        await expect(row).to_contain_text("✓ active")

        await alex.org.get_by_role("button", name="Make unreachable").click()
        await alex.types("/emaildomain add sales.xyzcorp.com")
        await alex.reads("doesn't answer at the moment, so nothing was done")
        await alex.org.get_by_role("button", name="Reachable again").click()
        await alex.org.get_by_role("button", name="Connect to another org").click()
        await expect(alex.org).to_contain_text("news.xyzgroup.com")
        await alex.types("/emaildomain add sales.xyzcorp.com")
        await alex.reads("connected to another org")
        await alex.org.get_by_role("button", name="Back to Practice").click()
        await expect(row).to_contain_text("✓ active")
        await page.get_by_role("button", name="DNS desk").click()
        await expect(alex.desk).to_be_visible()
        await expect(alex.org).not_to_be_visible()


@browser_test
async def test_both_desks_on_a_phone() -> None:
    async with running(0, 60) as slack, newcomer(slack, viewport={"width": 390, "height": 800}) as alex:
        page, expect = alex.page, alex.expect
        org, desk = (page.get_by_role("button", name=name) for name in ("Genesys Cloud", "DNS desk"))
        await org.click()
        await expect(org).to_have_attribute("aria-expanded", "true")
        await expect(alex.org).to_be_visible()
        await expect(alex.log).not_to_be_visible()
        await desk.click()
        await expect(alex.desk).to_be_visible()
        await expect(alex.org).not_to_be_visible()
        await expect(org).to_have_attribute("aria-expanded", "false")
        await desk.click()
        await expect(alex.log).to_be_visible()
