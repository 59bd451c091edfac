"""``kill -9`` at any instant, then a restart: nothing is lost, nothing happens twice."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.model.lifecycle import State
from bot.model.records import RecordType
from tests.faults.forked import ForkedTown
from tests.faults.ledger import payload
from tests.faults.town import Town
from tests.scenarios.world import ALEX, NAME, SAM

pytestmark = pytest.mark.timeout(300)

ONCE = ("records", "ready", "activated", "sending_allowed", "degraded", "recovered", "removing", "removed")


async def test_a_life_killed_in_every_state_is_told_once(tmp_path: Path) -> None:
    async with ForkedTown(tmp_path) as town:
        await _killed_in_every_state(town)


async def _killed_in_every_state(town: Town) -> None:
    """Name servers are silent where a state would be over before the bot could be killed in it."""
    await town.start()
    town.silence()
    await town.command(ALEX, f"add {NAME}")
    await town.kill_in(State.REGISTERING)
    town.silence(on=False)
    await town.kill_in(State.AWAITING_DNS)
    await town.said("records")
    town.publish()
    await town.kill_in(State.READY)
    await town.command(ALEX, f"activate {NAME}")
    await town.kill_in(State.AWAITING_APPROVAL)
    request = await town.said("approval")
    town.silence()
    await town.click(SAM, request, "approve")
    await town.kill_in(State.ACTIVATING)
    town.silence(on=False)
    await town.kill_in(State.WAITING)
    await town.kill_in(State.OPEN)
    await town.said("sending_allowed")
    txt = next(r for r in town.records() if r.type is RecordType.TXT)
    town.zone.remove(txt.host, "TXT")
    await town.kill_in(State.DEGRADED)
    town.zone.publish(txt)
    await town.said("recovered")
    await town.command(ALEX, f"remove {NAME}")
    await town.press_last(ALEX, "remove_anyway")
    request = await town.said("approval", count=2)
    await town.click(SAM, request, "approve")
    await town.kill_in(State.REMOVING)
    town.zone.remove(NAME, "CNAME")
    await town.state_is(State.REMOVED)
    await town.restart()
    await town.quiet()

    town.judge()
    assert town.ledger.passages(NAME) == 1
    for kind in ONCE:
        assert len(town.messages(kind, NAME)) == 1, kind
    assert [payload(m)["key"] for m in town.messages("approval")] == [
        f"T0XYZCORP/{NAME}#1/approval/{n}" for n in (1, 2)
    ]
    assert town.ledger.one("SELECT count(*) FROM documents WHERE kind = 'embedded'") == 0, "the platform forgot it too"
    assert town.kills == 10


@pytest.mark.parametrize(
    ("socket", "pause"),
    [
        pytest.param(False, 0, id="at once"),
        pytest.param(True, 0.002, id="after 2 ms, Socket Mode"),
    ],
)
async def test_what_was_acknowledged_is_carried_out(tmp_path: Path, socket: bool, pause: float) -> None:
    """Killed right after each acknowledgement, before the wish can have been carried out."""
    async with Town(tmp_path, socket=True) if socket else ForkedTown(tmp_path) as town:
        await _killed_after_each_wish(town, pause)


async def _killed_after_each_wish(town: Town, pause: float) -> None:
    await town.start()
    await town.command(ALEX, f"add {NAME}")
    await asyncio.sleep(pause)
    await town.restart()
    await town.said("records")
    town.publish()
    ready = await town.said("ready")
    await town.click(ALEX, ready, "activate")
    await asyncio.sleep(pause)
    await town.restart()
    request = await town.said("approval")
    await town.click(SAM, request, "approve")
    await asyncio.sleep(pause)
    await town.restart()
    await town.said("sending_allowed")
    await town.quiet()
    town.judge()
    assert town.ledger.passages(NAME) == 1
