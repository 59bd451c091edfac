"""A name that is gone at the platform: the owner says whether that was meant, and nothing is advised before."""

from __future__ import annotations

import pytest

from bot.model.lifecycle import State
from tests.genesys.org import Domain
from tests.safety.world import Orgs, OrgWorld, offered, offers
from tests.scenarios.reading import buttons, reads
from tests.scenarios.world import ALEX, CHANNEL, HOUR, NAME, SAM, SUZUKI


@pytest.fixture
async def gone(genesys_world: OrgWorld, org: Orgs) -> Domain:
    """An open domain that somebody deleted in Genesys Cloud; its records stand in DNS. What was deleted comes back."""
    await genesys_world.opened()
    missing = org.domains.pop(NAME)
    await genesys_world.forward(hours=4)
    assert await genesys_world.state() is State.REMOVED
    return missing


async def test_while_it_is_looked_for_the_card_says_so_and_nobody_can_activate(
    genesys_world: OrgWorld, org: Orgs
) -> None:
    await genesys_world.ready()
    missing = org.domains.pop(NAME)
    await genesys_world.forward(hours=1, minutes=1)
    assert "was not found in Genesys Cloud" in reads(genesys_world.card)
    await genesys_world.command(ALEX, f"activate {NAME}")
    assert "doesn't find" in genesys_world.last(ALEX)
    assert genesys_world.said("approval") == []
    org.domains[NAME] = missing
    await genesys_world.forward(hours=1, minutes=1)
    assert "was not found" not in reads(genesys_world.card)
    await genesys_world.command(ALEX, f"activate {NAME}")
    assert len(genesys_world.said("approval")) == 1


async def test_nothing_is_to_be_deleted_before_the_owner_has_said_so(genesys_world: OrgWorld, gone: Domain) -> None:
    (asked,) = genesys_world.said("removed")
    assert asked.text.startswith(f"<@{ALEX}>")
    assert "Was it deleted on purpose?" in reads(asked)
    assert "Delete" not in reads(asked)
    assert all(record.value not in reads(asked) for record in gone.records)


async def test_yes_shows_the_records_and_watches_until_the_cname_is_out(genesys_world: OrgWorld, gone: Domain) -> None:
    (asked,) = genesys_world.said("removed")
    await genesys_world.click(ALEX, asked, "gone_yes")
    assert all(record.host in genesys_world.last(ALEX) for record in gone.records)
    (asked,) = genesys_world.said("removed")
    assert all(record.host in reads(asked) for record in gone.records), "the channel sees them, too"
    assert not offers(asked, "gone_no"), "what was answered has no buttons"
    await genesys_world.forward(hours=6)
    assert genesys_world.said("reminder") == []
    genesys_world.zone.remove(NAME, "CNAME")
    await genesys_world.forward(hours=9)
    (done,) = genesys_world.said("reminder")
    assert "No DNS server gives the CNAME" in reads(done)


async def test_no_waits_for_its_return(genesys_world: OrgWorld, org: Orgs, gone: Domain) -> None:
    await genesys_world.click(ALEX, genesys_world.said("removed")[0], "gone_no")
    assert offered(genesys_world, "gone_yes") == []
    await genesys_world.forward(days=29)
    org.domains[NAME] = gone
    await genesys_world.forward(hours=2)
    assert await genesys_world.state() is State.WAITING, "never straight to open"
    opens = (await genesys_world.domain()).opens_at
    assert opens is not None and opens - genesys_world.clock.now() > HOUR / 2, "a clock of its own"
    assert "found in Genesys Cloud again" in reads(genesys_world.said("activated")[-1])
    await genesys_world.forward(hours=3)
    assert await genesys_world.state() is State.OPEN
    assert len(genesys_world.said("sending_allowed")) == 2


async def test_after_thirty_days_it_is_over(genesys_world: OrgWorld, org: Orgs, gone: Domain) -> None:
    await genesys_world.forward(days=31)
    org.domains[NAME] = gone
    await genesys_world.forward(days=2)
    assert await genesys_world.state() is State.REMOVED


async def test_what_was_added_anew_since_is_another_life(genesys_world: OrgWorld, org: Orgs, gone: Domain) -> None:
    await genesys_world.command(SUZUKI, f"add {NAME}")
    await genesys_world.forward(minutes=1)
    domain = await genesys_world.domain()
    assert (domain.life, domain.state) == (2, State.AWAITING_DNS)
    await genesys_world.click(ALEX, genesys_world.said("removed")[0], "gone_yes", stale=True)
    assert "earlier registration" in genesys_world.last(ALEX)
    assert (await genesys_world.domain()).gone_answer is None


async def test_without_an_answer_the_approvers_are_asked_after_three_days(
    genesys_world: OrgWorld, gone: Domain
) -> None:
    await genesys_world.forward(days=2, hours=20)
    assert genesys_world.said("reminder") == []
    await genesys_world.forward(hours=5)
    (reminder,) = genesys_world.said("reminder")
    assert "claimed by others" in reads(reminder)


async def test_only_the_owner_and_approvers_answer(genesys_world: OrgWorld, gone: Domain) -> None:
    asked = genesys_world.said("removed")[0]
    genesys_world.slack.workspace.leave(CHANNEL, SUZUKI)
    await genesys_world.forward(minutes=2)
    await genesys_world.click(SUZUKI, asked, "gone_yes", stale=True)
    assert (await genesys_world.domain()).gone_answer is None
    await genesys_world.click(SAM, asked, "gone_no")
    assert (await genesys_world.domain()).gone_answer == "no"


async def test_once_it_is_found_again_the_question_is_over(genesys_world: OrgWorld, org: Orgs, gone: Domain) -> None:
    old = genesys_world.said("removed")[0]
    await genesys_world.click(ALEX, old, "gone_yes")
    org.domains[NAME] = gone
    await genesys_world.forward(hours=4)
    assert await genesys_world.state() is not State.REMOVED
    assert offered(genesys_world, "gone_yes") == []
    assert "was found again on" in reads(genesys_world.said("removed")[0])
    (told,) = genesys_world.said("reminder")
    assert told.text.startswith(f"<@{ALEX}>")
    assert "is in Genesys Cloud again" in reads(told)
    assert f"/emaildomain remove {NAME}" in reads(told), "the answer had been yes"


async def test_a_button_of_the_first_time_does_not_answer_the_second(
    genesys_world: OrgWorld, org: Orgs, gone: Domain
) -> None:
    old = genesys_world.said("removed")[0]
    values = [b["value"] for b in buttons(old)]
    org.domains[NAME] = gone
    await genesys_world.forward(hours=4)
    del org.domains[NAME]
    await genesys_world.forward(hours=4)
    assert await genesys_world.state() is State.REMOVED
    first, second = genesys_world.said("removed")
    assert not buttons(first)
    assert [b["value"] for b in buttons(second)] != values
    await genesys_world.click(ALEX, old, "gone_yes", stale=True)
    assert (await genesys_world.domain()).gone_answer is None


async def test_while_it_is_open_the_card_and_both_commands_say_who_answers(
    genesys_world: OrgWorld, gone: Domain
) -> None:
    for command in ("status", "check"):
        await genesys_world.command(ALEX, f"{command} {NAME}")
        assert "says whether that was meant" in genesys_world.last(ALEX)
    assert "I did not delete it." in reads(genesys_world.card)
    await genesys_world.forward(days=3, hours=1)
    assert f"<@{ALEX}>" in genesys_world.said("reminder")[0].text
