"""``emaildomain rebind``: on purpose, asked twice, in one transaction, with nothing deleted anywhere."""

from __future__ import annotations

import pytest

from bot import rebinding
from bot.model.lifecycle import State
from bot.model.records import RecordType
from bot.services import binding
from tests.safety.rebinds import typed
from tests.safety.world import HOME, SANDBOX, OrgWorld, press_remove
from tests.scenarios.reading import kept
from tests.scenarios.world import ALEX, NAME, SAM, TEAM, World

pytestmark = pytest.mark.usefixtures("_at_a_terminal")

NEWS = "news.xyzcorp.com"
YES = "y\nXYZ Sandbox\n"


async def in_sandbox(world: OrgWorld, *names: str) -> None:
    """The credentials are those of another org, which has some of the domains: activated there, with the same keys."""
    await world.bot.stop()
    world._own = dict(world.genesys.domains)
    for name in world._own.keys() - set(names):
        del world.genesys.domains[name]
    world.genesys.org, world.genesys.org_id = "XYZ Sandbox", SANDBOX


async def events(world: World, name: str) -> list[tuple[str, str]]:
    domain = await world.domain(name)
    return [(e.event, e.by) for e in await world.bot.store.history(domain, 50)]


def untouched(world: OrgWorld) -> bool:
    return all(domain.deleted_at is None for domain in (world._own | world.genesys.domains).values())


async def two(world: OrgWorld) -> None:
    await world.opened()
    await world.added(NEWS)


# ---- another org


async def test_what_is_found_there_goes_on_and_the_rest_is_left_behind(genesys_world: OrgWorld) -> None:
    world = genesys_world
    await two(world)
    await in_sandbox(world, NAME)
    result = await typed(world, "--org", SANDBOX, answers=YES, stop=False)
    assert result.exit_code == 0, result.output
    assert f"You are connected to XYZ Sandbox ({SANDBOX})." in result.output
    assert f"The database belongs to XYZ Corp ({HOME})." in result.output
    assert f"1 domain found in XYZ Sandbox ({SANDBOX}); the bot goes on with:\n  {NAME}  open\n" in result.output
    assert f"1 domain not found there; the bot leaves behind:\n  {NEWS}  awaiting_dns\n" in result.output
    await world.start()
    sales, news = await world.domain(), await world.domain(NEWS)
    assert (sales.state, sales.account.id, sales.org, sales.left_at) == (State.OPEN, SANDBOX, "XYZ Sandbox", None)
    assert sales.observations.created is not None and sales.observations.created.org.id == HOME, "where it was made"
    assert (news.org_id, news.left_at, news.due_at) == (HOME, world.clock.now(), None)
    assert ("rebound", "operator") in await events(world, NAME)
    assert ("left_behind", "operator") in await events(world, NEWS)
    assert await binding.other_org(world.bot.ports) is None
    assert await world.bot.warnings() == {}
    await world.forward(hours=3)
    assert await world.state() is State.OPEN
    assert (await world.domain(NEWS)).version == news.version, "nobody looks at it any more"
    assert untouched(world)
    assert "I left it behind" in world.said("records")[-1].text


async def test_left_behind_and_found_again(genesys_world: OrgWorld) -> None:
    world = genesys_world
    await two(world)
    await in_sandbox(world, NAME)
    await typed(world, "--org", SANDBOX, answers=YES, stop=False)
    world.genesys.domains |= world._own
    world.genesys.org, world.genesys.org_id = "XYZ Corp", HOME
    result = await typed(world, "--org", HOME, answers="y\nXYZ Corp\n", stop=False)
    assert f"  {NEWS}  awaiting_dns; was left behind before\n" in result.output
    await world.start()
    news = await world.domain(NEWS)
    assert (news.account.id, news.left_at) == (HOME, None)
    await world.publish(NEWS)
    await world.forward(minutes=30)
    assert await world.state(NEWS) is State.READY


