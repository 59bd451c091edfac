"""What DNS does to a domain: wrong records, waiting too long, losing what was right, and getting it back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.model.lifecycle import State
from bot.model.records import DnsRecord, RecordType
from bot.tryout.slack.simulated import words
from tests.scenarios.world import ALEX, NAME, SAM, SUZUKI, World


def txt(domain_records: tuple[DnsRecord, ...]) -> DnsRecord:
    return next(r for r in domain_records if r.type is RecordType.TXT)


def cname(domain_records: tuple[DnsRecord, ...]) -> DnsRecord:
    return next(r for r in domain_records if r.type is RecordType.CNAME)


async def test_resolvers_are_never_asked_too_early(world: World) -> None:
    domain = await world.added()
    await world.forward(minutes=3)
    names = {r.host for r in domain.records}
    resolvers = {r.name for r in world.lab.resolvers} | {"recursor"}
    asked = [q for q in world.lab.questions if q.server in resolvers and q.name.rstrip(".").lower() in names]
    assert not asked, "one early question makes a resolver remember that the name does not exist"


async def test_one_lagging_server_holds_ready_back(world: World) -> None:
    domain = await world.added()
    for record in domain.records:
        world.zone.publish(record, only=0)
    await world.forward(minutes=5)
    assert await world.state() is State.AWAITING_DNS
    await world.publish()
    await world.forward(seconds=30)
    assert await world.state() is State.READY


async def test_a_silent_server_does_not_hold_ready_back(world: World) -> None:
    await world.added()
    await world.publish()
    world.zone.servers[1].silence()
    await world.forward(seconds=40)
    assert await world.state() is State.READY
    assert "1 of 2" in words(world.card)


async def test_all_servers_silent_is_unknown_not_missing(world: World) -> None:
    await world.added()
    for server in world.zone.servers:
        server.silence()
    await world.command(ALEX, f"check {NAME}")
    assert "could not" in world.last(ALEX).lower()
    assert "not there" not in world.last(ALEX)
    assert await world.state() is State.AWAITING_DNS


async def test_a_wrong_record_is_said_once_with_its_fix(world: World) -> None:
    domain = await world.added()
    world.zone.add(NAME, "CNAME", "sparkpostmail.example.")
    await world.forward(seconds=25)
    assert not world.said("wrong_record"), "one look is not enough"
    await world.forward(minutes=10)
    (said,) = world.said("wrong_record")
    assert said.text.startswith(f"<@{ALEX}>")
    assert "sparkpostmail.example" in said.text and cname(domain.records).value in said.text
    await world.forward(hours=1)
    assert len(world.said("wrong_record")) == 1


async def test_the_key_of_another_domain_is_called_by_its_name(world: World) -> None:
    """Pasted into the wrong place: whose key it is helps more than the key."""
    mine, other = await world.added(), await world.added("news.xyzcorp.com")
    world.zone.publish(replace(txt(other.records), host=txt(mine.records).host))
    await world.command(ALEX, f"check {NAME}")
    assert "holds the key of another domain, `news.xyzcorp.com`" in world.last(ALEX)
    await world.command(SUZUKI, f"check {NAME}")
    assert "別のドメイン `news.xyzcorp.com` の鍵が入っています" in world.last(SUZUKI)
    await world.forward(minutes=2)
    (said,) = world.said("wrong_record")
    assert "`news.xyzcorp.com`" in words(said)
    assert txt(mine.records).value in words(said), "the fix is the whole, right value"


async def test_whose_key_it_is_stays_open_while_the_database_cannot_be_read(world: World) -> None:
    mine, other = await world.added(), await world.added("news.xyzcorp.com")
    world.zone.publish(replace(txt(other.records), host=txt(mine.records).host))
    path = world.path / "emaildomain.db"
    path.rename(world.path / "moved.db")
    (found, *_) = (await world.bot.ports.dns.look(NAME, mine.records)).findings
    assert (found.code, "whose" in found.facts) == ("KEY_MISMATCH", False)
    (world.path / "moved.db").rename(path)
    (found, *_) = (await world.bot.ports.dns.look(NAME, mine.records)).findings
    assert found.facts["whose"] == "news.xyzcorp.com"


async def test_check_now_reports_a_wrong_record_at_once_and_cools_down(world: World) -> None:
    await world.added()
    world.zone.add(NAME, "CNAME", "elsewhere.example.")
    await world.click(ALEX, world.card, "check")
    assert len(world.said("wrong_record")) == 1
    await world.click(SUZUKI, world.card, "check")
    assert "秒" in world.last(SUZUKI)
    await world.forward(seconds=31)
    await world.click(SUZUKI, world.card, "check")
    assert "elsewhere.example" in world.last(SUZUKI)
    assert len(world.said("wrong_record")) == 1


async def test_what_was_there_before_is_a_conflict_not_a_mistake(world: World) -> None:
    world.zone.add(NAME, "CNAME", "old.example.")
    await world.added()
    await world.forward(minutes=5)
    assert not world.said("wrong_record")
    assert "old.example" in words(world.card)


async def test_nothing_found_after_check_now(world: World) -> None:
    await world.added()
    await world.click(ALEX, world.card, "check")
    await world.forward(minutes=4, seconds=50)
    assert not world.said("reminder")
    await world.forward(seconds=30)
    (said,) = world.said("reminder")
    assert "another" in said.text or "save" in said.text


async def test_a_day_without_records_reminds_the_owner(world: World) -> None:
    await world.added()
    await world.forward(hours=23, minutes=50)
    assert not world.said("reminder")
    await world.forward(minutes=20)
    assert world.said("reminder")[0].text.startswith(f"<@{ALEX}>")


async def test_three_days_stall_and_keep_waiting(world: World) -> None:
    await world.added()
    await world.forward(hours=71, minutes=50)
    assert await world.state() is State.AWAITING_DNS
    await world.forward(minutes=20)
    assert await world.state() is State.STALLED
    (said,) = world.said("stalled")
    assert said.text.startswith(f"<@{ALEX}>")
    await world.click(ALEX, said, "wait")
    assert await world.state() is State.AWAITING_DNS
    await world.forward(hours=71)
    assert await world.state() is State.AWAITING_DNS, "all waits are counted anew"
    await world.forward(hours=2)
    assert await world.state() is State.STALLED


async def test_a_stalled_domain_becomes_ready_by_itself(world: World) -> None:
    await world.added()
    await world.forward(days=5)
    assert await world.state() is State.STALLED
    await world.publish()
    await world.forward(hours=5)
    assert await world.state() is State.READY


async def test_watching_ends_after_fourteen_days_and_check_now_resumes(world: World) -> None:
    await world.added()
    await world.forward(days=7, hours=1)
    warnings = len(world.said("reminder"))
    await world.forward(days=8)
    assert len(world.said("reminder")) == warnings + 1, "a warning on day 7 and one on day 12"
    world.lab.questions.clear()
    await world.forward(days=2)
    assert not world.lab.questions
    await world.publish()
    await world.click(ALEX, world.card, "check")
    await world.forward(minutes=2)
    assert await world.state() is State.READY


async def test_ready_is_lost_after_two_bad_rounds(world: World) -> None:
    domain = await world.ready()
    world.zone.remove(txt(domain.records).host, "TXT")
    await world.forward(minutes=9)
    assert await world.state() is State.READY
    await world.forward(minutes=12)
    assert await world.state() is State.AWAITING_DNS
    assert world.said("wrong_record")[-1].text.startswith(f"<@{ALEX}>")
    await world.publish()
    await world.forward(minutes=5)
    assert await world.state() is State.READY
    assert len(world.said("ready")) == 2


async def test_activation_stops_when_dns_is_lost(world: World) -> None:
    domain = await world.asked()
    world.zone.remove(cname(domain.records).host, "CNAME")
    await world.click(SAM, world.said("approval")[0], "approve")
    await world.forward(minutes=12)
    assert await world.state() is State.AWAITING_DNS
    assert world.said("failed")
    assert "CNAME" in world.said("failed")[0].text
    assert not world.said("activated")


async def test_a_record_lost_in_the_two_hours_keeps_the_window_shut_until_it_is_back(world: World) -> None:
    domain = await world.activated()
    world.zone.remove(txt(domain.records).host, "TXT")
    await world.forward(hours=2, minutes=30)
    assert await world.state() is State.WAITING
    assert len(world.said("failed")) >= 1
    assert not world.said("sending_allowed")
    world.zone.publish(txt(domain.records))
    await world.forward(minutes=25)
    assert await world.state() is State.OPEN
    assert len(world.said("sending_allowed")) == 1


async def test_an_open_domain_degrades_and_recovers_without_new_hours(world: World) -> None:
    domain = await world.opened()
    world.zone.remove(cname(domain.records).host, "CNAME")
    await world.forward(hours=1, minutes=15)
    assert await world.state() is State.DEGRADED
    (said,) = world.said("degraded")
    assert said.broadcast and said.text.startswith(f"<@{ALEX}>")
    assert "bounce" in said.text.lower() and cname(domain.records).value in words(said)
    assert "stop nothing" in words(said)
    await world.publish()
    await world.forward(minutes=10)
    assert await world.state() is State.OPEN
    assert len(world.said("recovered")) == 1
    assert len(world.said("sending_allowed")) == 1


async def test_flapping_is_broadcast_until_the_last_word_is_no_better_than_the_truth(world: World) -> None:
    domain = await world.opened()
    for _ in range(3):
        world.zone.remove(cname(domain.records).host, "CNAME")
        await world.forward(hours=1, minutes=15)
        await world.publish()
        await world.forward(hours=1)
    assert [m.broadcast for m in world.said("degraded")] == [True, True, False]
    assert [m.broadcast for m in world.said("recovered")] == [True, False, False]


async def test_one_server_down_does_not_degrade(world: World) -> None:
    await world.opened()
    world.zone.servers[0].silence()
    await world.forward(hours=5)
    assert await world.state() is State.OPEN
    for server in world.zone.servers:
        server.silence()
    await world.forward(hours=5)
    assert await world.state() is State.OPEN, "not knowing is not missing"


async def test_a_mended_mistake_is_acknowledged_on_the_card(world: World) -> None:
    domain = await world.added()
    world.zone.add(NAME, "CNAME", "elsewhere.example.")
    await world.click(ALEX, world.card, "check")
    assert "no longer there" not in words(world.card)
    world.zone.remove(NAME, "CNAME")
    world.zone.publish(cname(domain.records))
    await world.forward(seconds=30)
    assert await world.state() is State.AWAITING_DNS, "the TXT record is still to come"
    assert "no longer there" in words(world.card)


def answers(world: World) -> list[str]:
    """Private answers as they were sent, those that were replaced since, too."""
    sent = [call.args for call in world.slack.calls if call.method == "response_url"]
    return [json.dumps([args.get("text"), args.get("blocks")], ensure_ascii=False) for args in sent]


async def test_a_dead_resolver_does_not_keep_the_person_waiting(world: World) -> None:
    """What the zone's own servers say is shown at once, the rest when it is known."""
    await world.ready()
    world.lab.resolvers[0].silence()
    before = len(world.slack.private(ALEX))
    await world.command(ALEX, f"check {NAME}")
    early, whole = answers(world)[-2:]
    assert len(world.slack.private(ALEX)) == before + 1, "the one takes the place of the other"
    assert "still asking" in early
    assert "2 of 2 DNS servers" in early
    assert "2 of 3 public resolvers" in whole


@pytest.mark.parametrize(
    ("person", "found", "more"),
    [
        (ALEX, "elsewhere.example", "Some servers have not answered yet"),
        (SUZUKI, "elsewhere.example", "まだ応答を待っている"),
    ],
)
async def test_a_dead_name_server_does_not_keep_the_person_waiting(
    world: World, person: str, found: str, more: str
) -> None:
    """What the other one shows is named at once."""
    domain = await world.added()
    world.zone.publish(txt(domain.records))
    world.zone.add(NAME, "CNAME", "elsewhere.example.")
    world.zone.servers[1].silence()
    before = len(world.slack.private(person))
    await world.command(person, f"check {NAME}")
    early, whole = answers(world)[-2:]
    assert len(world.slack.private(person)) == before + 1, "the one takes the place of the other"
    assert found in early
    assert more in early
    assert found in whole
    assert more not in whole


async def test_nothing_is_said_early_where_nobody_answered(world: World) -> None:
    await world.added()
    for server in world.zone.servers:
        server.silence()
    before = len(world.slack.private(ALEX))
    await world.command(ALEX, f"check {NAME}")
    assert len(world.slack.private(ALEX)) == before + 1
