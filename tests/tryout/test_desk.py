"""The DNS desk: every mistake of the catalogue can be made there, is named by the bot, and can be taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import cycle, islice
from types import SimpleNamespace
from typing import Any

import pytest

from bot.i18n.translator import translator
from bot.model.diagnosis.table import TABLE
from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from bot.tryout.desk import DnsDesk
from bot.tryout.dns import DnsLab
from bot.tryout.dns.catalogue import GROUPS
from bot.tryout.dns.openlab import OpenLab
from bot.tryout.slack.simulated import SimulatedSlack
from tests.clock import HandClock
from tests.tryout.hands import ALEX, NAME, SAM, SUZUKI, Hands
from tests.views.samples import domain

KINDS = {row.code: row.kind for row in TABLE}


def said_of(code: str, text: str) -> bool:
    """Whether the sentence of this mistake stands in ``text``, whatever its facts are; what is right is said so."""
    if KINDS[code] == "right":
        return "are right" in text
    forms = [said for key, said in translator("en").texts.items() if key.startswith(f"finding.{code}.what")]
    told = re.sub(r"\s+", " ", text.replace("`", ""))
    return any(re.search(_pattern(form), told, re.DOTALL) for form in forms)


def _pattern(template: str) -> str:
    parts = re.split(r"\{\w+\}", template.replace("`", ""))
    return ".*".join(re.escape(re.sub(r"\s+", " ", part)) for part in parts)


async def named(hands: Hands, code: str, people: Iterator[str]) -> bool:
    """Whether ``check`` names it. The first may share an answer that was on its way before the mistake was made."""
    for person in islice(people, 2):
        if said_of(code, await hands.checks(person=person)):
            return True
    return False


@pytest.mark.parametrize("group", GROUPS)
async def test_every_mistake_of_the_desk_is_named_and_can_be_taken_back(hands: Hands, group: str) -> None:
    await hands.added()
    people = cycle((SAM, ALEX))  # nobody may send more than twenty commands at once
    for code in GROUPS[group]:
        shown = await hands.acts("desk", "mistake", domain=NAME, code=code)
        assert shown["made"]["code"] == code
        if code == "PLUS_TO_SPACE" and "+" not in shown["records"][0]["value"]:
            continue  # one key in 500 has none
        assert await named(hands, code, people), code
    shown = await hands.acts("desk", "publish", domain=NAME)
    assert [record["right"] for record in shown["records"]] == [True, True]
    assert [[said["mood"] for said in one["said"]] for one in shown["answers"]] == [["right", "right"]] * 5
    assert "Both records of `sales.xyzcorp.com` are right: 2 of 2 DNS servers" in await hands.checks(person=SAM)


async def test_mistakes_do_not_add_up(hands: Hands) -> None:
    await hands.added()
    for code in ("PROXIED_CLOUDFLARE", "DNSSEC_BOGUS", "DOMAIN_NOT_REGISTERED", "KEY_MISMATCH"):
        shown = await hands.acts("desk", "mistake", domain=NAME, code=code)
    assert len(shown["answers"]) == 5
    assert {tuple(said["mood"] for said in one["said"]) for one in shown["answers"]} == {("other", "right")}
    assert [entry["type"] for entry in shown["entries"] if entry["right"]] == ["CNAME"]


async def test_a_server_that_is_down_and_up_again(hands: Hands) -> None:
    await hands.added()
    await hands.acts("desk", "publish")
    shown = await hands.acts("desk", "down", server="ns1.dns-desk.example")
    down, up, *resolvers = shown["answers"]
    assert [said["said"] for said in down["said"]] == ["no answer", "no answer"]
    assert {said["mood"] for one in (up, *resolvers) for said in one["said"]} == {"right"}
    assert said_of("NS_UNREACHABLE_PARTIAL", await hands.checks())
    shown = await hands.acts("desk", "up", server="ns1.dns-desk.example")
    assert {said["mood"] for one in shown["answers"] for said in one["said"]} == {"right"}


async def test_a_server_that_lags_keeps_the_old_zone_until_it_catches_up(hands: Hands) -> None:
    await hands.added()
    await hands.acts("desk", "mistake", code="WRONG_TARGET")
    await hands.acts("desk", "lag", server="ns2.dns-desk.example")
    shown = await hands.acts("desk", "publish")
    by_name = {one["name"]: one for one in shown["answers"]}
    assert by_name["ns1.dns-desk.example"]["said"][1]["mood"] == "right"
    assert by_name["ns2.dns-desk.example"]["lags"] is True
    assert by_name["ns2.dns-desk.example"]["said"][1]["values"] == ["sparkpostmial.com"]
    assert said_of("NS_INCONSISTENT", await hands.checks())
    shown = await hands.acts("desk", "catch_up", server="ns2.dns-desk.example")
    assert {said["mood"] for one in shown["answers"] for said in one["said"]} == {"right"}


def test_peeking_is_not_asking() -> None:
    """Nobody remembers that there was nothing, and a server that changes its answer does not change it for us."""
    lab = DnsLab(now=HandClock().now)
    zone = lab.zone("xyzcorp.com")
    resolver, server = lab.resolvers[0], zone.servers[0]
    nothing = resolver.peek(NAME, "TXT")
    assert nothing is not None
    assert (nothing.values("TXT"), nothing.said) == ([], "no such name")
    zone.add(NAME, "TXT", "x" * 300)
    for endpoint in (resolver, server):
        answer = endpoint.peek(NAME, "TXT")
        assert answer is not None
        assert answer.values("TXT") == ["x" * 300]
    server.flap()
    assert server.peek(NAME, "TXT") == server.peek(NAME, "TXT")
    server.silence()
    assert server.peek(NAME, "TXT") is None
    assert not lab.questions


async def test_of_several_domains_one_is_chosen_and_the_others_stay_as_they_are(hands: Hands) -> None:
    other = "news.xyzcorp.com"
    await hands.added()
    await hands.added(other)
    shown = await hands.acts("desk", "publish", domain=NAME)
    assert shown["domains"] == [other, NAME]
    shown = await hands.acts("desk", "mistake", domain=other, code="MISSING_CNAME")
    assert [record["published"] for record in shown["records"]] == [True, False]
    assert [record["right"] for record in (await hands.sees("desk", domain=NAME))["records"]] == [True, True]
    assert (await hands.sees("desk"))["domain"] == other, "the one added last, where nobody has chosen"


async def test_mistakes_are_told_in_the_language_of_who_acts(hands: Hands) -> None:
    await hands.added()
    english = await hands.acts("desk", "mistake", code="DUPLICATED_ZONE")
    assert english["made"]["name"] == "Domain appended twice"
    japanese = await hands.sees("desk", SUZUKI)
    assert (japanese["language"], japanese["made"]["name"]) == ("ja", "ドメインが二重")
    assert japanese["groups"][0]["label"] == "公開されていない"


async def test_what_the_desk_does_not_know_is_refused(hands: Hands) -> None:
    await hands.added()
    for action, wish in (("explode", {}), ("mistake", {"code": "NO_SUCH"}), ("lag", {"server": "ns9.example"})):
        with pytest.raises(AssertionError, match="There is no"):
            await hands.acts("desk", action, **wish)


async def test_what_is_removed_is_listed_as_long_as_it_is_published(slack: SimulatedSlack) -> None:
    left = domain(State.REMOVED, name="left.xyzcorp.com")
    found = [domain(State.OPEN), left, domain(State.REMOVED, name="gone.xyzcorp.com")]

    async def domains(team: str) -> list[EmailDomain]:
        return found

    bot: Any = SimpleNamespace(
        ports=SimpleNamespace(identity=lambda: SimpleNamespace(team="T1")), store=SimpleNamespace(domains=domains)
    )
    desk = DnsDesk(bot, OpenLab(now=HandClock().now), slack.workspace)
    desk.stand({left.name: left.records})
    assert set((await desk.show({}))["domains"]) == {NAME, left.name}
