"""What people type: every mistake gets a clear answer in their language, and changes nothing."""

from __future__ import annotations

import pytest

from bot.model.lifecycle import State
from bot.tryout.slack.simulated import words
from tests.scenarios.reading import button, expect, kept, labels
from tests.scenarios.world import ALEX, NAME, SUZUKI, World

#: What is typed behind *add*, and what is said about it in both languages.
MALFORMED = [
    ("xyzcorp", "it has no dot", "ドット（.）がありません"),
    ("com", "it has no dot", "ドット（.）がありません"),
    ("10.0.0.1", "it is an IP address", "IPアドレスは使えません"),
    ("2001:db8::1", "it is an IP address", "IPアドレスは使えません"),
    ("sales..xyzcorp.com", "not written like a domain name", "ドメイン名の形になっていません"),
    (".sales.xyzcorp.com", "not written like a domain name", "ドメイン名の形になっていません"),
    ("-sales.xyzcorp.com", "begins or ends with a hyphen", "ハイフンで始まる"),
    ("sales-.xyzcorp.com", "begins or ends with a hyphen", "ハイフンで始まる"),
    ("sa!les.xyzcorp.com", "other than letters, digits and hyphens", "英数字とハイフン以外の文字"),
    ("<!channel>", "it has no dot", "ドット（.）がありません"),
    ("*.xyzcorp.com", "a wildcard", "ワイルドカード"),
    ("my_sales.xyzcorp.com", "has no underscore", "アンダースコア"),
    ("xn--zz--.xyzcorp.com", "not allowed in a domain name", "ドメイン名に使えない文字"),
    ("☃️☃️\u200d.xyzcorp.com", "not allowed in a domain name", "ドメイン名に使えない文字"),
    (f"{'a' * 64}.xyzcorp.com", "it is too long", "長すぎます"),
    (f"{'a.' * 130}xyzcorp.com", "it is too long", "長すぎます"),
    ("@", "there is no name in it", "名前が入力されていません"),
    ("user@", "there is no name in it", "名前が入力されていません"),
    ("https://", "there is no name in it", "名前が入力されていません"),
    ("'DROP.TABLE'domains", "other than letters, digits and hyphens", "英数字とハイフン以外の文字"),
]


async def test_every_malformed_name_is_refused_with_its_reason(world: World) -> None:
    before = kept(world)
    for typed, english, japanese in MALFORMED:
        await world.command(ALEX, f"add {typed}")
        expect(world.last(ALEX), english)
        await world.command(SUZUKI, f"追加 {typed}")
        expect(world.last(SUZUKI), japanese)
        for answer in (*world.slack.private(ALEX), *world.slack.private(SUZUKI)):
            assert "<!channel>" not in answer.text + words(answer), "nobody is called by a typing mistake"
    assert kept(world) == before


async def test_several_names_get_a_line_of_result_each(world: World) -> None:
    await world.command(ALEX, "add sales.xyzcorp.com xyzcorp.com bad_name.xyzcorp.com")
    told = world.last(ALEX)
    expect(told, "✅ `sales.xyzcorp.com`: being prepared", "❌ `xyzcorp.com`: `xyzcorp.com` is a root domain")
    expect(told, "❌ `bad_name.xyzcorp.com`", "has no underscore")
    await world.forward(seconds=5)
    assert world.kinds() == ["records"]
    await world.command(SUZUKI, "追加 news.xyzcorp.com、sales.xyzcorp.com")
    expect(world.last(SUZUKI), "✅ `news.xyzcorp.com`: 準備しています", "✅ `sales.xyzcorp.com`: 追加済みです")


@pytest.mark.parametrize("between", [",", ", ", "，", "、", "; ", "\n", "\u3000", " <mailto:x@", "> <http://"])
async def test_names_are_separated_by_whatever_people_type(world: World, between: str) -> None:
    await world.command(ALEX, f"add a.xyzcorp.com{between}b.xyzcorp.com")
    expect(world.last(ALEX), "`a.xyzcorp.com`: being prepared", "`b.xyzcorp.com`: being prepared")


