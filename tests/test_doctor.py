"""The doctor finds what is wrong, names it, and says how to mend it: each failure is brought about for real."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from bot.app import Bot
from bot.config import settings as config
from bot.config.settings import Settings
from bot.doctor import examine
from bot.slack import manifest
from bot.tryout.dns import DnsLab
from bot.tryout.slack.simulated import SimulatedSlack
from storage.migrations import migrations
from tests.clock import START

ALEX, SAM, GUEST, GONE, GROUP = "U0ALEX0001", "U0SAM00001", "U0GUEST001", "U0GONE0001", "S0TEAM0001"
TEAM = "T0XYZCORP"


class RealTime:
    """The real time, put forward by ``ahead`` ms."""

    ahead = 0

    def now(self) -> int:
        return round(time.time() * 1000) + self.ahead  # noqa: TID251 - compared with what the doctor's clock says

    def monotonic(self) -> float:
        return time.monotonic()

    def delay_until(self, instant: int) -> float:
        return max(0.0, (instant - self.now()) / 1000)


class Patient:
    """A Slack, a DNS, a folder, and the settings that name them; all well until a test breaks something."""

    def __init__(self, path: Path) -> None:
        self.path, self.time = path, RealTime()
        self.lab = DnsLab(now=self.time.now)
        self.slack = self.new_slack(manifest.SCOPES)
        self.environ: dict[str, str] = {"EMAILDOMAIN_OPERATORS": SAM}

    def new_slack(self, scopes: Any) -> SimulatedSlack:
        slack = SimulatedSlack(clock=self.time, scopes=scopes, commands=["/emaildomain"], rate_limits=False)
        people = slack.workspace
        people.add_person(ALEX, "alex")
        people.add_person(SAM, "sam")
        people.add_person(GUEST, "guest", is_restricted=True)
        people.add_person(GONE, "gone", deleted=True)
        people.add_group(GROUP, "mail-approvers", [ALEX, SAM])
        people.add_group("S0EMPTY001", "nobody", [])
        people.add_channel("C0MAIL0001", "email-domains", members=[ALEX], bot_in=True)
        people.add_channel("C0OPEN0001", "general", members=[ALEX])
        people.add_channel("C0OLD00001", "old", members=[ALEX], is_archived=True)
        people.add_channel("C0PRIV0001", "secret", members=[ALEX], is_private=True)
        return slack

    @property
    def settings(self) -> Settings:
        base = {
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_APP_TOKEN": self.slack.app_token,
            "SLACK_API_URL": self.slack.api_url,
            "SLACK_TIMEOUT": "1",
            "HOST": "127.0.0.1",
            "PORT": "0",
            "EMAILDOMAIN_DATABASE": str(self.path / "emaildomain.db"),
            **self.lab.settings,
        }
        return config.load(base | self.environ, None)

    async def examined(self) -> tuple[int, list[str]]:
        said: list[str] = []
        status = await examine(self.settings, said.append)
        settings = self.settings
        for secret in (settings.slack_bot_token, settings.slack_app_token, settings.https_proxy):
            assert secret is None or secret.get_secret_value() not in "\n".join(said)
        return status, said

    async def complaint(self, about: str) -> str:
        """The one line that is not well and is about this; everything else is well."""
        status, said = await self.examined()
        bad = [line for line in said[:-1] if not line.startswith("ok ")]
        assert [line for line in bad if about not in line] == []
        assert len(bad) == 1, said
        assert status == (1 if bad[0].startswith("problem") else 0)
        return bad[0]


@pytest.fixture
async def patient(tmp_path: Path) -> AsyncIterator[Patient]:
    made = Patient(tmp_path)
    await made.lab.start()
    await made.slack.start()
    yield made
    await made.slack.stop()
    await made.lab.stop()


async def test_all_is_well(patient: Patient) -> None:
    status, said = await patient.examined()
    assert status == 0
    assert said[-1] == "All is well."
    assert "ok       Bot token: workspace xyzcorp (T0XYZCORP), bot user @emaildomain." in said
    assert "ok       Scopes: all 9 are there." in said
    assert "ok       Socket Mode: Slack gives connections." in said
    assert "any full member of the channel; 1 approval needed" in "".join(said)
    assert "ok       Channel: posts go where a domain was added." in said
    assert "emaildomain.db will be made at the first start" in "".join(said)
    assert "ok       Platform: practice; nothing is registered at Genesys Cloud." in said
    assert "ok       Clock: agrees with Slack's." in said
    assert sum(line.startswith("ok       Resolver ") for line in said) == 3
    assert f"ok       Operators: {SAM}." in said
    assert {call.method for call in patient.slack.calls} == {"auth.test", "apps.connections.open", "users.info"}
    assert list(patient.path.iterdir()) == [], "nothing was made"


async def test_what_is_missing_keeps_nothing_else_from_being_examined(patient: Patient) -> None:
    """Without tokens, and with a name nobody reads: DNS, database, clock and platform are looked at all the same."""
    environ = {
        "SLACK_API_URL": patient.slack.api_url, "SLACK_TIMEOUT": "1", "EMAILDOMAIN_APPROVER": "U0ALEX0001",
        "EMAILDOMAIN_DATABASE": str(patient.path / "emaildomain.db"), "EMAILDOMAIN_CHANNEL": "#mail",
        **patient.lab.settings,
    }  # fmt: skip
    settings, unusable = config.read(environ, None)
    said: list[str] = []
    assert await examine(settings, said.append, unusable) == 2
    settings_said = [line for line in said if line.startswith("problem  Settings")]
    assert len(settings_said) == 4, said
    assert any("did you mean EMAILDOMAIN_APPROVERS?" in line for line in settings_said)
    for about in ("Clock", "Database", "DNS recursor", "Platform"):
        assert any(line.startswith(f"ok       {about}") for line in said), (about, said)
    assert not any(about in line for line in said for about in ("Bot token", "Socket Mode:", "Channel", "Approvers"))
    assert {call.method for call in patient.slack.calls} == {"api.test"}


async def test_an_address_that_cannot_be_used_is_not_asked(patient: Patient) -> None:
    settings, unusable = config.read({"SLACK_API_URL": "http://slack.com/api/", **patient.lab.settings}, None)
    said: list[str] = []
    assert await examine(settings, said.append, unusable) == 2
    assert any("use https" in line for line in said)
    assert not any("Clock" in line for line in said)


# ---- Slack


async def test_a_wrong_bot_token(patient: Patient) -> None:
    patient.environ["SLACK_BOT_TOKEN"] = "xoxb-of-another-app"
    said = await patient.complaint("Bot token")
    assert "Slack refuses the token (invalid_auth). Copy the Bot User OAuth Token" in said


async def test_missing_scopes_are_named(patient: Patient) -> None:
    await patient.slack.stop()
    patient.slack = patient.new_slack([s for s in manifest.SCOPES if s not in ("channels:join", "groups:read")])
    await patient.slack.start()
    said = await patient.complaint("Scopes")
    assert "missing: channels:join, groups:read. Add them under OAuth & Permissions" in said
    assert "reinstall" in said


async def test_a_wrong_app_token(patient: Patient) -> None:
    patient.environ["SLACK_APP_TOKEN"] = "xapp-of-another-app"
    assert "Make an app-level token with connections:write" in await patient.complaint("Socket Mode")


async def test_socket_mode_that_is_switched_off(patient: Patient) -> None:
    patient.slack.faults.add("apps.connections.open", "socket_mode_not_enabled", None)
    assert "Switch Socket Mode on" in await patient.complaint("Socket Mode")


async def test_over_http_no_connection_is_asked_for(patient: Patient) -> None:
    patient.environ |= {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": "shh"}
    _, said = await patient.examined()
    assert any(line.startswith("ok       Requests: HTTP") for line in said)


async def test_a_slack_that_hangs(patient: Patient) -> None:
    patient.slack.faults.add("*", "hang", None)
    patient.environ["SLACK_TIMEOUT"] = "0.3"
    began = time.monotonic()
    said = await patient.complaint("Bot token")
    assert "no clear answer within 0.3 s" in said
    assert time.monotonic() - began < 4


async def test_a_slack_that_cannot_be_reached(patient: Patient) -> None:
    await patient.slack.stop()
    assert "could not be reached" in await patient.complaint("Bot token")
    await patient.slack.start()


async def test_slack_that_stops_answering_half_way(patient: Patient) -> None:
    patient.slack.faults.add("conversations.info", "status", None)
    patient.environ["EMAILDOMAIN_CHANNEL"] = "C0MAIL0001"
    assert "no clear answer" in await patient.complaint("Slack")


@pytest.mark.parametrize(
    ("approvers", "approvals", "found"),
    [
        pytest.param(GROUP, "1", None, id="enough"),
        pytest.param(f"{ALEX},{SAM}", "2", "none of them can ask", id="nobody is left to ask"),
        pytest.param(ALEX, "2", "1 full member may approve, 2 approvals needed", id="quorum out of reach"),
        pytest.param(f"{GROUP},{GUEST}", "1", f"{GUEST} is a guest", id="guest"),
        pytest.param(f"{GROUP},{GONE}", "1", f"{GONE} is deactivated", id="deactivated"),
        pytest.param(f"{GROUP},U0NOBODY01", "1", "U0NOBODY01 is not in this workspace", id="unknown person"),
        pytest.param(f"{GROUP},S0EMPTY001", "1", "S0EMPTY001 has no members or does not exist", id="empty group"),
        pytest.param(f"{GROUP},S0NOBODY01", "1", "S0NOBODY01 has no members or does not exist", id="unknown group"),
    ],
)
async def test_approvers(patient: Patient, approvers: str, approvals: str, found: str | None) -> None:
    patient.environ |= {"EMAILDOMAIN_APPROVERS": approvers, "EMAILDOMAIN_APPROVALS": approvals}
    if found is None:
        status, said = await patient.examined()
        assert status == 0
        assert "ok       Approvers: 2 full members may approve, 1 approval needed." in said
    else:
        assert found in await patient.complaint("Approvers")


@pytest.mark.parametrize(
    ("channel", "level", "found"),
    [
        pytest.param("C0MAIL0001", "ok", "the bot is in #email-domains", id="in it"),
        pytest.param("C0OPEN0001", "ok", "#general is public; the bot joins it", id="public"),
        pytest.param("C0OLD00001", "problem", "#old is archived", id="archived"),
        pytest.param("C0PRIV0001", "problem", "cannot be seen (channel_not_found)", id="private, not invited"),
    ],
)
async def test_channel(patient: Patient, channel: str, level: str, found: str) -> None:
    patient.environ["EMAILDOMAIN_CHANNEL"] = channel
    _, said = await patient.examined()
    (line,) = [line for line in said if "Channel:" in line]
    assert line.startswith(level)
    assert found in line
    assert "conversations.join" not in {call.method for call in patient.slack.calls}


@pytest.mark.parametrize(("ahead", "found"), [(130, "behind"), (-130, "ahead of"), (110, None), (-110, None)])
async def test_the_clock_is_compared_with_slacks(patient: Patient, ahead: int, found: str | None) -> None:
    patient.time.ahead = ahead * 1000
    if found is None:
        assert (await patient.examined())[0] == 0
    else:
        said = await patient.complaint("Clock")
        assert said.startswith("warning")
        assert f"s {found} Slack's. Switch on time synchronisation" in said


@pytest.mark.parametrize(
    ("operators", "found"),
    [
        pytest.param("", "the bot has met none", id="nobody is named or met"),
        pytest.param(f"{SAM},{GUEST}", f"{GUEST} is a guest", id="guest"),
        pytest.param(f"{SAM},S0EMPTY001", "S0EMPTY001 has no members or does not exist", id="empty group"),
    ],
)
async def test_operators(patient: Patient, operators: str, found: str) -> None:
    patient.environ["EMAILDOMAIN_OPERATORS"] = operators
    said = await patient.complaint("Operators")
    assert said.startswith("warning") and found in said


async def test_requesters_are_examined_where_they_are_named(patient: Patient) -> None:
    assert not any("Requesters" in line for line in (await patient.examined())[1])
    patient.environ["EMAILDOMAIN_REQUESTERS"] = f"{SAM},{GUEST}"
    _, said = await patient.examined()
    assert f"ok       Requesters: {SAM}." in said
    assert any(line.startswith("warning  Requesters") and GUEST in line for line in said)
    patient.environ["EMAILDOMAIN_REQUESTERS"] = GUEST
    _, said = await patient.examined()
    assert any(line.startswith("problem  Requesters: nobody can add") for line in said)


async def test_no_operator_at_all(patient: Patient) -> None:
    patient.environ["EMAILDOMAIN_OPERATORS"] = GONE
    _, said = await patient.examined()
    assert any(line.startswith("warning  Operators: nobody") for line in said)


async def test_admins_whom_the_bot_has_met_are_operators(patient: Patient) -> None:
    patient.environ["EMAILDOMAIN_OPERATORS"] = ""
    write(made(patient), "INSERT INTO people VALUES (?, ?, ?)", TEAM, ALEX, {"id": ALEX, "team": TEAM, "admin": True})
    write(made(patient), "INSERT INTO people VALUES (?, ?, ?)", TEAM, SAM, {"id": SAM, "team": TEAM})
    assert f"ok       Operators: the workspace's admins; the bot has met {ALEX}." in (await patient.examined())[1]


# ---- database


def write(path: Path, statement: str, *values: Any) -> None:
    """Into a database of the workspace."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("INSERT OR IGNORE INTO identity VALUES (?, '{}')", (TEAM,))
        db.execute(statement, [json.dumps(value) if isinstance(value, dict) else value for value in values])
        db.commit()


