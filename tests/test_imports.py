"""What looks at DNS or prints something needs neither Slack nor a database, and does not wait until they are loaded."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from bot.tryout.dns import DnsLab
from tests.dns.conftest import CNAME, NAME

ROOT = str(Path(__file__).parent.parent)

#: Runs a command line to its end and prints which of the heavy libraries are loaded by then.
PROGRAM = """
import sys
from bot.__main__ import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    heavy = {"slack_bolt", "slack_sdk", "sqlite3", "sqlite_utils", "aiohttp", "apscheduler", "prometheus_client"}
    print(end.code or 0, *sorted(heavy & sys.modules.keys()), file=sys.stderr)
"""


async def loaded(*arguments: str, **environ: str) -> tuple[int, set[str]]:
    """The exit status, and the heavy libraries that the command loaded."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={"PATH": os.defpath, "PYTHONPATH": ROOT, "PYTHONUTF8": "1", **environ},
    )  # fmt: skip
    _, err = await process.communicate()
    status, *found = err.decode().splitlines()[-1].split()
    return int(status), set(found)


@pytest.mark.parametrize(
    "arguments", [["version"], ["--version"], ["--help"], ["manifest"], ["check", "--help"]], ids=" ".join
)
async def test_what_only_prints_loads_no_heavy_library(arguments: list[str]) -> None:
    assert await loaded(*arguments) == (0, set())


async def test_a_look_at_dns_loads_neither_slack_nor_a_database() -> None:
    lab = DnsLab()
    await lab.start()
    lab.zone("xyzcorp.com").publish(CNAME)
    assert await loaded("check", NAME, f"--cname={CNAME.value}", **lab.settings) == (0, set())
    await lab.stop()


async def test_a_wrong_name_is_refused_without_them() -> None:
    status, found = await loaded("check", "not a name")
    assert (status, found & {"slack_bolt", "slack_sdk", "sqlite3", "sqlite_utils"}) == (2, set())
