"""What Genesys Cloud refuses, and what does not go on there: told in words, where possible before any write."""

from __future__ import annotations

import pytest

from bot.model.lifecycle import State
from bot.tryout.slack.simulated import words
from tests.genesys.org import DOMAINS, MANAGE
from tests.genesys.world import GenesysWorld
from tests.scenarios.world import ALEX, NAME, SAM


async def test_s3_the_permission_that_is_lacking_is_named_before_anything_is_made(world: GenesysWorld) -> None:
    """By the call that needs it: grants explain a refusal, and refuse nothing themselves."""
    world.genesys.policies = []
    await world.command(ALEX, f"add {NAME}")
    await world.forward(seconds=5)
    refusal = world.slack.dms(ALEX)[-1]
    assert "`routing:email:manage`" in words(refusal)
    assert await world.state() is State.REMOVED
    assert world.genesys.created == []
    assert world.said() == [], "the channel reads nothing of it"
    world.genesys.policies = [MANAGE]
    await world.click(ALEX, refusal, "add")
    await world.forward(seconds=5)
    assert world.kinds() == ["records"], "*Try again* does it"


async def test_s2_without_the_licence_the_five_are_named(world: GenesysWorld) -> None:
    world.genesys.licensed = False
    await world.command(ALEX, f"add {NAME}")
    await world.forward(seconds=10)
    assert await world.state() is State.REMOVED
    said = words(world.slack.dms(ALEX)[-1])
    for licence in ("CX 2,", "CX 2 Digital", "CX 3,", "CX 3 Digital", "CX 1 Digital Add-on II"):
        assert licence in said


async def test_what_was_refused_by_direct_message_is_tried_again_there(world: GenesysWorld) -> None:
    world.genesys.licensed = False
    await world.command(ALEX, f"add {NAME}")
    await world.forward(seconds=10)
    refusal = world.slack.dms(ALEX)[-1]
    world.genesys.licensed = True
    await world.click(ALEX, refusal, "add")
    await world.forward(seconds=10)
    assert world.kinds() == ["records"], "in the channel in which it was added, not in the direct message"
    assert (await world.domain()).life == 2


async def test_s3_a_permission_taken_away_meanwhile_is_named(world: GenesysWorld) -> None:
    world.genesys.fault("503", f"GET {DOMAINS}/{NAME}", times=3)
    await world.command(ALEX, f"add {NAME}")
    world.genesys.policies = []
    await world.forward(seconds=10)
    assert await world.state() is State.REGISTERING, "it was created already"
    assert "`routing:email:manage`" in words(world.slack.dms(ALEX)[-1])


async def test_the_cap_is_told_before_and_named_when_reached(world: GenesysWorld) -> None:
    for n in range(11):
        world.genesys.add(f"n{n}.xyzcorp.com")
    await world.command(ALEX, "add a.xyzcorp.com")
    assert "uses 12 of its 15" in world.last(ALEX)
    for n in range(3):
        world.genesys.add(f"m{n}.xyzcorp.com")
    await world.command(ALEX, "add b.xyzcorp.com")
    assert "(15)" in world.last(ALEX)
    assert "b.xyzcorp.com" not in world.genesys.created
    await world.command(ALEX, "add m1.xyzcorp.com")
    assert "already exists in Genesys Cloud" in world.last(ALEX), "one that is there already is no more of them"


async def test_few_domains_are_not_counted_aloud(world: GenesysWorld) -> None:
    await world.command(ALEX, f"add {NAME}")
    assert "of its 15" not in world.last(ALEX)


async def test_a_name_of_another_org_is_refused_after_looking(world: GenesysWorld) -> None:
    world.genesys.elsewhere.add(NAME)
    await world.command(ALEX, f"add {NAME}")
    await world.forward(minutes=6)
    assert await world.state() is State.REMOVED
    assert "another Genesys Cloud org" in words(world.slack.dms(ALEX)[-1])
    assert world.said() == []


async def test_a_refused_name_can_be_added_again(world: GenesysWorld) -> None:
    world.genesys.elsewhere.add(NAME)
    await world.command(ALEX, f"add {NAME}")
    await world.forward(minutes=6)
    world.genesys.elsewhere.clear()
    await world.added()
    assert world.kinds() == ["records"]


