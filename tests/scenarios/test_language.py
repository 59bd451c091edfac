"""Two languages: posts in the channel's, private answers in the reader's. No sentence of the other one in between."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.model.lifecycle import State
from bot.tryout.slack.simulated import Message, words
from tests.scenarios.reading import asleep, buttons, expect, reads
from tests.scenarios.world import ALEX, CHANNEL, NAME, SAM, SUZUKI, World

TAKEO = "U0TAKEO"

#: Latin words that may stand in a Japanese sentence: names, terms of DNS, and where things are in Genesys Cloud.
_ALLOWED = re.compile(
    r"""`[^`]*` | <[^>]*> | https?://\S+ | [\w.-]+\.(?:com|example)(?![a-z]) | v=DKIM1\S* | [kph]=[^\s、。]+
    | Genesys\ Cloud | Admin\ &gt;\ Contact\ Center\ &gt;\ Email
    | Digital\ and\ Telephony\ &gt;\ Email\ &gt;\ Domains\ &gt;\ Campaigns/Agentless\ Domains
    | Email\ routing\ scenarios | reply-to | scph[\w.]+ | /emaildomain
    | (?<![0-9a-z])[0-9a-f]{12}(?![0-9a-z])
    | (?<![A-Za-z])(?:TXT|CNAME|MX|NS|DNS|DKIM|Bot|URL|EU|UTC|JST|Web|Activate|Practice|Slack|sales|EMAILDOMAIN_\w+
      | add | check | activate | status | list | remove | release | import | hold | off | help)(?![A-Za-z])""",
    re.VERBOSE,
)
_ENGLISH = re.compile(r"[A-Za-z]{3,}")
_TIME = re.compile(r"2026-\d\d-\d\d \d\d:\d\d")


@pytest.fixture
async def japanese(tmp_path: Path) -> AsyncIterator[World]:
    """Posts in Japanese and Tokyo's time; Suzuki and Takeo read Japanese, the others English."""
    async with World(tmp_path, EMAILDOMAIN_LANGUAGE="ja", EMAILDOMAIN_TIMEZONE="Asia/Tokyo") as made:
        people = made.slack.workspace
        people.add_person(TAKEO, "takeo", real_name="竹尾", locale="ja-JP", tz="Asia/Tokyo")
        people.join(CHANNEL, TAKEO)
        yield made


def visible(message: Message) -> list[str]:
    """Every piece of text of a message and of its dialogs; what is to be copied into DNS is no language."""
    pieces = [message.text]
    for block in message.blocks:
        if block["type"] != "rich_text":
            pieces += words(Message(channel="", ts="", user="", text="", blocks=[block])).splitlines()
    for one in buttons(message):
        pieces += [one["text"]["text"], one.get("accessibility_label", "")]
        pieces += [part["text"] for part in one.get("confirm", {}).values() if isinstance(part, dict)]
    return [piece for piece in pieces if piece]


def japanese_only(message: Message) -> None:
    for piece in visible(message):
        rest = _ENGLISH.findall(_ALLOWED.sub(" ", piece))
        assert not rest, f"{rest} in: {piece}"
        assert not re.search(r"(?<!<)[!！]", piece), f"too loud: {piece}"
        for mention in re.finditer(r"<@[UW]\w+>", piece):
            assert piece[mention.end() :].startswith(" さん"), f"somebody without さん: {piece}"
        for code in re.finditer(r"`[^`]*`", piece):
            around = piece[code.start() - 1 : code.start()] + piece[code.end() : code.end() + 1]
            assert not re.search(r"[^\s:,.()*]", around), f"Slack shows the marks of {code[0]} in: {piece}"


def times(message: Message) -> None:
    """A notification has the time with its zone; on the screen it is each reader's own."""
    for found in _TIME.finditer(message.text):
        assert message.text[found.end() :].startswith(" JST (UTC+9)"), message.text
    assert not _TIME.search(re.sub(r"<!date[^>]*>", "", words(message)))


async def test_a_whole_life_in_japanese(japanese: World) -> None:
    world = japanese

    async def ask(what: str) -> None:
        await world.command(SUZUKI, f"{what}　{NAME}")

    await ask("追加")
    await world.forward(seconds=5)
    domain = await world.domain()
    for what in ("確認", "状態", "有効化", "一覧"):
        await ask(what)
    world.zone.add(NAME, "CNAME", "elsewhere.example.")
    await world.forward(minutes=1)
    await ask("確認")
    world.zone.remove(NAME, "CNAME")
    await asleep(world, hours=73)
    await world.click(SUZUKI, world.said("stalled")[0], "wait")
    await world.publish()
    await world.forward(minutes=2)
    for what in ("有効化", "有効化", "状態"):
        await ask(what)
    await world.click(SUZUKI, world.said("approval")[0], "approve")
    await asleep(world, hours=9)
    await world.click(TAKEO, world.said("approval")[0], "reject")
    await world.submit(TAKEO, {"reason": "名前を見直してください"})
    await ask("有効化")
    await world.click(TAKEO, world.said("approval")[1], "approve")
    await world.forward(minutes=1)
    assert await world.state() is State.WAITING
    await ask("有効化")
    world.zone.remove(domain.records[0].host, "TXT")
    await world.forward(minutes=25)
    await ask("確認")
    await world.publish()
    await asleep(world, hours=2)
    await world.forward(minutes=11)
    assert await world.state() is State.OPEN
    world.zone.remove(NAME, "CNAME")
    await world.forward(hours=1, minutes=20)
    await ask("確認")
    await world.publish()
    await world.forward(minutes=20)
    await ask("削除")
    await world.click(SUZUKI, world.slack.private(SUZUKI)[-1], "remove_anyway")
    await world.click(TAKEO, world.said("approval")[2], "approve")
    await ask("状態")
    world.zone.remove(NAME, "CNAME")
    await world.forward(minutes=15)
    assert await world.state() is State.REMOVED
    assert len(set(world.kinds())) == 14, "every kind of message"
    for message in (*world.said(), *world.slack.private(SUZUKI), *world.slack.private(TAKEO)):
        japanese_only(message)
        times(message)


async def test_mistakes_are_answered_in_japanese(japanese: World) -> None:
    world = japanese
    world.zone.add("www.xyzcorp.com", "MX", "10 mx.xyzcorp.com.")
    world.zone.child("own.xyzcorp.com")
    for typed in (
        "追加 xyzcorp.com", "追加 gmail.com", "追加 xyzcorp", "追加 support.xyzcorp.com", "追加 www.xyzcorp.com",
        "追加 own.xyzcorp.com", "追加 a.xyzcorp.com xyzcorp.com",
        "追加 b.example.com c.example.com d.example.com e.example.com",
        "確認 なし.xyzcorp.com", "確認", "有効", "ヘルプ", "ヘルプ 追加", "ヘルプ 削除", "設定",
    ):  # fmt: skip
        await world.command(SUZUKI, typed)
        if typed not in ("設定", "有効", "追加 xyzcorp"):  # these repeat what was typed
            japanese_only(world.slack.private(SUZUKI)[-1])
        assert re.search(r"です|ます|ません|ください|ますか|準備しています", world.last(SUZUKI)), world.last(SUZUKI)


async def test_posts_in_the_channels_language_answers_in_the_readers(japanese: World) -> None:
    world = japanese
    await world.command(ALEX, f"add {NAME}")
    expect(world.last(ALEX), "is being prepared", "Do not send yet")
    await world.forward(seconds=5)
    expect(words(world.card), "を登録しました", "まだ送信できません")
    await world.command(ALEX, f"status {NAME}")
    expect(world.last(ALEX), "is registered", "The last 2 changes")
    await world.click(SAM, world.card, "check")
    expect(world.last(SAM), "Neither record")
    await world.click(SUZUKI, world.card, "check")
    expect(world.last(SUZUKI), "秒後に")


async def test_english_posts_and_a_japanese_reader(world: World) -> None:
    await world.added(by=SUZUKI)
    expect(world.last(SUZUKI), "準備しています")
    expect(words(world.card), "is registered")
    await world.command(SUZUKI, f"確認 {NAME}")
    japanese_only(world.slack.private(SUZUKI)[-1])


@pytest.mark.parametrize("typed", ["", "help", "ヘルプ", "help add", "hepl", "records"])
@pytest.mark.parametrize(("person", "language"), [(ALEX, "en"), (SUZUKI, "ja")])
async def test_whoever_is_met_first_reads_help_in_their_language(
    world: World, typed: str, person: str, language: str
) -> None:
    """Help needs no I/O, so the acknowledgement guesses; where it guessed wrong, the right answer takes its place."""
    await world.command(person, typed)
    (answer,) = world.slack.private(person)
    if language == "ja":
        assert re.search(r"[ぁ-ん]{2}", reads(answer)), reads(answer)
    else:
        assert not re.search(r"です|ます", reads(answer))
    await world.command(person, typed)
    assert words(world.slack.private(person)[-1]) == words(answer), "and again"


async def test_a_typo_in_japanese_is_answered_in_japanese_at_once(world: World) -> None:
    delivery = await world.slack.command(SUZUKI, CHANNEL, f"追加する {NAME}")
    expect(str(delivery.body), "というコマンドはありません", "もしかして")
    expect(world.last(SUZUKI), "`/emaildomain 追加`")


@pytest.mark.parametrize("command", ["add", "check", "activate", "status", "list", "remove", "help"])
async def test_every_command_has_help_with_examples_in_both_languages(world: World, command: str) -> None:
    for person, example in ((ALEX, "Example"), (SUZUKI, "例")):
        await world.command(person, "list")  # by now they are known
        await world.command(person, f"help {command}")
        expect(world.last(person), "/emaildomain ", example)
    japanese_only(world.slack.private(SUZUKI)[-1])
    await world.command(SUZUKI, "help nonsense")
    expect(world.last(SUZUKI), "「nonsense」というコマンドはありません", "`/emaildomain ヘルプ`")


async def test_help_asks_slack_nothing_before_it_answers(world: World) -> None:
    for method in ("users.info", "response_url", "chat.*"):
        world.slack.faults.add(method, "status", times=None)
    delivery = await world.slack.command(ALEX, CHANNEL, "")
    assert delivery.problem is None
    expect(reads(world.slack.private(ALEX)[-1]), "register a domain")
