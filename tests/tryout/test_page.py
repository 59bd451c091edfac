"""The try-out's page: its controls as JSON, and the whole in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.tryout.page import CHANNEL, NoSuchThingError, Page, settle
from bot.tryout.slack.simulated import SimulatedSlack
from tests.tryout.conftest import SCOPES, HandClock, WallClock

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def confirm(title: str) -> Json:
    return {
        "title": plain(title),
        "text": mrkdwn("It *cannot* be undone."),
        "confirm": plain("Yes"),
        "deny": plain("No"),
    }


#: 2026-11-23 12:00 UTC, the clock's own instant.
NOON = 1_795_435_200

CARD: list[Json] = [
    {"type": "header", "text": plain("sales.xyzcorp.test")},
    {
        "type": "section",
        "text": mrkdwn(f"<@U0TANAKA> waits until <!date^{NOON}^{{time}}|12:00 UTC>. &lt;b&gt; is `<!channel>`-proof"),
        "fields": [mrkdwn("*State*\nwaiting"), plain("Owner *Alex*")],
    },
    {"type": "divider"},
    {
        "type": "rich_text",
        "elements": [{"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "v=DKIM1; p=AAAA"}]}],
    },
    {
        "type": "table",
        "rows": [[{"type": "raw_text", "text": t} for t in row] for row in (("Server", "Found"), ("a", "b"))],
    },
    {"type": "context", "elements": [mrkdwn("_quietly_ 太字*です*ね")]},
    {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": "approve:1",
                "value": "7",
                "style": "primary",
                "text": plain("Approve"),
                "confirm": confirm("Approve?"),
            },
            {"type": "button", "action_id": "reject:1", "text": plain("Reject")},
        ],
    },
]

FORM: Json = {
    "type": "modal",
    "callback_id": "reason",
    "title": plain("Reject"),
    "submit": plain("Send"),
    "blocks": [
        {
            "type": "input",
            "block_id": "reason",
            "label": plain("Why?"),
            "element": {"type": "plain_text_input", "action_id": "reason", "multiline": True},
        }
    ],
}


class Lamp:
    """A panel with one switch."""

    def __init__(self) -> None:
        self.on = False

    async def show(self, wish: Json) -> Json:
        return {"on": self.on, "for": wish["as"]}

    async def act(self, action: str, wish: Json) -> Json:
        if action not in ("on", "off"):
            raise NoSuchThingError(action)
        self.on = action == "on"
        return await self.show(wish)


@pytest.fixture
async def tryout(clock: HandClock) -> AsyncIterator[SimulatedSlack]:
    """The try-out's Slack with its page, and a small app behind it."""
    slack = SimulatedSlack(clock=clock, scopes=SCOPES, commands=["/emaildomain"], signing_clock=WallClock())
    settle(slack.workspace)
    await slack.start(routes=Page(slack, {"lamp": Lamp()}).routes())
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[])
    app = AsyncApp(client=client, signing_secret=slack.signing_secret, process_before_response=True)

    @app.command("/emaildomain")
    async def run(ack: Any, command: Json) -> None:
        await ack(f"You said: {command['text']}")
        await client.chat_postMessage(channel=command["channel_id"], text="Card", blocks=CARD)

    @app.action("approve:1")
    async def approve(ack: Any, body: Json) -> None:
        await ack()
        message = body["message"]
        await client.chat_update(channel=CHANNEL, ts=message["ts"], text=f"Approved by <@{body['user']['id']}>.")

    @app.action("reject:1")
    async def reject(ack: Any, body: Json) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=FORM)

    @app.view("reason")
    async def reason(ack: Any, body: Json) -> None:
        words = body["view"]["state"]["values"]["reason"]["reason"]["value"]
        if len(words) < 5:
            await ack(response_action="errors", errors={"reason": "Say more."})
            return
        await ack()
        await client.chat_postMessage(channel=CHANNEL, text=f"Rejected: {words}")

    server = web.AppRunner(app.web_app("/slack/events"), access_log=None)
    await server.setup()
    await web.TCPSite(server, "127.0.0.1", 0).start()
    slack.request_url = f"http://127.0.0.1:{server.addresses[0][1]}/slack/events"
    yield slack
    await slack.stop()
    await server.cleanup()


async def call(slack: SimulatedSlack, path: str, body: Json | None = None) -> Any:
    async with aiohttp.ClientSession(slack.url) as session:
        answer = await (session.get(path) if body is None else session.post(path, json=body))
        return await answer.json() if answer.ok else answer.status


async def test_the_screen_shows_what_this_person_may_see(tryout: SimulatedSlack) -> None:
    await call(tryout, "/tryout/say", {"as": "U0TANAKA", "channel": CHANNEL, "text": "/emaildomain hello"})

    mine = await call(tryout, "/tryout/state?as=U0TANAKA")
    others = await call(tryout, "/tryout/state?as=U0SATO")

    assert mine["actors"] == ["U0TANAKA", "U0SATO", "U0SUZUKI"]
    assert [m["text"] for m in mine["channels"][0]["messages"]] == ["Card", "You said: hello"]
    assert [m["text"] for m in others["channels"][0]["messages"]] == ["Card"]


async def test_the_screen_waits_for_something_new(tryout: SimulatedSlack) -> None:
    version = (await call(tryout, "/tryout/state?as=U0SATO"))["version"]
    tryout.say("U0TANAKA", CHANNEL, "hi")

    assert (await call(tryout, f"/tryout/state?as=U0SATO&since={version}"))["version"] > version


