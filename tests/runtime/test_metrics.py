"""/metrics, /readyz and the nightly check say what is so; every alarm in the manual names metrics that exist."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from bot.config import settings
from bot.doctor import examine
from bot.errors import StorageBusy
from bot.runtime.counters import OTHER, LabelledCounter
from bot.runtime.scheduler import Scheduler
from tests.clock import HandClock
from tests.faults.test_storage import locked
from tests.scenarios.world import ALEX, NAME, World
from tests.storage.test_machine import lose
from tests.storage.test_maintenance import damage
from tests.test_docs import read


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(tmp_path) as made:
        yield made


async def get(world: World, path: str) -> tuple[int, str]:
    async with aiohttp.request("GET", f"http://127.0.0.1:{world.bot.front.port}{path}") as answer:
        return answer.status, await answer.text()


async def metrics(world: World) -> dict[str, float]:
    world.clock.forward(2_000)  # the database is asked once a second
    families = text_string_to_metric_families((await get(world, "/metrics"))[1])
    return {
        s.name + "".join(f"/{value}" for value in s.labels.values()): s.value
        for family in families
        for s in family.samples
    }


def rules() -> list[dict[str, Any]]:
    (block,) = re.findall(r"```yaml\n(.*?)```", read("docs/operations.md"), re.DOTALL)
    return [rule for group in yaml.safe_load(block)["groups"] for rule in group["rules"]]


async def test_every_alarm_and_every_row_of_the_manual_names_a_metric_that_exists(world: World) -> None:
    await world.added()
    await world.bot.tidier.tidy()
    world.bot.messenger.errors.add("chat.postMessage", "fatal_error")
    world.bot.platform_errors.add("look", "down")
    world.bot.slack.refused.add("busy")
    there = {name.partition("/")[0] for name in await metrics(world)}
    alarms = " ".join(rule["expr"] for rule in rules())
    named = set(re.findall(r"\bemaildomain_\w+", alarms))
    assert len(named) >= 10
    assert named - there == set(), "no such metric"
    listed = set(re.findall(r"`(emaildomain_\w+)", read("docs/operations.md").partition("```yaml")[0]))
    assert listed == there
    for rule in rules():
        assert rule["annotations"]["summary"].endswith("."), rule["alert"]


async def test_the_words_an_alarm_looks_for_are_said(world: World) -> None:
    """``error="down"`` and the like: a label that no code gives would make an alarm that never rings."""
    await world.added()
    said = {"down", "too_fast", "busy", "not_accepted", "starting", *world.bot.dns.results, "timeout", "closed"}
    for rule in rules():
        for words in re.findall(r'(?:error|reason|result)=~?"([^"]+)"', rule["expr"]):
            assert set(words.split("|")) <= said, rule["alert"]


async def test_what_is_owed_and_due_is_measured(world: World) -> None:
    await world.added()
    found = await metrics(world)
    assert found["emaildomain_domains/awaiting_dns"] == 1
    assert found["emaildomain_domains/open"] == 0
    assert found["emaildomain_dns_queries_total/noerror"] > 0
    assert found["emaildomain_messages_unsent"] == found["emaildomain_due_lag_seconds"] == 0
    assert found["emaildomain_slack_connected"] == 1
    world.clock.forward(600_000)
    assert (await metrics(world))["emaildomain_due_lag_seconds"] > 500


async def test_errors_of_slack_are_counted_by_method_and_word(world: World) -> None:
    world.slack.faults.add("chat.postMessage", "ratelimited", retry_after=1)
    world.slack.faults.add("chat.postMessage", "fatal_error")
    await world.added()
    await world.forward(seconds=10)
    found = await metrics(world)
    assert found["emaildomain_slack_errors_total/ratelimited/chat.postMessage"] == 1
    assert found["emaildomain_slack_errors_total/fatal_error/chat.postMessage"] == 1


async def test_figures_that_cannot_be_read_are_missing_not_wrong(world: World) -> None:
    await world.added()
    with closing(sqlite3.connect(world.path / "emaildomain.db")) as db:
        db.execute("ALTER TABLE inbox RENAME TO elsewhere")
        found = await metrics(world)
        assert "emaildomain_messages_unsent" not in found
        assert "emaildomain_loop_lag_seconds" in found
        db.execute("ALTER TABLE elsewhere RENAME TO inbox")
    assert "emaildomain_messages_unsent" in await metrics(world)


async def test_ready_says_why_not_in_words(world: World) -> None:
    assert (await get(world, "/readyz"))[0] == 200
    world.bot.identity.current = None
    status, said = await get(world, "/readyz")
    assert status == 503
    assert "Slack has not said who the bot is" in said


async def test_what_is_amiss_but_not_missing_is_a_warning(tmp_path: Path) -> None:
    """Slack silent at a start that knows who it is from the last one; Socket Mode cut: ready, and said."""
    async with World(tmp_path, socket=True) as world:
        await world.slack.socket.drop_all(abrupt=True)
        world.slack.faults.add("apps.connections.open", "internal_error", None)
        world.bot.identity.begun = False
        await asyncio.sleep(0.1)
        status, said = await get(world, "/readyz")
        body = json.loads(said)
        assert (status, body["ok"], body["missing"]) == (200, True, {})
        assert set(body["warnings"]) == {"slack", "socket"}
        assert all("doctor" in text for text in body["warnings"].values())
        world.slack.faults.clear()


async def test_a_writer_that_died_is_missing_and_its_wishes_are_refused(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody is told that something is kept which is not; no probe or person waits for ever."""

    def ends(_: object) -> None:
        raise SystemExit("as a bug would")

    with pytest.raises(StorageBusy):
        await world.bot.store._write(ends)
    status, said = await get(world, "/readyz")
    assert status == 503
    assert set(json.loads(said)["missing"]) == {"writer"}
    assert "restart the bot" in said
    delivery = await world.slack.command(ALEX, "C0MAIL", f"add {NAME}")
    assert "not accepted" in str(delivery.body).lower()
    assert delivery.seconds < 1
    assert (await metrics(world))["emaildomain_database_usable"] == 0
    assert any(record.levelname == "CRITICAL" for record in caplog.records)