async def test_a_question_ends_since_it_was_asked_for_another_org(genesys_world: OrgWorld) -> None:
    world = genesys_world
    await world.asked()
    await in_sandbox(world, NAME)
    result = await typed(world, "--org", SANDBOX, answers=YES, stop=False)
    assert f"an approval is for one org:\n  {NAME}\n" in result.output
    await world.start()
    domain = await world.domain()
    assert (domain.state, domain.round) == (State.READY, None)
    past = await world.bot.store.round(TEAM, NAME, 1)
    assert past is not None and (past.outcome, past.decided_by) == ("lapsed", "operator")
    assert ("lapsed", "operator") in await events(world, NAME)
    await world.settle()
    assert "the bot was moved to another org" in world.said("decided")[-1].text
    await world.command(ALEX, f"activate {NAME}")
    await world.click(SAM, world.said("approval")[-1], "approve")
    await world.forward(minutes=5)
    assert await world.state() is State.WAITING, "asked and approved anew, for this org"


@pytest.mark.parametrize("found", [True, False], ids=["found there", "left behind"])
async def test_a_question_about_a_removal_ends_too(genesys_world: OrgWorld, found: bool) -> None:
    """None outlives a change of org, with buttons that nobody can use."""
    world = genesys_world
    await two(world)
    await press_remove(world, ALEX)
    request = world.said("approval")[-1]
    assert (await world.domain()).round is not None
    await in_sandbox(world, NAME if found else NEWS)
    await typed(world, "--org", SANDBOX, answers=YES, stop=False)
    await world.start()
    assert (await world.domain()).round is None
    await world.forward(minutes=1)
    assert "the bot was moved to another org" in world.said("decided")[-1].text
    await world.click(SAM, request, "approve", stale=True)
    assert await world.state() is not State.REMOVING
    assert untouched(world)


@pytest.mark.parametrize("state", [State.ACTIVATING, State.WAITING, State.OPEN])
async def test_an_approval_for_one_org_activates_nothing_in_another(genesys_world: OrgWorld, state: State) -> None:
    world = genesys_world
    if state is State.ACTIVATING:
        world.genesys.provision = 10**9
        await world.asked()
        await world.click(SAM, world.said("approval")[-1], "approve")
    else:
        await (world.opened() if state is State.OPEN else world.activated())
    assert await world.state() is state
    await in_sandbox(world, NAME)
    there = world.genesys.domains[NAME]
    there.verified_at, there.verified = None, dict.fromkeys(RecordType, "Pending")
    calls = len(world.genesys.called("PUT"))
    result = await typed(world, "--org", SANDBOX, answers=YES, stop=False)
    assert "it has to be approved and activated again" in result.output
    await world.start()
    await world.forward(minutes=30)
    assert await world.state() is State.READY
    assert len(world.genesys.called("PUT")) == calls


async def test_a_wait_begins_anew_where_nobody_saw_it_begin(genesys_world: OrgWorld) -> None:
    world = genesys_world
    await world.activated()
    await world.forward(hours=1)
    await in_sandbox(world, NAME)
    await typed(world, "--org", SANDBOX, answers=YES, stop=False)
    await world.start()
    await world.forward(hours=1, minutes=30)
    assert await world.state() is State.WAITING
    await world.forward(minutes=35)
    assert await world.state() is State.OPEN


async def test_other_records_there_are_posted_anew(genesys_world: OrgWorld) -> None:
    world = genesys_world
    await world.opened()
    await in_sandbox(world, NAME)
    world.genesys.domains[NAME].key = "QUFB"
    result = await typed(world, "--org", SANDBOX, answers=YES, stop=False)
    assert "other DNS records there: they will be posted, and have to be published" in result.output
    await world.start()
    await world.forward(minutes=1)
    assert await world.state() is State.AWAITING_DNS


