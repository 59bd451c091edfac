"""The command line as somebody types it: a process of its own, its exit status, and what it says."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from bot.__main__ import main
from bot.slack.manifest import app, manifest
from bot.tryout.slack.simulated import SimulatedSlack
from tests.tryout.conftest import SCOPES, WallClock


def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bot", *arguments]
    return subprocess.run(command, env=_environ(environ), capture_output=True, text=True, timeout=30, check=False)


def _environ(given: dict[str, str]) -> dict[str, str]:
    """Only what a test gives, and what Python itself needs."""
    root = str(Path(__file__).parent.parent)
    return {"PATH": os.defpath, "PYTHONPATH": root, "PYTHONUTF8": "1", **given}


def settings(path: Path, api: str = "http://127.0.0.1:9/api/") -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": "xoxb-simulated", "SLACK_APP_TOKEN": "xapp-simulated", "SLACK_API_URL": api,
        "HOST": "127.0.0.1", "PORT": "0", "EMAILDOMAIN_DATABASE": str(path / "emaildomain.db"),
    }  # fmt: skip


def test_help_names_every_subcommand() -> None:
    said = CliRunner().invoke(main, ["--help"]).output
    assert all(name in said for name in ("run", "try", "doctor", "backup", "manifest", "version"))


def test_help_is_cut_nowhere_and_says_the_version() -> None:
    said = CliRunner().invoke(main, ["--help"], terminal_width=80).output
    assert "..." not in said.partition("Commands:")[2]
    assert run("--version").stdout == run("version").stdout != ""


def test_every_missing_setting_is_named_at_once_the_readmes_first() -> None:
    done = run("run")
    assert done.returncode == 2
    assert all(name in done.stderr for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "EMAILDOMAIN_PLATFORM"))
    assert done.stderr.index("SLACK_APP_TOKEN=xapp-") > done.stderr.index("HTTP needs SLACK_SIGNING_SECRET")
    assert "Traceback" not in done.stderr


def test_a_copy_needs_the_database_and_nothing_else(tmp_path: Path) -> None:
    database, copy = tmp_path / "bot.db", tmp_path / "copy.db"
    with sqlite3.connect(database) as made:
        made.execute("CREATE TABLE t (n)")
    made.close()
    done = run("backup", str(copy), EMAILDOMAIN_DATABASE=str(database), PORT="x")
    assert (done.returncode, done.stderr) == (0, "")
    assert copy.exists()
    done = run("backup", str(copy), EMAILDOMAIN_DATABASE="mysql://x")
    assert (done.returncode, "SLACK" in done.stderr, "EMAILDOMAIN_DATABASE" in done.stderr) == (2, False, True)
    done = run("backup", str(copy), EMAILDOMAIN_DATABSE=str(database))
    assert (done.returncode, "did you mean EMAILDOMAIN_DATABASE?" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("example.com", "example.com is a root domain. With Genesys Cloud, campaign domains are always subdomains"),
        ("nodot", "emaildomain check sales.example.com"),
        ("gmail.com", "belongs to a mail service"),
    ],
)
def test_a_terminal_speaks_of_the_terminal(name: str, says: str) -> None:
    """Nothing was to be registered here, there are no buttons, and nothing begins with a slash."""
    done = run("check", name)
    assert done.returncode == 2
    assert says in done.stderr
    assert not any(word in done.stderr for word in ("/emaildomain", "registered", "`", ":\n"))


def test_manifests() -> None:
    assert run("manifest").stdout == manifest()
    http = run("manifest", "--http", "https://emaildomain.example.com")
    assert yaml.safe_load(http.stdout) == app("https://emaildomain.example.com")
    refused = run("manifest", "--http", "http://emaildomain.example.com")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "https" in refused.stderr


async def test_running_backing_up_and_stopping(tmp_path: Path) -> None:
    async with SimulatedSlack(clock=WallClock(), scopes=SCOPES, commands=["/emaildomain"]) as slack:
        environ = settings(tmp_path, slack.api_url)
        bot = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", env=_environ(environ), stderr=asyncio.subprocess.PIPE
        )
        await slack.socket.opened(1)
        copy = tmp_path / "copy.db"
        done = await asyncio.to_thread(run, "backup", str(copy), **environ)
        assert (done.returncode, done.stderr) == (0, "")
        assert copy.stat().st_mode & 0o777 == 0o600
        second = await asyncio.to_thread(run, "run", **environ)
        assert second.returncode == 2
        assert f"already running on the database {tmp_path}/emaildomain.db." in second.stderr
        assert "Traceback" not in second.stderr
        bot.send_signal(signal.SIGTERM)
        said = (await asyncio.wait_for(bot.communicate(), 15))[1].decode()
    assert bot.returncode == 0
    assert {json.loads(line)["event"] for line in said.splitlines()} >= {"started", "stopped"}, "JSON, for a machine"
    with sqlite3.connect(copy) as database:
        assert database.execute("PRAGMA quick_check").fetchone() == ("ok",)
    database.close()


def test_backing_up_what_is_not_there(tmp_path: Path) -> None:
    done = run("backup", str(tmp_path / "copy.db"), **settings(tmp_path))
    assert done.returncode == 2
    assert f"There is no database at {tmp_path}/emaildomain.db" in done.stderr


@pytest.mark.parametrize("end", ["", "-wal", "-shm", "-lock"])
def test_a_copy_never_takes_the_place_of_the_database(tmp_path: Path, end: str) -> None:
    """It would be swapped for a copy under a running bot, which would go on writing into a file nobody sees."""
    database = tmp_path / "emaildomain.db"
    with sqlite3.connect(database) as made:
        made.execute("CREATE TABLE t (n)")
    made.close()
    inode = database.stat().st_ino
    link = tmp_path / "link"
    link.symlink_to(f"{database}{end}")
    for target in (f"{database}{end}", str(link), str(tmp_path / "x" / ".." / f"emaildomain.db{end}")):
        done = run("backup", target, **settings(tmp_path))
        assert (done.returncode, done.stdout) == (2, "")
        assert "the copy would take the place of the database" in done.stderr
    assert database.stat().st_ino == inode


def test_a_copy_that_cannot_be_made_leaves_the_older_one(tmp_path: Path) -> None:
    (tmp_path / "emaildomain.db").write_text("this is no database, but long enough to be taken for one " * 50)
    target = tmp_path / "copy.db"
    target.write_text("an older copy")
    done = run("backup", str(target), **settings(tmp_path))
    assert done.returncode == 2
    assert "file is not a database" in done.stderr
    assert "Traceback" not in done.stderr
    assert target.read_text() == "an older copy"
    assert sorted(file.name for file in tmp_path.iterdir() if "copy" in file.name) == ["copy.db"]
    done = run("backup", str(tmp_path / "no such folder" / "copy.db"), **settings(tmp_path))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