@pytest.mark.parametrize("end", ["", "-wal", "-lock"])
async def test_a_lost_file_is_said_though_nobody_asks(world: World, caplog: pytest.LogCaptureFixture, end: str) -> None:
    """In the log once within a heartbeat, by /readyz and by the metric; what people wish for is refused."""
    await world.added()
    caplog.clear()
    lose(world.path / "emaildomain.db", end)
    for _ in range(3):
        await world.bot.jobs._heartbeat()
        await world.bot.jobs.idle()
    critical = [r for r in caplog.records if r.levelname == "CRITICAL"]
    assert len(critical) == 1
    assert "was moved, deleted or replaced" in critical[0].getMessage()
    status, said = await get(world, "/readyz")
    assert (status, "SIGTERM" in said) == (503, True)
    delivery = await world.slack.command(ALEX, "C0MAIL", f"add news.{NAME}")
    assert "not accepted" in str(delivery.body).lower()
    assert (await metrics(world))["emaildomain_database_usable"] == 0


async def test_a_scheduler_that_is_silent_is_not_ready(world: World) -> None:
    world.bot.jobs.pulsed_at -= 90
    status, said = await get(world, "/readyz")
    assert (status, "The scheduler has not rung for 90 s" in said) == (503, True)


async def test_a_damaged_database_is_said_everywhere(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """In the log, by the metric, by /readyz and by doctor; and nothing is deleted from it."""
    await world.added()
    await world.bot.tidier.tidy()
    assert (await metrics(world))["emaildomain_database_sound"] == 1
    damage(world.path / "emaildomain.db")
    before = await world.bot.store.unfinished()
    world.clock.forward(400 * 24 * 3_600_000)
    caplog.clear()
    await world.bot.tidier.tidy()
    (logged,) = caplog.records
    assert logged.levelname == "CRITICAL"
    assert "the database is damaged" in logged.getMessage()
    assert (await metrics(world))["emaildomain_database_sound"] == 0
    status, said = await get(world, "/readyz")
    assert (status, "go back to a backup" in said) == (503, True)
    lines: list[str] = []
    await examine(settings.load(world.environ, None), lines.append)
    assert any("domains_state" in line and "backup" in line for line in lines)
    assert await world.bot.store.unfinished() == before


async def test_tidying_a_locked_database_waits_for_the_next_night(world: World) -> None:
    await world.command(ALEX, f"add {NAME}")
    world.clock.forward(30 * 24 * 3_600_000)
    with locked(world.path / "emaildomain.db"):
        await world.bot.tidier.tidy()
    assert world.bot.tidier.sound
    await world.bot.tidier.tidy()
    assert dict(await world.bot.store.tidy(world.clock.now(), 0)) == {"intentions": 0, "messages": 0}


async def test_the_lag_of_the_loop_is_seen() -> None:
    async def nothing() -> None: ...

    jobs = Scheduler({}, nothing, lambda: HandClock().now() / 1000, time.monotonic)
    jobs.start()
    assert jobs.lag < 0.5
    await asyncio.sleep(0.7)
    time.sleep(0.8)  # noqa: ASYNC251 - the point
    await asyncio.sleep(0.05)
    assert jobs.lag > 0.4
    await jobs.stop()


def test_labels_stay_few_whatever_is_counted() -> None:
    tally = LabelledCounter(limit=3)
    for n in range(1000):
        tally.add("chat.postMessage", f"strange {n}")
    tally.add("chat.postMessage", "strange 1")
    counts = dict(tally)
    assert len(counts) == 4
    assert counts["chat.postMessage", OTHER] == 997
    assert counts["chat.postMessage", "strange 1"] == 2