async def test_more_than_three_names_are_confirmed_first(world: World) -> None:
    before = kept(world)
    many = [f"{letter}.xyzcorp.com" for letter in "abcd"]
    await world.command(ALEX, f"add <http://{many[0]}|{many[0]}> {' '.join(many[1:])}")
    question = world.slack.private(ALEX)[-1]
    expect(words(question), "Add these 4 names?", *(f"• `{name}`" for name in many))
    assert labels(question) == ["Add all 4"]
    assert kept(world) == before, "nothing is registered by asking"
    await world.click(ALEX, question, "add_all")
    expect(world.last(ALEX), "4 names:", *(f"✅ `{name}`" for name in many))
    await world.forward(seconds=10)
    assert world.kinds() == ["records"] * 4


async def test_the_same_name_twice_is_one_name(world: World) -> None:
    await world.command(ALEX, "add sales.xyzcorp.com SALES.xyzcorp.com. user@sales.xyzcorp.com sales.xyzcorp.com")
    expect(world.last(ALEX), "`sales.xyzcorp.com` is being prepared")


async def test_adding_again_shows_the_card(world: World) -> None:
    await world.command(ALEX, f"add {NAME}")
    await world.command(SUZUKI, f"追加 {NAME}")
    expect(world.last(SUZUKI), f"`{NAME}` を準備しています")
    await world.forward(seconds=5)
    domain = await world.domain()
    await world.command(SUZUKI, f"追加 {NAME}")
    expect(world.last(SUZUKI), *(record.value for record in domain.records))
    assert world.kinds() == ["records"]
    assert (await world.domain()).owner == ALEX


async def test_no_name_opens_a_form_that_corrects_in_place(world: World) -> None:
    before = kept(world)
    await world.command(SUZUKI, "追加")
    form = world.slack.view(SUZUKI)
    assert form is not None
    assert form.text == "ドメインの追加"
    for typed, _, japanese in MALFORMED:
        if len(typed) <= 253 and not typed.startswith("<"):
            await world.submit(SUZUKI, {"name": typed})
            expect(form.errors["name"], japanese)
    for typed, japanese in (
        ("xyzcorp.com", "ルートドメイン"),
        ("gmail.com", "会社のドメイン"),
        ("  ", "入力されていません"),
    ):
        await world.submit(SUZUKI, {"name": typed})
        expect(form.errors["name"], japanese)
    assert world.slack.view(SUZUKI) is form, "the form stays open with what was typed"
    assert kept(world) == before
    await world.submit(SUZUKI, {"name": "ｓａｌｅｓ．ｘｙｚｃｏｒｐ．ｃｏｍ"})
    assert world.slack.view(SUZUKI) is None
    expect(world.last(SUZUKI), f"`{NAME}` を準備しています")
    await world.forward(seconds=5)
    assert await world.state() is State.AWAITING_DNS


async def test_many_names_in_the_form_are_confirmed_too(world: World) -> None:
    before = kept(world)
    await world.command(ALEX, "add")
    await world.submit(ALEX, {"name": "a.xyzcorp.com b.xyzcorp.com, c.xyzcorp.com d.xyzcorp.com"})
    expect(world.last(ALEX), "Add these 4 names?")
    assert kept(world) == before


async def test_what_needs_dns_is_answered_after_the_form(world: World) -> None:
    world.zone.add(NAME, "A", "192.0.2.1")
    before = kept(world)
    await world.command(ALEX, "add")
    await world.submit(ALEX, {"name": NAME})
    assert labels(world.slack.private(ALEX)[-1]) == ["Use another name", "Register anyway"]
    assert kept(world) == before


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("hepl", "help"), ("chekc", "check"), ("ativate", "activate"), ("addd", "add"), ("lits", "list"),
     ("追加する", "追加"), ("有効", "有効化")],
)  # fmt: skip
async def test_a_typo_gets_did_you_mean(world: World, typed: str, meant: str) -> None:
    before = kept(world)
    for person, said in ((ALEX, "Did you mean"), (SUZUKI, "もしかして")):
        await world.command(person, f"status {NAME}")  # by now the bot knows everybody's language
        await world.command(person, f"{typed} {NAME}")
        expect(world.last(person), said, f"`/emaildomain {meant}`")
    assert kept(world) == before


