"""The vendor's facts (its help article), each visible in what people read. S25 has a file of its own."""

from __future__ import annotations

import itertools
import re

import pytest

from bot.i18n.translator import LANGUAGES, translator
from bot.model.lifecycle import State
from bot.model.look import Finding
from bot.model.records import RecordType
from bot.platforms.embedded import Embedded
from bot.tryout.slack.simulated import words
from bot.views.findings import finding
from tests.scenarios.reading import alone, button, buttons, ever_sent, expect, fact, kept, labels, on_screen, reads
from tests.scenarios.world import ALEX, NAME, SAM, SUZUKI, World
from tests.views.samples import context

BOTH = "email campaigns and agentless notifications"
REPLIES = "<https://help.mypurecloud.com/articles/email-routing-scenarios/|Email routing scenarios>"


async def test_s1_one_registration_serves_both_and_is_said_once(world: World) -> None:
    await world.added()
    assert words(world.card).count(BOTH) == 1
    assert world.said() == [world.card]
    await world.publish()
    await world.forward(seconds=40)
    assert not any(BOTH in reads(m) for m in on_screen(world)), "once: later it would only be noise"


async def test_s5_replies_need_an_inbound_domain_and_it_is_said_again_at_the_end(world: World) -> None:
    await world.added()
    shown = words(world.card)
    assert REPLIES in shown
    expect(shown, "different from this one", "flow or a queue", "reply-to")
    await world.publish()
    await world.forward(minutes=1)
    await world.command(ALEX, f"activate {NAME}")
    await world.click(SAM, world.said("approval")[0], "approve")
    await world.forward(hours=2, minutes=2)
    (allowed,) = world.said("sending_allowed")
    assert REPLIES in words(allowed)
    assert "To receive replies, set them up on an inbound domain" in allowed.text


async def test_s6_whoever_approves_reads_that_every_campaign_can_use_it(world: World) -> None:
    await world.asked()
    (request,) = world.said("approval")
    assert "Every email campaign of the org can then use it" in request.text
    assert "every email campaign of the org" in button(request, "approve")["confirm"]["text"]["text"]


@pytest.mark.parametrize("language", [ALEX, SUZUKI], ids=["en", "ja"])
async def test_s7_only_a_subdomain_of_your_own(world: World, language: str) -> None:
    before = kept(world)
    for name in (
        "co.jp", "github.io", "gmail.com", "mail.gmail.com", "yahoo.co.jp", "mypurecloud.jp", "apps.mypurecloud.com",
        "login.euw2.pure.cloud", "sparkpostmail.com", "eu.sparkpostmail.com", "news.genesys.com",
    ):  # fmt: skip
        await world.command(language, f"add {name}")
        told = world.last(language)
        expect(told, f"`{name}`", "own domain" if language is ALEX else "会社のドメイン", "sales.example.com")
    assert kept(world) == before


async def test_s8_not_the_contact_centres_own_email_domain(world: World) -> None:
    before = kept(world)
    await world.command(ALEX, "add support.xyzcorp.com")
    expect(world.last(ALEX), "receives mail", "use another subdomain", "*Custom*", "*Campaign*", "カスタム")
    assert labels(world.slack.private(ALEX)[-1]) == ["Try again"]
    await world.command(SUZUKI, "追加 support.xyzcorp.com")
    expect(world.last(SUZUKI), "*キャンペーン*", "*カスタム*", "別のサブドメイン")
    assert kept(world) == before


async def test_s8_try_again_registers_it_once_it_is_deleted_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.command(ALEX, "add support.xyzcorp.com")
    refusal = world.slack.private(ALEX)[-1]

    async def nothing(_: Embedded) -> tuple[str, ...]:
        return ()

    monkeypatch.setattr(Embedded, "inbound", nothing)
    await world.click(ALEX, refusal, "add")
    await world.forward(seconds=5)
    assert await world.state("support.xyzcorp.com") is State.AWAITING_DNS


@pytest.mark.parametrize(
    ("rdtype", "value"),
    [("MX", "10 mx.xyzcorp.com."), ("A", "192.0.2.1"), ("AAAA", "2001:db8::1"), ("TXT", "v=spf1 -all")],
)
async def test_s9_what_is_at_the_name_is_asked_about_first(world: World, rdtype: str, value: str) -> None:
    world.zone.add(NAME, rdtype, value)
    before = kept(world)
    await world.command(ALEX, f"add {NAME}")
    question = world.slack.private(ALEX)[-1]
    expect(words(question), f"`{rdtype}`", "nothing is registered yet", "mail and web at this name stop")
    assert labels(question) == ["Use another name", "Register anyway"]
    confirm = button(question, "add_anyway")["confirm"]
    expect(confirm["text"]["text"], NAME, "Mail and web", "stop when the CNAME is published")
    assert "confirm" not in button(question, "rename")
    await world.forward(hours=1)
    assert kept(world) == before, "nothing is registered by waiting"

    await world.click(ALEX, question, "add_anyway")
    await world.forward(seconds=5)
    assert rdtype in words(world.card), "and the card goes on saying it"