def bind(path: Path, key: str, body: dict[str, Any]) -> None:
    write(path, "INSERT INTO documents VALUES (?, 'binding', ?, ?)", TEAM, key, body)


async def test_a_database_of_another_workspace(patient: Patient) -> None:
    write(made(patient), "UPDATE identity SET team = ?", "T0AAOTHER")
    said = await patient.complaint("Workspace")
    assert f"the token is of xyzcorp ({TEAM}), but the database belongs to T0AAOTHER" in said
    assert f"emaildomain rebind --team {TEAM}" in said


async def test_a_database_of_another_org(patient: Patient) -> None:
    bind(made(patient), "org", {"platform": "genesys", "id": "0c0c", "name": "XYZ Corp"})
    said = await patient.complaint("Org")
    assert "connected to Practice (practice), but the database belongs to XYZ Corp (0c0c)" in said
    assert "emaildomain rebind --org practice" in said


@pytest.mark.parametrize(
    ("why", "found"),
    [
        ("asked", f"on hold since 2026-11-23 10:00 (somebody asked for it, {SAM})"),
        ("started", "(by run --hold)"),
        ("restored", "(it was started on a backup)"),
    ],
)
async def test_on_hold(patient: Patient, why: str, found: str) -> None:
    patient.environ["EMAILDOMAIN_TIMEZONE"] = "Asia/Tokyo"
    bind(made(patient), "hold", {"by": SAM if why == "asked" else "start", "at": START, "why": why})
    said = await patient.complaint("Hold")
    assert said.startswith("warning") and found in said and "/emaildomain hold off" in said


