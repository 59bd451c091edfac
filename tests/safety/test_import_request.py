"""*Ask to import*: an approver decides, and import's question is answered before anything is taken on."""

from __future__ import annotations

import pytest

from bot.model.lifecycle import State
from bot.tryout.slack.message import Message
from tests.safety.world import Orgs, OrgWorld, offers, ours
from tests.scenarios.reading import reads
from tests.scenarios.world import ALEX, HOUR, NAME, SAM


async def press(world: OrgWorld, person: str, verb: str) -> None:
    await world.click(person, world.slack.private(person)[-1], verb)


async def asked(world: OrgWorld, answer: str) -> Message:
    """A live domain, and the request to import it, with what its asker says of the two hours."""
    world.live()
    await world.command(ALEX, f"add {NAME}")
    await press(world, ALEX, "ask_import")
    assert "more than two hours ago?" in world.last(ALEX)
    assert world.said() == [], "nobody is asked before that is answered"
    await press(world, ALEX, answer)
    return world.said("approval")[-1]


@pytest.mark.parametrize(("answer", "state"), [("ask_import_open", State.OPEN), ("ask_import_wait", State.WAITING)])
async def test_an_approver_imports_what_the_asker_said_of_it(
    genesys_world: OrgWorld, answer: str, state: State
) -> None:
    request = await asked(genesys_world, answer)
    assert ("more than two hours ago" in reads(request)) is (state is State.OPEN)
    assert await genesys_world.state() is State.REGISTERING
    await genesys_world.forward(hours=1)
    assert genesys_world.kinds() == ["approval"], "nothing is taken on before it is approved"
    await genesys_world.click(ALEX, request, "approve")
    assert await genesys_world.state() is State.REGISTERING, "who asked cannot approve"
    await genesys_world.click(SAM, request, "approve")
    await genesys_world.forward(seconds=30)
    assert await genesys_world.state() is state
    assert genesys_world.kinds()[:3] == ["approval", "decided", "records"]
    if state is State.WAITING:
        opens = (await genesys_world.domain()).opens_at
        assert opens is not None and opens - genesys_world.clock.now() > HOUR


@pytest.mark.parametrize("ending", ["reject", "withdraw", "expire"])
async def test_what_is_not_approved_took_nothing(genesys_world: OrgWorld, org: Orgs, ending: str) -> None:
    request = await asked(genesys_world, "ask_import_wait")
    match ending:
        case "reject":
            await genesys_world.click(SAM, request, "reject")
            await genesys_world.submit(SAM, {"reason": "not ours"})
        case "withdraw":
            await genesys_world.click(ALEX, request, "withdraw")
        case _:
            await genesys_world.forward(days=5)
    assert not await ours(genesys_world)
    assert genesys_world.kinds()[-1] == "decided"
    assert not genesys_world.deleted()
    assert org.called("(PUT|POST|DELETE) /api") == []
    await genesys_world.command(ALEX, f"add {NAME}")
    assert offers(genesys_world.slack.private(ALEX)[-1], "ask_import"), "it can be asked again"


async def test_what_changed_after_the_request_is_not_imported(genesys_world: OrgWorld, org: Orgs) -> None:
    request = await asked(genesys_world, "ask_import_open")
    org.add(NAME, provisioned=True)  # deleted and made again there, with another key
    await genesys_world.click(SAM, request, "approve")
    await genesys_world.forward(minutes=1)
    assert not await ours(genesys_world)


async def test_a_button_of_what_was_there_before_does_nothing(genesys_world: OrgWorld, org: Orgs) -> None:
    genesys_world.live()
    await genesys_world.command(ALEX, f"add {NAME}")
    shown = genesys_world.slack.private(ALEX)[-1]
    org.add(NAME, provisioned=True)
    await genesys_world.click(ALEX, shown, "ask_import")
    assert genesys_world.said() == []
    assert not await ours(genesys_world)


async def test_one_that_is_not_activated_needs_no_question(genesys_world: OrgWorld, org: Orgs) -> None:
    org.add(NAME)
    await genesys_world.command(ALEX, f"add {NAME}")
    await press(genesys_world, ALEX, "ask_import")
    await genesys_world.click(SAM, genesys_world.said("approval")[-1], "approve")
    await genesys_world.forward(seconds=30)
    assert await genesys_world.state() is State.AWAITING_DNS


async def test_an_imported_one_is_removed_only_with_approval(genesys_world: OrgWorld, org: Orgs) -> None:
    org.add(NAME)
    await genesys_world.command(ALEX, f"add {NAME}")
    await press(genesys_world, ALEX, "ask_import")
    await genesys_world.click(SAM, genesys_world.said("approval")[-1], "approve")
    await genesys_world.forward(seconds=30)
    await genesys_world.command(ALEX, f"remove {NAME}")
    await press(genesys_world, ALEX, "remove_anyway")
    await genesys_world.forward(hours=1)
    assert await genesys_world.state() is State.AWAITING_DNS
    assert not genesys_world.deleted()
    await genesys_world.click(SAM, genesys_world.said("approval")[-1], "approve")
    await genesys_world.forward(hours=1)
    assert await genesys_world.state() is State.REMOVED