async def test_what_is_no_typo_is_not_guessed(world: World) -> None:
    for typed in ("approve", "xyz", "sales.xyzcorp.com", "'; DROP TABLE", "<!here>", "x" * 3000):
        await world.command(ALEX, f"{typed} {NAME}")
        expect(world.last(ALEX), "There is no command", "`/emaildomain help` shows all commands")
        assert "<!here>" not in world.last(ALEX)


@pytest.mark.parametrize("typed", ["records", "history", "settings", "RECORDS"])
async def test_what_this_version_lacks_is_refused_by_name(world: World, typed: str) -> None:
    before = kept(world)
    await world.command(ALEX, f"{typed} {NAME}")
    expect(world.last(ALEX), f"“{typed}” is not in this version yet", "`/emaildomain help`")
    await world.command(ALEX, f"help {typed}")
    expect(world.last(ALEX), f"“{typed}” is not in this version yet")
    await world.command(ALEX, "help")
    assert typed.lower() not in world.last(ALEX).replace("DNS records", ""), "and help does not show it"
    assert kept(world) == before


async def test_activate_when_ready_is_refused_by_name(world: World) -> None:
    await world.added()
    before = kept(world)
    await world.command(ALEX, f"activate {NAME} when ready")
    expect(world.last(ALEX), "“when ready” is not in this version yet")
    assert kept(world) == before


async def test_a_name_too_many_is_not_called_a_missing_feature(world: World) -> None:
    await world.added()
    await world.command(ALEX, f"activate {NAME} news.xyzcorp.com")
    assert "version" not in world.last(ALEX)
    expect(world.last(ALEX), "`/emaildomain activate &lt;domain&gt;`")


@pytest.mark.parametrize("command", ["check", "activate", "remove"])
async def test_a_command_without_its_name_shows_its_usage(world: World, command: str) -> None:
    await world.command(ALEX, command)
    expect(world.last(ALEX), f"`/emaildomain {command} &lt;domain&gt;`")


async def test_a_name_nobody_added(world: World) -> None:
    await world.added()
    before = kept(world)
    await world.command(ALEX, "check slaes.xyzcorp.com")
    expect(world.last(ALEX), "I do not know `slaes.xyzcorp.com`", f"Did you mean `{NAME}`?")
    assert button(world.slack.private(ALEX)[-1], "status")["value"] == NAME
    for command in ("check", "status", "activate", "remove"):
        await world.command(ALEX, f"{command} news.xyzcorp.com")
        expect(world.last(ALEX), "I do not know `news.xyzcorp.com`", "`/emaildomain add news.xyzcorp.com`")
        await world.command(SUZUKI, f"{command} news.xyzcorp.com")
        expect(world.last(SUZUKI), "`news.xyzcorp.com` はありません")
    assert kept(world) == before


@pytest.mark.parametrize(
    "typed",
    [
        "追加　ｓａｌｅｓ．ｘｙｚｃｏｒｐ．ｃｏｍ",
        "ＡＤＤ ｓａｌｅｓ．ｘｙｚｃｏｒｐ．ｃｏｍ",
        "  Add\u3000sales。xyzcorp。com  ",
        "add\u00a0sales.xyzcorp.com",
    ],
)
async def test_full_width_input_and_japanese_aliases(world: World, typed: str) -> None:
    await world.command(SUZUKI, typed)
    expect(world.last(SUZUKI), f"`{NAME}` を準備しています")


async def test_every_japanese_alias_is_its_command(world: World) -> None:
    await world.added()
    for alias, shows in (
        ("確認", "2件のレコードは、どちらもまだ"), ("状態", "DNSレコードの追加待ち"), ("有効化", "有効化できません"),
        ("一覧", "1件のドメイン"), ("削除", "を削除しますか？"), ("ヘルプ", "追加"), ("追加", "を登録しました"),
    ):  # fmt: skip
        await world.command(SUZUKI, f"{alias}　{NAME}" if alias not in ("一覧", "ヘルプ") else alias)
        expect(world.last(SUZUKI), shows)