async def test_the_operators_notice_is_over(genesys_world: OrgWorld) -> None:
    world = genesys_world
    world.slack.workspace.people[ALEX].is_admin = True
    await world.opened()
    await world.other_org()
    await world.forward(hours=2)
    assert [key.partition("/")[0] for key in await world.bot.store.documents("operator_notice")] == ["another_org"]
    await typed(world, "--org", SANDBOX, answers=YES)
    await world.start()
    assert await world.bot.store.documents("operator_notice") == {}
    assert (await world.domain()).left_at is not None


async def test_nothing_to_do(genesys_world: OrgWorld) -> None:
    await genesys_world.added()
    result = await typed(genesys_world, "--org", HOME)
    assert (result.exit_code, result.output) == (
        0, f"The database belongs to XYZ Corp ({HOME}) already: nothing to do.\n"
    )  # fmt: skip
    await genesys_world.start()


# ---- refused


@pytest.mark.parametrize(
    ("arguments", "answers", "why"),
    [
        pytest.param(("--org", HOME), YES, f"XYZ Sandbox ({SANDBOX}), not to {HOME}", id="another org"),
        pytest.param(("--org", SANDBOX), "\n", "Nothing was changed.", id="not sure"),
        pytest.param(("--org", SANDBOX), "y\nXYZ Corp\n", "Nothing was changed.", id="the wrong name"),
        pytest.param(("--org", SANDBOX), "y\ny\n", "Nothing was changed.", id="typed ahead"),
        pytest.param(("--org", SANDBOX), "", "Nothing was changed.", id="no answer"),
        pytest.param((), "", "Say which", id="neither"),
        pytest.param(("--org", "x", "--team", "T1"), "", "Say which", id="both"),
    ],
)  # fmt: skip
async def test_refused(genesys_world: OrgWorld, arguments: tuple[str, ...], answers: str, why: str) -> None:
    world = genesys_world
    await two(world)
    await in_sandbox(world, NAME)
    before = kept(world)
    result = await typed(world, *arguments, answers=answers, stop=False)
    assert result.exit_code == 2
    assert why in result.output
    assert kept(world) == before
    await world.start()


async def test_refused_while_the_bot_runs(genesys_world: OrgWorld) -> None:
    await genesys_world.added()
    result = await typed(genesys_world, "--org", SANDBOX, stop=False)
    assert result.exit_code == 2
    assert "The bot is running on" in result.output
    assert "Stop it, then type this again." in result.output


async def test_refused_where_nobody_can_be_asked(genesys_world: OrgWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    await genesys_world.added()
    monkeypatch.setattr(rebinding, "at_a_terminal", lambda: False)
    result = await typed(genesys_world, "--org", SANDBOX)
    assert (result.exit_code, "Type this at a terminal" in result.output) == (2, True)
    await genesys_world.start()


async def test_refused_where_the_platform_does_not_say_everything(genesys_world: OrgWorld) -> None:
    world = genesys_world
    await two(world)
    await in_sandbox(world, NAME)
    before = kept(world)
    world.genesys.fault("503", f"GET /api/v2/routing/email/outbound/domains/{NEWS}", times=99)
    result = await typed(world, "--org", SANDBOX, answers=YES, stop=False)
    assert result.exit_code == 2
    assert "Nothing was changed." in result.output
    assert kept(world) == before
    await world.start()


async def test_a_removal_begins_again_in_the_new_org(genesys_world: OrgWorld) -> None:
    """What was approved, seen and asked for in the other org does not count in this one."""
    world = genesys_world
    await world.opened()
    await press_remove(world, ALEX)
    await world.click(SAM, world.said("approval")[-1], "approve")
    assert await world.state() is State.REMOVING
    await in_sandbox(world, NAME)
    await typed(world, "--org", SANDBOX, answers=YES, stop=False)
    await world.start()
    domain = await world.domain()
    assert domain.state is State.REMOVING
    assert domain.observations.wish is not None and domain.observations.deleted is None
    assert {one.org for one in domain.observations.approvals} == {HOME}