async def test_a_backup_on_which_no_bot_has_started(patient: Patient) -> None:
    bind(made(patient), "restored", {"at": START})
    assert "the bot will begin on hold" in await patient.complaint("Hold")


async def test_a_running_bot_is_seen_and_not_disturbed(patient: Patient) -> None:
    bot = Bot(patient.settings)
    await bot.start()
    await patient.slack.socket.opened(1)
    while bot.ports.identity() is None:  # noqa: ASYNC110 - there is no event for it
        await asyncio.sleep(0.005)
    writing = asyncio.gather(*(bot.store.put_document("test", str(n), {"n": n}) for n in range(200)))
    status, said = await patient.examined()
    await writing
    assert status == 0, said
    assert "is sound; a bot is running on it." in "".join(said)
    await bot.stop()
    assert "is sound; no bot is running on it." in "".join((await patient.examined())[1])
    await bot_can_start(patient)


async def bot_can_start(patient: Patient) -> None:
    again = Bot(patient.settings)
    await again.start()
    await again.stop()


def made(patient: Patient) -> Path:
    """A database as the bot makes it."""
    path = patient.settings.database
    path.touch(0o600)
    database = Database(path)
    database.enable_wal()
    migrations.apply(database)
    database.close()
    return path


async def test_a_database_others_may_read(patient: Patient) -> None:
    made(patient).chmod(0o644)
    assert "others may read emaildomain.db (644). Type: chmod 600" in await patient.complaint("Database")


