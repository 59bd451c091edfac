"""Reads that only advise: any of them failing, in any way, for ever, changes one grey line and stops nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import PlatformRefused
from bot.model.lifecycle import State
from bot.platforms.genesys import answers
from bot.platforms.genesys.campaigns import first_starts, sender
from bot.runtime import advisory
from bot.text import storable_json
from bot.tryout.slack.simulated import words
from tests.genesys.org import MANAGE
from tests.safety.test_no_poison import slowly
from tests.safety.world import OrgWorld, press_remove
from tests.scenarios.world import ALEX, NAME, SAM

#: Every read that only advises, and what its grey line is called; None: said elsewhere, or not at all.
READS = {
    "routing/email/setup": "the org's own domain",
    "routing/email/domains": "inbound email domains",
    "organizations/limits": "how many domains",
    "outbound/messagingcampaigns": None,
    "outbound/schedules": None,
    "authorization/subjects": None,
}
#: A wrong body (``page``: a proxy's), refusals, silence.
WAYS = ["404", "403", "500", "page", "before"]


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(advisory, "WITHIN", 1.0)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("read", READS)
async def test_a_read_that_fails_for_ever_changes_one_grey_line(genesys_world: OrgWorld, read: str, way: str) -> None:
    world, grey = genesys_world, READS[read]
    world.genesys.fault(way, f"GET .*{read}", times=10**6)
    await world.activated()
    card = words(world.card)
    assert ("Not checked in Genesys Cloud" in card) is (grey is not None)
    if grey is not None:
        assert grey in card
        assert ("(not permitted)" in card) is (way == "403")
    world.genesys.faults.clear()
    await world.forward(hours=1, minutes=5)
    assert "Not checked in Genesys Cloud" not in words(world.card), "gone when read"


async def test_all_of_them_at_once_to_the_end_of_a_life(genesys_world: OrgWorld) -> None:
    world = genesys_world
    for read in READS:
        world.genesys.fault("404", f"GET .*{read}", times=10**6)
    await world.activated()
    await slowly(world, hours=2.5)
    assert await world.state() is State.OPEN
    domain = await world.domain()
    await press_remove(world, ALEX)
    await world.click(SAM, world.said("approval")[-1], "approve")
    for record in domain.records:
        world.zone.remove(record.host, record.type.value)
    for _ in range(60):
        world.clock.forward(30 * 60_000)
        await world.settle()
    assert await world.state() is State.REMOVED, "what cannot be read does not keep it for ever"


async def test_grants_explain_a_refusal_and_do_not_refuse(genesys_world: OrgWorld) -> None:
    """They may be read wrongly, or be written in a way that is not known yet: the call itself decides."""
    world = genesys_world
    world.genesys.policies = [{**MANAGE, "actions": ["manage"], "domain": "routing", "entityName": "email"}]
    shown = world.genesys.act

    async def act(method: str, path: str, query: Any, body: Any) -> tuple[int, Any]:
        status, answer = await shown(method, path, query, body)
        if path.endswith("subjects/me"):
            answer = {**answer, "grants": []}
        return status, answer

    world.genesys.act = act  # type: ignore[method-assign]
    await world.added()
    assert world.kinds() == ["records"]


async def test_an_inbound_name_that_is_found_later_is_a_conflict_on_the_request(genesys_world: OrgWorld) -> None:
    world = genesys_world
    await world.ready()
    world.genesys.inbound.append({"id": NAME})
    await world.command(ALEX, f"activate {NAME}")
    assert "mail to it no longer arrives" in words(world.said("approval")[-1])


async def test_one_that_is_found_while_a_request_is_open_makes_it_void(genesys_world: OrgWorld) -> None:
    world = genesys_world
    world.genesys.fault("500", "GET .*routing/email/domains", times=10**6)
    await world.asked()
    world.genesys.faults.clear()
    world.genesys.inbound.append({"id": NAME})
    await world.forward(hours=1, minutes=5)
    assert await world.state() is State.READY
    assert "receives mail on this name" in words(world.said("decided")[-1])
    await world.command(ALEX, f"activate {NAME}")
    assert "mail to it no longer arrives" in words(world.said("approval")[-1])


async def test_s8_an_inbound_name_by_microsoft_graph_is_not_refused(genesys_world: OrgWorld) -> None:
    genesys_world.genesys.inbound.append({"id": NAME, "graphApiSettings": {"integration": {"id": "0c0c"}}})
    await genesys_world.added()
    assert genesys_world.kinds() == ["records"]


async def test_credentials_that_are_no_good_are_told_at_once(genesys_world: OrgWorld) -> None:
    genesys_world.genesys.secrets.clear()
    genesys_world.genesys.expire_tokens()
    await genesys_world.command(ALEX, f"add {NAME}")
    assert "credentials" in genesys_world.last(ALEX) or "OAuth" in genesys_world.last(ALEX)


async def test_only_being_cancelled_gets_through() -> None:
    async def raises(error: Exception) -> None:
        raise error

    for error in (ValueError("?"), PlatformRefused("genesys", "permission"), RuntimeError(), TimeoutError()):
        found = await advisory.advisory("x", raises(error))
        assert found == advisory.NotChecked("forbidden" if isinstance(error, PlatformRefused) else "unread")


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["entities", "grants", "role", "policies", "actions", "domain", "entityName", "id", "name", "key", "value",
             "emailConfig", "fromAddress", "intervals", "start", "recurrences", "mailFromSettings", "errors", "details",
             "emailCampaign", "timeZone", "organization", "nextOccurrenceDetails", "senderStatus"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["entities", "grants", "errors", "details", "organization"]), ANY_JSON))
def test_whatever_an_answer_holds_it_means_something_or_nothing(body: dict[str, Any]) -> None:
    body = storable_json(body)
    answers.may(body, "routing", "email", "manage")
    answers.limit(body)
    answers.org(body)
    answers.reason(403, body)
    answers.said(body, "")
    answers.registration(NAME, body)
    entities = [e for e in answers.listed(body.get("entities")) if isinstance(e, dict)]
    answers.inbound_names(entities)
    first_starts(entities, 0)
    for one in entities:
        sender(one)
