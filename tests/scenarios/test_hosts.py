"""Who serves the zone, and help for whoever edits it: the card, *How at ...*, *Other format*, the DNS team's text."""

from __future__ import annotations

from bot.i18n.translator import translator
from bot.model.lifecycle import State
from bot.model.records import RecordType, quoted
from bot.tryout.slack.simulated import words
from tests.scenarios.reading import alone, expect, kept, labels, reads
from tests.scenarios.world import ALEX, GUEST, NAME, SUZUKI, World

CLOUD, CLOUD_ZONE = "sales.cloudcorp.com", "cloudcorp.com"


async def test_other_format_and_the_dns_teams_text_in_both_languages(world: World) -> None:
    domain = await world.added()
    txt, cname = sorted(domain.records, key=lambda r: r.type is not RecordType.TXT)
    short = txt.host.removesuffix(".xyzcorp.com")
    assert alone(world.card) == [short, txt.host, txt.value, "sales", NAME, cname.value]
    assert labels(world.card) == ["Check now", "Other format", "Text for the DNS team"]
    expect(words(world.card), "a change at another company", "has no effect")
    before = kept(world)

    for person, phrases in (
        (ALEX, ("every form", "Do not send yet")),
        (SUZUKI, ("すべての形式", "まだ送信できません")),
    ):
        await world.click(person, world.card, "format")
        shown = world.slack.private(person)[-1]
        expect(reads(shown), *phrases)
        boxes = alone(shown)
        assert boxes[:5] == [short, txt.host, f"{txt.host}.", txt.value, quoted(txt.value)]
        assert boxes[5:10] == ["sales", NAME, f"{NAME}.", cname.value, f"{cname.value}."]
        assert boxes[10].splitlines()[0].startswith(f'{txt.host}. 3600 IN TXT "v=DKIM1')
        assert boxes[10].splitlines()[1] == f"{NAME}. 3600 IN CNAME {cname.value}."

    for person, phrase in (
        (ALEX, "Please do not change MX or other records."),
        (SUZUKI, "MXやほかのレコードは変更しないでください。"),
    ):
        await world.click(person, world.card, "letter")
        (text,) = alone(world.slack.private(person)[-1])
        expect(text, phrase, NAME, txt.host, txt.value, cname.value, "ns1.xyzcorp.com")
        assert "`" not in text and "*" not in text
    assert kept(world) == before, "help changes nothing"


async def test_a_company_we_know_gets_its_own_form_and_its_steps(world: World) -> None:
    world.lab.zone(CLOUD_ZONE, nameservers=("amy.ns.cloudflare.com", "bob.ns.cloudflare.com"))
    domain = await world.added(CLOUD)
    txt, cname = sorted(domain.records, key=lambda r: r.type is not RecordType.TXT)
    forms = [txt.host.removesuffix(f".{CLOUD_ZONE}"), txt.value, "sales", cname.value]
    assert alone(world.card) == forms
    expect(words(world.card), "*Cloudflare*", "DNS only")
    assert labels(world.card)[1:] == ["How at Cloudflare", "Other format", "Text for the DNS team"]
    for person, phrases in ((ALEX, ("Add record", "grey cloud")), (SUZUKI, ("レコードを追加", "灰色の雲"))):
        await world.click(person, world.card, "how")
        shown = world.slack.private(person)[-1]
        expect(reads(shown), *phrases)
        assert alone(shown) == forms


async def test_check_offers_the_help_where_something_is_missing_and_only_there(world: World) -> None:
    await world.added()
    await world.command(ALEX, f"check {NAME}")
    assert "Other format" in labels(world.slack.private(ALEX)[-1])
    await world.publish()
    await world.forward(seconds=40)
    assert await world.state() is State.READY
    await world.command(ALEX, f"check {NAME}")
    assert "Other format" not in labels(world.slack.private(ALEX)[-1])
    assert "Other format" not in labels(world.card)


async def test_a_guest_gets_no_records(world: World) -> None:
    domain = await world.added()
    await world.click(GUEST, world.card, "letter")
    assert domain.records[0].value not in world.last(GUEST)


async def test_an_old_button_never_asks_to_add_what_is_being_removed(world: World) -> None:
    await world.added()
    card = world.card
    await world.publish()
    await world.forward(seconds=40)
    await world.command(ALEX, f"remove {NAME}")
    await world.click(ALEX, world.slack.private(ALEX)[-1], "remove_anyway")
    assert await world.state() is State.REMOVING
    await world.click(ALEX, card, "letter", stale=True)
    (text,) = alone(world.slack.private(ALEX)[-1])
    expect(text, translator("en").plain("letter.delete"))
    assert "Please add" not in text