async def test_a_database_of_a_newer_version(patient: Patient) -> None:
    with sqlite3.connect(made(patient)) as database:
        database.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('emaildomain', 'm999_later', '')"
        )
    database.close()
    assert "written by a newer version (m999_later)" in await patient.complaint("Database")


async def test_a_database_of_an_older_version_is_all_right(patient: Patient) -> None:
    patient.settings.database.touch(0o600)
    _, said = await patient.examined()
    assert "of the schema at the next start" in "".join(said)


async def test_a_damaged_database(patient: Patient) -> None:
    path = made(patient)
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    assert "go back to a backup" in await patient.complaint("Database")


async def test_what_is_no_database(patient: Patient) -> None:
    patient.settings.database.touch(0o600)
    patient.settings.database.write_text("not a database, but long enough to be looked at as one")
    assert "file is not a database" in await patient.complaint("Database")


async def test_a_folder_that_cannot_be_made(patient: Patient) -> None:
    (patient.path / "file").touch()
    patient.environ["EMAILDOMAIN_DATABASE"] = str(patient.path / "file" / "deeper" / "emaildomain.db")
    assert "is not there and cannot be made" in await patient.complaint("Database")


# ---- DNS and platform


async def test_a_silent_resolver_is_a_warning(patient: Patient) -> None:
    patient.lab.resolvers[1].silence()
    said = await patient.complaint("Resolver google")
    assert said.startswith("warning")
    assert "EMAILDOMAIN_RESOLVERS" in said


async def test_blocked_udp(patient: Patient) -> None:
    patient.lab.zones[""].servers[0].silence()
    status, said = await patient.examined()
    assert status == 1
    assert any(line.startswith("problem  DNS over UDP: no root server answers. Open UDP port") for line in said)
    assert any(line.startswith("warning  DNS over TCP: no root server answers. Open TCP port") for line in said)


async def test_a_silent_recursor(patient: Patient) -> None:
    patient.lab.recursor_server.silence()
    _, said = await patient.examined()
    assert any(line.startswith("problem  DNS recursor") and "Set EMAILDOMAIN_RECURSOR" in line for line in said)
    assert sum("not tried" in line for line in said) == 2
    assert said[-1] == "1 problem, 2 warnings."


async def test_a_recursor_that_does_not_know_the_root(patient: Patient) -> None:
    patient.lab.recursor_server.refuse()
    status, said = await patient.examined()
    assert status == 1
    assert any(line.startswith("problem  DNS recursor") for line in said)