async def test_s9_another_name_is_asked_for_in_a_form_that_holds_the_first(world: World) -> None:
    world.zone.add(NAME, "MX", "10 mx.xyzcorp.com.")
    await world.command(ALEX, f"add {NAME}")
    await world.click(ALEX, world.slack.private(ALEX)[-1], "rename")
    form = world.slack.view(ALEX)
    assert form is not None
    assert NAME in str(form.blocks)
    await world.submit(ALEX, {"name": "campaigns.xyzcorp.com"})
    await world.forward(seconds=5)
    assert await world.state("campaigns.xyzcorp.com") is State.AWAITING_DNS
    assert await world.bot.store.domain("T0XYZCORP", NAME) is None


async def test_s9_a_zone_of_its_own_is_refused(world: World) -> None:
    world.zone.child(NAME)
    before = kept(world)
    await world.command(ALEX, f"add {NAME}")
    expect(world.last(ALEX), "zone of its own", f"mail.{NAME}")
    assert buttons(world.slack.private(ALEX)[-1]) == [], "nothing gets round it"
    await world.command(SUZUKI, f"追加 {NAME}")
    assert "ゾーンの頂点にはCNAMEを置けない" in world.last(SUZUKI)
    assert kept(world) == before


async def test_s9_silent_dns_is_not_checked_and_goes_on(world: World) -> None:
    for server in world.zone.servers:
        server.silence()
    await world.command(ALEX, f"add {NAME}")
    await world.forward(seconds=10)
    assert await world.state() is State.AWAITING_DNS
    assert "*Already at this name:* not checked" in words(world.card)


async def test_s9_an_mx_that_came_later_is_left_alone(world: World) -> None:
    await world.added()
    world.zone.add(NAME, "MX", "10 mx.xyzcorp.com.")
    await world.command(ALEX, f"check {NAME}")
    told = world.last(ALEX)
    expect(told, "MX", "another sending name")
    assert not re.search(r"replace|leave only|keep only|nobody uses", told, re.IGNORECASE), told
    await world.command(SUZUKI, f"確認 {NAME}")
    told = world.last(SUZUKI)
    expect(told, "MX", "別の送信用の名前")
    assert not re.search(r"置き換え|だけを残し|一方だけ", told), told


@pytest.mark.parametrize("language", LANGUAGES)
def test_s9_an_mx_beside_the_cname_is_left_alone(language: str) -> None:
    both = Finding("CNAME_AND_OTHER_DATA", "wrong", "CNAME", {"types": "MX, TXT", "host": NAME})
    _, fix = finding(both, context(language))
    assert re.search(r"take the CNAME out again and use another|CNAMEを外し、別の", fix)


def test_s9_no_text_ever_advises_to_delete_an_mx() -> None:
    delete = re.compile(r"delet|remov|drop|take (it )?out|削除|外して|取り除|消して", re.IGNORECASE)
    guilty = [
        (language, key, sentence)
        for language in LANGUAGES
        for key, text in translator(language).texts.items()
        for sentence in re.split(r"(?<=[.。？?])\s*|\n", text)
        if re.search(r"\bMX\b", sentence) and delete.search(sentence)
    ]
    assert guilty == []


@pytest.mark.parametrize("root", ["xyzcorp.com", "xyzcorp.co.jp"])
async def test_s11_a_root_domain_is_refused_and_subdomains_offered(world: World, root: str) -> None:
    before = kept(world)
    await world.command(ALEX, f"add {root}")
    refusal = world.slack.private(ALEX)[-1]
    expect(words(refusal), "All its traffic", "`sparkpostmail.com`")
    assert labels(refusal) == [f"sales.{root}", f"marketing.{root}"]
    await world.command(SUZUKI, f"追加 {root}")
    expect(world.last(SUZUKI), "ルートドメイン", "サブドメイン")
    assert kept(world) == before
    if root not in world.lab.zones:
        world.lab.zone(root)
    await world.click(ALEX, refusal, "add:2")
    assert f"`marketing.{root}` is being prepared" in world.last(ALEX)


@pytest.mark.parametrize(
    ("target", "english", "japanese"),
    [("sparkpostmail.com", "United States", "米国"), ("eu.sparkpostmail.com", "European Union", "EU")],
)
async def test_s13_the_hosting_location_is_the_platforms(
    world: World, monkeypatch: pytest.MonkeyPatch, target: str, english: str, japanese: str
) -> None:
    monkeypatch.setattr("bot.platforms.embedded.TARGET", target)
    await world.asked()
    assert target in alone(world.card), "the CNAME's value is what the platform says"
    (request,) = world.said("approval")
    for shown in (world.card, request):
        assert english in fact(shown, "Mail goes out through")
    assert ("the EU" if "eu." in target else "the US") in button(request, "approve")["confirm"]["text"]["text"]
    await world.command(SUZUKI, f"状態 {NAME}")
    assert japanese in fact(world.slack.private(SUZUKI)[-1], "配信元")