async def test_what_hands_do(tryout: SimulatedSlack) -> None:
    await call(tryout, "/tryout/say", {"as": "U0TANAKA", "channel": CHANNEL, "text": "plain <words>"})
    await call(tryout, "/tryout/say", {"as": "U0TANAKA", "channel": CHANNEL, "text": "/emaildomain x"})
    card = tryout.messages(CHANNEL)[1]
    assert tryout.messages(CHANNEL)[0].text == "plain &lt;words&gt;"

    press = {"as": "U0SATO", "channel": CHANNEL, "ts": card.ts, "action_id": "reject:1"}
    assert await call(tryout, "/tryout/click", press) == {"problem": None}
    form = tryout.workspace.open_view("U0SATO")
    send = {"as": "U0SATO", "view_id": form.id, "values": {"reason": "no"}}
    await call(tryout, "/tryout/submit", send)
    assert (await call(tryout, "/tryout/state?as=U0SATO"))["view"]["errors"] == {"reason": "Say more."}
    await call(tryout, "/tryout/submit", {**send, "values": {"reason": "not ours"}})
    assert tryout.messages(CHANNEL)[-1].text == "Rejected: not ours"
    assert await call(tryout, "/tryout/submit", send) == 409
    await call(tryout, "/tryout/click", {**press, "action_id": "approve:1"})
    assert await call(tryout, "/tryout/click", press) == 409
    private = tryout.private("U0TANAKA")[0]
    await call(tryout, "/tryout/dismiss", {"as": "U0TANAKA", "channel": CHANNEL, "ts": private.ts})
    assert tryout.private("U0TANAKA") == []


async def test_a_panel_is_shown_and_acted_on(tryout: SimulatedSlack) -> None:
    lamp = "/tryout/panel/lamp"
    assert await call(tryout, f"{lamp}?as=U0SATO") == {"on": False, "for": "U0SATO"}
    version = tryout.workspace.version
    assert await call(tryout, f"{lamp}/on", {"as": "U0SATO"}) == {"on": True, "for": "U0SATO"}
    assert tryout.workspace.version > version, "everybody's page looks again"
    assert await call(tryout, f"{lamp}/explode", {"as": "U0SATO"}) == 400
    assert await call(tryout, "/tryout/panel/stove?as=U0SATO") == 404
    assert (await call(tryout, "/tryout/state?as=U0SATO"))["panels"] == ["lamp"]


async def test_no_other_site_can_use_the_controls(tryout: SimulatedSlack) -> None:
    async with aiohttp.ClientSession(tryout.url) as session:
        async with session.post("/tryout/say", data={"as": "U0TANAKA", "channel": CHANNEL, "text": "hi"}) as answer:
            assert answer.status == 415
        async with session.get("/") as answer:
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert tryout.messages(CHANNEL) == []


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium on this machine")
async def test_a_newcomers_first_minute(tryout: SimulatedSlack) -> None:
    from playwright.async_api import async_playwright, expect

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = await browser.new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
        await page.goto(tryout.url)

        await page.get_by_label("Message or command").fill("/emaildomain hello")
        await page.keyboard.press("Enter")
        log = page.locator("#log")
        await expect(log.get_by_text("Only visible to you")).to_be_visible()
        await expect(log.get_by_text("You said: hello")).to_be_visible()
        card = page.locator("article", has_text="sales.xyzcorp.test")
        await expect(card).to_contain_text("@Alex Tanaka waits until 7:00")  # New York
        await expect(card).to_contain_text("<b> is <!channel>-proof")
        await expect(card.locator("em")).to_have_text("quietly")
        await expect(card).to_contain_text("太字*です*ね")
        await expect(card.locator("pre")).to_have_text("v=DKIM1; p=AAAA")
        await expect(card.locator("td").first).to_have_text("a")

        await page.get_by_label("Acting as").select_option("U0SUZUKI")
        await expect(card).to_contain_text("21:00")  # Tokyo
        await expect(log.get_by_text("Only visible to you")).to_have_count(0)

        await card.get_by_role("button", name="Reject").click()
        form = page.locator("dialog#form")
        await form.get_by_label("Why?").fill("no")
        await form.get_by_role("button", name="Send").click()
        await expect(form.get_by_text("Say more.")).to_be_visible()
        await form.get_by_label("Why?").fill("not ours")
        await form.get_by_role("button", name="Send").click()
        await expect(log.get_by_text("Rejected: not ours")).to_be_visible()
        await expect(form).not_to_be_visible()

        await card.get_by_role("button", name="Approve").click()
        asked = page.locator("dialog#confirm")
        await asked.get_by_role("button", name="No").click()
        await expect(card.get_by_role("button", name="Approve")).to_be_visible()
        await card.get_by_role("button", name="Approve").click()
        await asked.get_by_role("button", name="Yes").click()
        await expect(log.get_by_text("Approved by @鈴木.")).to_be_visible()

        article = page.locator("article", has_text="Approved by")
        await article.get_by_role("button", name="Reply in thread").click()
        await page.get_by_label("Reply", exact=True).fill("thanks")
        await page.keyboard.press("Enter")
        await expect(page.locator("#thread").get_by_text("thanks")).to_be_visible()
        await expect(article.get_by_role("button", name="1 reply")).to_be_visible()
        assert wrong == []
        await browser.close()