@pytest.mark.parametrize("name", ["support.xyzcorp.com", "mail.xyzcorp.com"])
async def test_s8_inbound_and_mail_from_names_are_refused(world: GenesysWorld, name: str) -> None:
    world.genesys.inbound.append(
        {"id": "help.xyzcorp.com", "mailFromSettings": {"status": "VERIFIED", "mailFromDomain": "mail.xyzcorp.com"}}
    )
    await world.command(ALEX, f"add {name}")
    assert "カスタム" in world.last(ALEX)
    assert world.genesys.created == []


async def test_a_domain_with_its_own_smtp_server_is_refused_in_words(world: GenesysWorld) -> None:
    world.genesys.add(NAME, type="EmailSmtpDomain")
    await world.command(ALEX, f"add {NAME}")
    await world.forward(seconds=5)
    assert await world.state() is State.REMOVED
    assert "SMTP server" in words(world.slack.dms(ALEX)[-1])


async def test_an_error_of_the_carrier_is_explained(world: GenesysWorld) -> None:
    await world.command(ALEX, f"add {NAME}")
    world.genesys.domains[NAME].status = "Error"
    await world.forward(minutes=1)
    assert await world.state() is State.REGISTERING, "one reading proves nothing"
    await world.forward(minutes=11)
    assert await world.state() is State.REMOVED
    assert world.genesys.domains[NAME].deleted_at is not None, "nothing of it is left there"
    said = words(world.slack.dms(ALEX)[-1])
    assert "mail carrier" in said and "compliance check" in said


# ---- what does not go on is explained


async def slow(world: GenesysWorld, status: str) -> str:
    """What is said after ten minutes of activating, where the platform's status is this."""
    await world.asked()
    world.genesys.domains[NAME].status = status
    await world.click(SAM, world.said("approval")[-1], "approve")
    await world.forward(minutes=11)
    (failed,) = world.said("failed")
    return f"{failed.text} {words(failed)}"


@pytest.mark.parametrize(
    ("status", "explained"),
    [("Error", "compliance check"), ("Deprovisioned", "stayed unverified"), ("SomethingNew", "preparing the domain")],
)
async def test_a_status_is_explained_and_never_shown_raw(world: GenesysWorld, status: str, explained: str) -> None:
    world.genesys.lenient = True
    said = await slow(world, status)
    assert explained in said
    assert status not in said
    assert "right on 2 of 2 DNS servers" in said, "what DNS says of the records at that moment"
    assert await world.state() is State.ACTIVATING


async def test_a_record_the_platform_does_not_see_is_named(world: GenesysWorld) -> None:
    world.genesys.verify = world.genesys.blind
    assert "verifying the TXT record" in await slow(world, "RequestReceived")


async def test_a_refused_deletion_is_said_once(world: GenesysWorld) -> None:
    await world.added()
    world.genesys.fault("409", "DELETE", times=4)
    await world.command(ALEX, f"remove {NAME}")
    await world.click(ALEX, world.slack.private(ALEX)[-1], "remove_anyway")
    await world.forward(minutes=5)
    assert world.kinds() == ["records", "failed", "removed"]
    assert "Genesys Cloud says: “fault" in words(world.said("failed")[0])


async def test_s7_names_below_the_platforms_own_root_are_refused(world: GenesysWorld) -> None:
    world.genesys.root = "xyzcorp.com"
    await world.command(ALEX, f"add {NAME}")
    assert "nobody can prove to own it" in world.last(ALEX)
    assert world.genesys.created == []


async def test_not_being_let_in_for_a_while_is_no_refusal_of_the_name(world: GenesysWorld) -> None:
    world.genesys.fault("503", f"GET {DOMAINS}/{NAME}", times=3)
    await world.command(ALEX, f"add {NAME}")
    known = dict(world.genesys.secrets)
    world.genesys.secrets.clear()
    world.genesys.expire_tokens()
    await world.forward(minutes=2)
    assert await world.state() is State.REGISTERING
    world.genesys.secrets |= known
    await world.forward(minutes=2)
    assert world.kinds() == ["records"]


async def test_a_permission_lost_while_activating_is_named(world: GenesysWorld) -> None:
    await world.asked()
    world.genesys.policies = []
    await world.click(SAM, world.said("approval")[-1], "approve")
    await world.forward(minutes=11)
    (failed,) = world.said("failed")
    assert "`routing:email:manage`" in words(failed)
