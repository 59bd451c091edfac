"""The platform has another key for an open domain: published beside the old one, and nothing is approved anew."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.model.lifecycle import State
from bot.model.records import DnsRecord, RecordType, changed_key
from bot.tryout.slack.simulated import words
from tests.genesys.org import Domain
from tests.safety.world import Orgs, OrgWorld, press_remove
from tests.scenarios.world import ALEX, NAME, actions

TXT = DnsRecord(RecordType.TXT, "s1._domainkey.sales.xyzcorp.com", "v=DKIM1; k=rsa; p=AAAA")
CNAME = DnsRecord(RecordType.CNAME, NAME, "sparkpostmail.com")
OLD = (TXT, CNAME)


@pytest.mark.parametrize(
    ("new", "found"),
    [
        pytest.param((replace(TXT, value="v=DKIM1; k=rsa; p=BBBB"), CNAME), TXT, id="another key"),
        pytest.param((replace(TXT, host="s2._domainkey.sales.xyzcorp.com"), CNAME), TXT, id="another selector"),
        pytest.param((CNAME, replace(TXT, value="k=rsa;p=AAAA ;v=DKIM1")), TXT, id="no key to a verifier"),
        pytest.param((CNAME, replace(TXT, value="v=DKIM1;k=rsa;p=AA AA")), None, id="written differently"),
        pytest.param(OLD, None, id="the same"),
        pytest.param((replace(TXT, value="v=DKIM1; p=BBBB"), replace(CNAME, value="eu.sparkpostmail.com")), None,
                     id="and another region"),
        pytest.param((TXT, replace(CNAME, value="eu.sparkpostmail.com")), None, id="another region"),
        pytest.param((replace(TXT, value="no key"), CNAME), None, id="no key"),
        pytest.param((CNAME,), None, id="none"),
        pytest.param((replace(TXT, value="v=DKIM1; p=BBBB"), TXT, CNAME), None, id="two"),
    ],
)  # fmt: skip
def test_which_change_is_one_of_the_key_alone(new: tuple[DnsRecord, ...], found: DnsRecord | None) -> None:
    assert changed_key(OLD, new) == found


def rotate(world: OrgWorld) -> tuple[DnsRecord, DnsRecord]:
    """The old TXT and the new one, which the platform has not verified yet."""
    made: Domain = world.genesys.domains[NAME]
    (old, _) = made.records
    made.key = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC7" + made.key[40:]
    made.verified[RecordType.TXT] = "Failed"
    return old, made.records[0]


async def test_it_is_degraded_and_not_unapproved(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.opened()
    old, new = rotate(genesys_world)
    await genesys_world.forward(hours=1, minutes=1)
    assert await genesys_world.state() is State.DEGRADED
    (said,) = genesys_world.said("degraded")
    assert said.text.startswith(f"<@{ALEX}>") and "beside the old one" in said.text
    assert new.value in words(said)
    assert "beside the old one" in words(genesys_world.card)
    assert genesys_world.said("card") == []
    genesys_world.zone.remove(old.host, "TXT")
    genesys_world.zone.publish(new)
    org.domains[NAME].verified[RecordType.TXT] = "Verified"
    await genesys_world.forward(hours=2)
    assert await genesys_world.state() is State.OPEN
    assert len(genesys_world.said("recovered")) == 1
    assert len(genesys_world.said("sending_allowed")) == 1, "no new two hours, and no approval"
    assert len(genesys_world.said("approval")) == 1


async def test_the_old_one_may_go_once_the_new_one_is_verified(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.opened()
    old, new = rotate(genesys_world)
    org.domains[NAME].verified[RecordType.TXT] = "Verified"  # of the old one still
    await genesys_world.forward(hours=3)
    assert genesys_world.said("reminder") == [], "nobody has published the new one"
    genesys_world.zone.publish(new)
    org.domains[NAME].verified[RecordType.TXT] = "Failed"
    await genesys_world.forward(hours=3)
    assert genesys_world.said("reminder") == [], "and nobody has verified it"
    org.domains[NAME].verified[RecordType.TXT] = "Verified"
    await genesys_world.forward(hours=2)
    (said,) = genesys_world.said("reminder")
    assert "safe to delete the old TXT" in said.text and old.value in words(said)
    genesys_world.zone.remove(old.host, "TXT")
    genesys_world.zone.publish(new)
    await genesys_world.forward(hours=2)
    assert await genesys_world.state() is State.OPEN
    assert len(genesys_world.said("reminder")) == 1


async def test_a_request_for_removal_lapses(genesys_world: OrgWorld) -> None:
    await genesys_world.opened()
    await press_remove(genesys_world, ALEX)
    rotate(genesys_world)
    await genesys_world.forward(hours=1, minutes=1)
    assert "DNS records were changed" in words(genesys_world.said("decided")[-1])
    assert "approve" not in actions(genesys_world.said("approval")[-1])


async def test_what_was_not_provisioned_in_between_is_another_registration(genesys_world: OrgWorld, org: Orgs) -> None:
    """Deleted there and made again, activated by somebody: seen once before that."""
    await genesys_world.opened()
    made = org.domains[NAME]
    made.status, made.verified_at = "RequestReceived", None
    for _ in range(20):
        if (await genesys_world.domain()).observations.others is None:
            await genesys_world.forward(minutes=5)
    rotate(genesys_world)
    org.domains[NAME].status = "Provisioned"
    await genesys_world.forward(hours=1)
    assert await genesys_world.state() is State.AWAITING_DNS


@pytest.mark.parametrize("state", [State.READY, State.WAITING])
async def test_before_it_is_open_it_begins_again(genesys_world: OrgWorld, state: State) -> None:
    await (genesys_world.ready() if state is State.READY else genesys_world.activated())
    rotate(genesys_world)
    await genesys_world.forward(hours=1, minutes=1)
    assert await genesys_world.state() is State.AWAITING_DNS
