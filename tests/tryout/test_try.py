"""``emaildomain try`` as a newcomer meets it: the whole life of a domain by typing and clicking in a real browser."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys

import pytest

from bot.tryout.dns.openlab import OpenLab
from bot.tryout.page import CHANNEL
from bot.tryout.run import TRIES, duration, running
from bot.tryout.slack.simulated import words
from tests.clock import HandClock
from tests.tryout.browser import browser_test, newcomer
from tests.tryout.hands import ALEX, NAME, SAM, SUZUKI

#: What stands on the screen during a life, in the language of the channel.
SCREEN: dict[str, dict[str, str]] = {
    "en": {
        "records": "Add these 2 records",
        "wrong": "was appended twice",
        "ready": "is ready: right on 2 of 2 DNS servers",
        "ask": "Ask for approval",
        "asked": "Approval needed: activate",
        "reject": "Reject",
        "approve": "Approve",
        "confirm": "usable by every email campaign of the org",
        "not_before": "Do not send before",
        "open": "You can now send from",
        "degraded": "Mail sent now may not be delivered",
        "recovered": "is right again",
    },
    "ja": {
        "records": "次の2件を",
        "wrong": "が二重に付き",
        "ready": "のDNSの反映を確認しました",
        "ask": "承認を依頼",
        "asked": "の有効化の承認をお願いします",
        "reject": "却下する",
        "approve": "承認する",
        "confirm": "組織のすべてのEメールキャンペーンで使えるようになります",
        "not_before": "まで送信しないでください",
        "open": "から送信可能になりました",
        "degraded": "いま送信すると",
        "recovered": "が復旧しました",
    },
}


@pytest.mark.parametrize("language", SCREEN)
@browser_test
async def test_a_whole_life_by_hand(language: str) -> None:
    says = SCREEN[language]
    async with running(0, 60, language) as slack, newcomer(slack) as alex:
        await alex.types("/emaildomain add xyzcorp.com")
        await alex.reads("is a root domain, so it was not registered.")
        await alex.clicks(NAME)  # the subdomain it proposes
        await alex.reads(says["records"])

        await alex.errs("DUPLICATED_ZONE")
        await alex.expect(alex.desk).to_contain_text("Domain appended twice: Pasted the full host")
        replies = alex.log.get_by_role("button", name="1 reply")
        await alex.expect(replies).to_be_visible()
        await replies.click()
        await alex.expect(alex.page.locator("#thread").get_by_text(says["wrong"]).last).to_be_visible()
        await alex.publishes()
        await alex.reads(says["ready"])
        await alex.clicks(says["ask"])
        await alex.reads(says["asked"])

        await alex.expect(alex.page.get_by_role("option", name="Sam Sato · admin (3 new)")).to_be_attached()
        await alex.expect(alex.log.locator(".new")).to_have_count(0)  # what one watches coming in is not new
        await alex.becomes(SAM)
        await alex.expect(alex.log.locator(".new")).to_have_count(1)
        await alex.clicks(says["reject"])
        form = alex.page.locator("dialog#form")  # in the reader's own language
        await form.get_by_label("Why?").fill("Not this <week>")
        await form.get_by_role("button", name="Reject").click()
        await alex.expect(form).not_to_be_visible()
        await alex.reads("Not this <week>")

        await alex.becomes(ALEX)
        await alex.types(f"/emaildomain activate {NAME}")
        await alex.reads(says["asked"])
        await alex.becomes(SUZUKI)
        await alex.clicks(says["approve"])
        asked = alex.page.locator("dialog#confirm")
        await alex.expect(asked).to_contain_text(says["confirm"])
        await asked.get_by_role("button", name=says["approve"]).click()
        await alex.reads(says["not_before"])
        await alex.skips_to("the end of the two hours")
        await alex.expect(alex.clock.get_by_role("status")).to_have_text(
            re.compile("^(2 h|1 h .*) later: the end of the two hours")
        )
        await alex.reads(says["open"])

        await alex.becomes(ALEX)
        await alex.publishes("Remove them")
        await alex.skips_until(says["degraded"])
        await alex.publishes()
        await alex.skips_until(says["recovered"])

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


@browser_test
async def test_what_is_proposed_to_type_answers_a_japanese_reader_in_japanese() -> None:
    async with running(0, 60) as slack, newcomer(slack) as suzuki:
        await suzuki.becomes(SUZUKI)
        said = [
        None, "ルートドメイン", "別のDNSレコード", "受信用メールドメイン", "登録済み（有効化済み）",
        "取り込む権限がありません", "ヘルプ",
    ]  # fmt: skip
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
