"""``emaildomain try`` as a newcomer meets it: the whole life of a domain by typing and clicking in a real browser."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.tryout.dns.openlab import OpenLab
from bot.tryout.page import CHANNEL
from bot.tryout.run import TRIES, duration, running
from bot.tryout.slack import SimulatedSlack, words
from tests.clock import HandClock

NAME = "sales.xyzcorp.com"
ALEX, SAM, SUZUKI = "U0TANAKA", "U0SATO", "U0SUZUKI"
browser_only = pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium on this machine")


class Newcomer:
    """A browser at the try-out's page, and the hands in front of it."""

    def __init__(self, page: Any, expect: Any) -> None:
        self.page, self.expect = page, expect
        self.log, self.desk = page.locator("#log"), page.locator("#desk")

    async def types(self, line: str) -> None:
        await self.page.get_by_label("Message or command").fill(line)
        await self.page.keyboard.press("Enter")

    async def becomes(self, person: str) -> None:
        await self.page.get_by_label("Acting as").select_option(person)
        await self.expect(self.page.get_by_label("Acting as")).to_have_value(person)

    async def clicks(self, button: str) -> None:
        await self.log.locator("button", has_text=re.compile(f"^{re.escape(button)}$")).last.click()

    async def publishes(self, button: str = "Publish the records") -> None:
        await self.desk.get_by_role("button", name=button).click()

    async def reads(self, text: str, seconds: float = 10) -> None:
        """The last message with ``text`` comes on the screen in time."""
        await self.expect(self.log.get_by_text(text).last).to_be_visible(timeout=seconds * 1000)


@asynccontextmanager
async def newcomer(slack: SimulatedSlack) -> AsyncIterator[Newcomer]:
    from playwright.async_api import async_playwright, expect

    wrong: list[str] = []
    async with async_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        page = await browser.new_page(viewport={"width": 1440, "height": 900})
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
        await page.goto(slack.url)
        yield Newcomer(page, expect)
        await browser.close()
    assert wrong == []


@pytest.mark.browser
@browser_only
async def test_a_whole_life_by_hand() -> None:
    async with running(0, 720) as slack, newcomer(slack) as alex:
        await alex.expect(alex.page.get_by_text("Two hours take 10 seconds here.")).to_be_visible()
        await alex.types("/emaildomain add xyzcorp.com")
        await alex.reads("is a root domain, so it was not registered.")
        await alex.clicks(NAME)  # the subdomain it proposes
        await alex.reads("Add these 2 records")

        await alex.publishes("Publish a wrong CNAME")
        await alex.reads("1 reply")
        await alex.log.get_by_role("button", name="1 reply").click()
        thread = alex.page.locator("#thread")
        await alex.expect(thread.get_by_text("points to").last).to_be_visible()
        await alex.publishes()
        await alex.reads("is ready: right on 2 of 2 DNS servers")
        await alex.clicks("Ask for approval")
        await alex.reads("Approval wanted: activate")

        await alex.expect(alex.page.get_by_role("option", name="Sam Sato (3 new)")).to_be_attached()
        await alex.becomes(SAM)
        await alex.expect(alex.log.locator(".new")).to_have_count(1)
        await alex.clicks("Reject")
        form = alex.page.locator("dialog#form")
        await form.get_by_label("Why?").fill("Not this <week>")
        await form.get_by_role("button", name="Reject").click()
        await alex.expect(form).not_to_be_visible()
        await alex.reads("Not this <week>")

        await alex.becomes(ALEX)
        await alex.types(f"/emaildomain activate {NAME}")
        await alex.reads("Approval wanted: activate")
        await alex.becomes(SAM)
        await alex.clicks("Approve")
        asked = alex.page.locator("dialog#confirm")
        await alex.expect(asked).to_contain_text("usable by every email campaign of the org")
        await asked.get_by_role("button", name="Approve").click()
        await alex.reads("Do not send before")
        await alex.reads("You can now send from", seconds=15)

        await alex.becomes(ALEX)
        await alex.publishes("Remove them")
        await alex.reads("Mail sent now may not be delivered", seconds=15)
        await alex.publishes()
        await alex.reads("is right again", seconds=15)

        await alex.becomes(SUZUKI)
        await alex.types(f"/emaildomain 状態 {NAME}")
        await alex.reads("最近の変更")
        await alex.types("/emaildomain help")
        await alex.reads("ヘルプ")
        said = slack.workspace.channels[CHANNEL].messages.values()
        kinds = [(message.metadata or {})["event_payload"]["kind"] for message in said]
        assert kinds == [
            "records", "wrong_record", "ready", "approval", "decided", "approval", "decided", "activated",
            "sending_allowed", "degraded", "recovered",
        ]  # fmt: skip


@pytest.mark.browser
@browser_only
async def test_what_is_proposed_to_type_answers_a_japanese_reader_in_japanese() -> None:
    async with running(0, 720) as slack, newcomer(slack) as suzuki:
        await suzuki.becomes(SUZUKI)
        said = [None, "ルートドメイン", "別のDNSレコード", "受信用メールドメイン", "ヘルプ"]
        for text, answer in zip(TRIES, said, strict=True):
            await suzuki.page.get_by_role("button", name=text, exact=True).click()
            await suzuki.page.keyboard.press("Enter")
            if answer is not None:
                await suzuki.reads(answer)
                continue
            await suzuki.reads("Add these 2 records")  # the card, in the channel's language
            await suzuki.types(f"/emaildomain 確認 {NAME}")
            await suzuki.reads("今すぐ確認")
        for message in slack.private(SUZUKI):
            assert re.search("[ぁ-ん]", words(message)), "what is private comes in the reader's language"


async def test_any_registrable_domain_is_delegated_to_the_desk() -> None:
    clock = HandClock()
    lab = OpenLab(now=clock.now)
    for name in ("sales.xyzcorp.com", "mail.example.co.jp", "news.shop.example", "a.b.c.xn--wgv71a119e.jp"):
        assert lab.holding(name).name == ".".join(name.split(".")[-3 if name.count("co.jp") else -2 :])
        assert [server.name for server in lab.holding(name).servers] == ["ns1.dns-desk.example", "ns2.dns-desk.example"]
    assert lab.holding("sales.nosuchtld").name == ""


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(10, "10 seconds"), (1, "1 second"), (7200, "2 hours"), (90, "1.5 minutes"), (0.5, "0.5 seconds")],
)
def test_durations_are_said_in_words(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def start(port: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bot", "try", "--port", str(port)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_is_and_stops_cleanly(number: signal.Signals) -> None:
    with start(0) as process:
        assert process.stdout is not None
        line = next(line for line in process.stdout if "Open http://127.0.0.1:" in line)
        assert "three people and a DNS desk" in line
        process.send_signal(number)
        assert process.wait(10) == 0
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


def test_a_port_that_is_taken_is_said_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with start(port) as process:
            _, said = process.communicate(timeout=10)
    assert process.returncode == 1
    assert said.strip().endswith(f"Choose another one: emaildomain try --port {port + 1}")
    assert f"Port {port} of this machine is in use" in said