async def test_s15_there_is_no_type_to_choose(world: World) -> None:
    await world.command(ALEX, "help add")
    assert "type" not in world.last(ALEX).lower()
    await world.command(ALEX, "add")
    form = world.slack.view(ALEX)
    assert form is not None
    assert [block["block_id"] for block in form.blocks if block["type"] == "input"] == ["name"]
    await world.command(ALEX, f"add {NAME} --type=custom")
    assert "❌ `--type=custom`" in world.last(ALEX)


async def test_s18_where_it_is_in_genesys_cloud(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Embedded, "admin_url", "https://apps.mypurecloud.jp/directory/#/admin/email")
    await world.added()
    shown = words(world.card)
    expect(shown, "Admin &gt; Contact Center &gt; Email")
    expect(shown, "Digital and Telephony &gt; Email &gt; Domains &gt; Campaigns/Agentless Domains")
    link = button(world.card, "open_admin")
    assert link["text"]["text"] == "Open in Genesys Cloud"
    assert link["url"] == "https://apps.mypurecloud.jp/directory/#/admin/email"


@pytest.mark.parametrize(
    "pasted",
    [
        "SALES.XyzCorp.com", "sales.xyzcorp.com.", "news@sales.xyzcorp.com", "https://sales.xyzcorp.com/path?a=1",
        "<http://sales.xyzcorp.com|sales.xyzcorp.com>", "<mailto:me@sales.xyzcorp.com|me@sales.xyzcorp.com>",
        "<https://sales.xyzcorp.com/>", "ｓａｌｅｓ．ｘｙｚｃｏｒｐ．ｃｏｍ", "sales。xyzcorp。com",
        "「sales.xyzcorp.com」",
        "`sales.xyzcorp.com`", "sales.xyzcorp.com:443", "sales.xyzcorp.com\u200b",
    ],
)  # fmt: skip
async def test_s19_the_bare_name_is_understood_and_shown(world: World, pasted: str) -> None:
    await world.command(ALEX, f"add {pasted}")
    assert f"`{NAME}` is being prepared" in world.last(ALEX)


async def test_s19_international_names_are_shown_in_both_forms(world: World) -> None:
    await world.command(ALEX, "add 販売.xyzcorp.com")
    expect(world.last(ALEX), "`xn--6qs761j.xyzcorp.com`", "販売.xyzcorp.com")


async def test_s22_each_host_and_each_value_can_be_copied_whole(world: World) -> None:
    domain = await world.added()
    txt, cname = sorted(domain.records, key=lambda r: r.type is RecordType.CNAME)
    relative = txt.host.removesuffix(".xyzcorp.com")
    assert alone(world.card) == [relative, txt.host, txt.value, "sales", cname.host, cname.value]


async def test_s23_the_bot_looks_and_nobody_waits(world: World) -> None:
    await world.added()
    told = len(world.slack.private(ALEX))
    await world.publish()
    await world.forward(minutes=1)
    (ready,) = world.said("ready")
    assert ready.text.startswith(f"<@{ALEX}>"), "the owner is called"
    assert len(world.slack.private(ALEX)) == told, "nobody had to ask"


async def test_s24_activation_is_a_separate_step_that_can_fail(world: World) -> None:
    domain = await world.ready()
    await world.forward(hours=2)
    assert await world.state() is State.READY, "nothing is activated by itself"
    await world.command(ALEX, f"activate {NAME}")
    await world.forward(minutes=1)
    assert await world.state() is State.AWAITING_APPROVAL, "nor by asking"
    txt = next(r for r in domain.records if r.type is RecordType.TXT)
    world.zone.replace(txt, "v=DKIM1; k=rsa; p=AAAA")
    await world.click(SAM, world.said("approval")[0], "approve")
    await world.forward(minutes=25)
    failed = world.said("failed")
    assert failed
    assert failed[-1].text.startswith(f"<@{ALEX}>")
    told = "\n".join(reads(m) for m in failed)
    expect(told, "TXT", "p=AAAA")
    assert await world.state() is State.AWAITING_DNS
    assert not world.said("activated")


async def test_s28_no_address_has_to_be_registered_and_none_is_asked_for(world: World) -> None:
    await world.opened()
    sent = list(ever_sent(world))
    assert any("no email address has to be registered" in text for text in sent)
    asking = re.compile(r"(enter|type|give|which|your) (an? |the )?(e-?mail )?address", re.IGNORECASE)
    texts = itertools.chain.from_iterable(translator(language).texts.values() for language in LANGUAGES)
    assert [text for text in texts if asking.search(text) and "reply-to" not in text] == []
