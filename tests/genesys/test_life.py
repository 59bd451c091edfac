"""The whole life on Genesys Cloud, with every fault at every step: one domain, one message of each kind."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from bot.model.lifecycle import State
from bot.tryout.slack.simulated import words
from tests.genesys.simulator import DOMAINS, SECRET, SimulatedGenesys
from tests.genesys.world import GenesysWorld
from tests.scenarios.reading import ever_sent
from tests.scenarios.world import ALEX, HOUR, NAME, SAM

OPENED = ["records", "ready", "approval", "decided", "activated", "sending_allowed"]
REMOVED = [*OPENED, "approval", "decided", "removing", "removed"]
LOOK, CREATE, VERIFY, DELETE = f"GET {DOMAINS}/", f"POST {DOMAINS}$", "PUT ", "DELETE "


async def whole_life(world: GenesysWorld, trouble: str = "", times: int = 0, **headers: str) -> None:
    """From *add* to *removed*; before each step that touches the platform, ``trouble`` is made of it."""

    def upset(*matches: str) -> None:
        for match in matches:
            world.genesys.fault(trouble, match, times, **headers)

    if trouble:
        upset(CREATE, LOOK)
    await world.command(ALEX, f"add {NAME}")
    await world.forward(minutes=12)
    assert world.kinds() == ["records"], world.last(ALEX)
    await world.publish()
    await world.forward(seconds=60)
    assert await world.state() is State.READY
    world.genesys.faults.clear()
    await world.command(ALEX, f"activate {NAME}")
    if trouble:
        upset(LOOK, VERIFY, *(["oauth"] if trouble != "401" else []))
        world.genesys.expire_tokens()
    await world.click(SAM, world.said("approval")[-1], "approve")
    await world.forward(minutes=6)
    assert await world.state() is State.WAITING, world.kinds()
    if trouble:
        upset(LOOK)
    await world.forward(hours=2, minutes=15)
    assert await world.state() is State.OPEN
    assert [k for k in world.kinds() if k != "failed"] == OPENED
    await world.command(ALEX, f"remove {NAME}")
    await world.click(ALEX, world.slack.private(ALEX)[-1], "remove_anyway")
    await world.click(SAM, world.said("approval")[-1], "approve")
    world.zone.remove(NAME, "CNAME")
    if trouble:
        upset(LOOK, DELETE)
    await world.forward(hours=1)
    assert await world.state() is State.REMOVED


def one_of_each(world: GenesysWorld) -> None:
    assert world.genesys.created == [NAME], "exactly one domain"
    assert [k for k in world.kinds() if k != "failed"] == REMOVED
    assert len(set(world.every_key())) == len(world.every_key())


async def test_a_whole_life(world: GenesysWorld) -> None:
    await whole_life(world)
    one_of_each(world)
    assert world.kinds() == REMOVED
    assert "Practice mode" not in "".join(ever_sent(world))
    assert "XYZ Corp" in words(world.said("approval")[0])
    assert world.genesys.called(CREATE) == [f"POST {DOMAINS}"]


@pytest.mark.parametrize(("trouble", "times"), [("503", 5), ("before", 5), ("after", 1), ("after", 5), ("page", 2)])
async def test_every_fault_at_every_step(world: GenesysWorld, trouble: str, times: int) -> None:
    await whole_life(world, trouble, times)
    one_of_each(world)


@pytest.mark.parametrize(("trouble", "times"), [("slow", 1), ("500", 3), ("401", 1)])
async def test_and_other_faults(world: GenesysWorld, trouble: str, times: int) -> None:
    await whole_life(world, trouble, times)
    one_of_each(world)


async def test_told_to_wait_it_waits(world: GenesysWorld) -> None:
    await whole_life(world, "429", 1, Retry_After="20")
    one_of_each(world)


@pytest.mark.parametrize("seconds", [5, 60])
async def test_what_was_created_and_deleted_shows_late(world: GenesysWorld, seconds: int) -> None:
    world.genesys.show_after = world.genesys.gone_after = seconds * 1000
    await whole_life(world)
    one_of_each(world)
    assert len(world.genesys.called(CREATE)) == 1


async def test_lost_and_shown_late_at_once(world: GenesysWorld) -> None:
    """The create is carried out, its answer is lost, and for a while nobody can see the domain."""
    world.genesys.show_after = 60_000
    await whole_life(world, "after", 1)
    one_of_each(world)
    assert len(world.genesys.called(CREATE)) == 1


async def test_a_crash_after_the_create_was_sent_creates_nothing_twice(world: GenesysWorld) -> None:
    world.genesys.show_after = 60_000
    world.genesys.fault("after", CREATE)
    await world.command(ALEX, f"add {NAME}")
    await world.restart()
    await world.forward(minutes=5)
    assert world.kinds() == ["records"]
    assert world.genesys.created == [NAME]
    assert len(world.genesys.called(CREATE)) == 1


async def test_a_create_that_never_arrived_is_sent_again_after_a_while(world: GenesysWorld) -> None:
    world.genesys.fault("before", CREATE)
    await world.command(ALEX, f"add {NAME}")
    await world.forward(seconds=60)
    assert world.genesys.created == []
    assert "being prepared" in world.last(ALEX)
    await world.forward(minutes=3)
    assert world.kinds() == ["records"]
    assert world.genesys.created == [NAME]


async def test_an_outage_of_hours_changes_nothing(world: GenesysWorld) -> None:
    await world.opened()
    world.genesys.fault("before", "", times=10**6)
    await world.forward(hours=6)
    assert await world.state() is State.OPEN
    assert world.kinds() == OPENED
    await world.command(ALEX, "add news.xyzcorp.com")
    assert "doesn't answer at the moment, so nothing was done" in world.last(ALEX)


async def test_an_outage_at_the_end_of_the_wait_holds_and_then_says_it_once(world: GenesysWorld) -> None:
    await world.activated()
    world.genesys.fault("503", LOOK, times=10**6)
    await world.forward(hours=3)
    assert await world.state() is State.WAITING
    assert len(world.said("failed")) == 1
    world.genesys.faults.clear()
    await world.forward(minutes=15)
    assert world.kinds() == [*OPENED[:-1], "failed", "sending_allowed"]


# ---- where mail goes out


@pytest.mark.parametrize(
    ("target", "shown"), [("eu.sparkpostmail.com", "European Union"), ("sparkpostmail.com", "States")]
)
async def test_s13_the_location_comes_from_the_platforms_own_value(
    world: GenesysWorld, target: str, shown: str
) -> None:
    await world.command(ALEX, f"add {NAME}")
    world.genesys.domains[NAME].target = target
    await world.forward(seconds=5)
    assert shown in words(world.card)
    assert target in words(world.card)


# ---- secrets


async def test_no_secret_anywhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    async with GenesysWorld(tmp_path) as world:
        await whole_life(world, "503", 1)
        world.genesys.secrets.clear()
        world.genesys.expire_tokens()
        await world.command(ALEX, "add news.xyzcorp.com")
        assert "emaildomain doctor" in world.last(ALEX)
        everything = [*ever_sent(world), caplog.text, *capfd.readouterr()]
        files = list(tmp_path.iterdir())  # noqa: ASYNC240 - a test's own folder
        tokens = [f"simulated-access-token-{n}" for n in range(1, 9)]
    everything += [file.read_bytes().decode("latin-1") for file in files]
    assert len(caplog.text) > 1000, "the log was looked at"
    for secret in (SECRET, *tokens, "Bearer", "Basic "):
        assert not [text for text in everything if secret in text], secret


async def test_the_correlation_id_is_in_the_log(world: GenesysWorld, caplog: pytest.LogCaptureFixture) -> None:
    world.genesys.fault("503", f"GET {DOMAINS}/{NAME}")
    await world.added()
    assert "0c0ffee0-0000-4000-8000-" in caplog.text


async def test_the_two_hours_are_counted_from_what_was_seen(world: GenesysWorld) -> None:
    world.genesys.provision = 40 * 60_000
    await world.asked()
    await world.click(SAM, world.said("approval")[-1], "approve")
    await world.forward(minutes=39)
    assert await world.state() is State.ACTIVATING
    await world.forward(minutes=3)
    opens = (await world.domain()).opens_at
    assert opens is not None and opens - world.clock.now() > 1.9 * HOUR
    assert isinstance(world.genesys, SimulatedGenesys)
