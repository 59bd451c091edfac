"""Tokens and secrets stay where they are: not in a log, not in an error, not in a dump."""

from __future__ import annotations

import io
import logging
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from bot.runtime import logs
from tests.faults.town import Town
from tests.scenarios.world import ALEX, NAME

BOT, APP = "xoxb-1234567890-abcdefGHIJKL", "xapp-1-A0123-456-abcdef0123456789"
HOOK = "https://hooks.slack.com/commands/T0XYZCORP/123456/s3cr3tpart"
SECRETS = [BOT, APP, "s3cr3tpart"]


@pytest.fixture
def configured() -> Iterator[None]:
    """The log as it was, afterwards."""
    root, handlers, level = logging.getLogger(), list(logging.getLogger().handlers), logging.getLogger().level
    before = structlog.get_config()
    yield
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


def call(token: str) -> None:
    """As a library does that puts what it was given into its error."""
    local = f"Bearer {token}"
    raise ConnectionError(f"cannot send {local} to {HOOK}")


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.usefixtures("configured")
def test_no_secret_gets_into_the_log(form: str) -> None:
    stream = io.StringIO()
    logs.configure(form, stream)
    log = structlog.get_logger("bot.test")
    for token in (BOT, APP):
        try:
            call(token)
        except ConnectionError as error:
            log.error("bug", exc_info=error)
            log.warning("trouble", error=str(error), url=HOOK)
            logging.getLogger("some.library").error("failed: %s", error, exc_info=error)
            logging.getLogger("some.library").warning("retrying %s", HOOK)
    written = stream.getvalue()
    assert written.count("ConnectionError") >= 4
    assert "cannot send" in written
    assert "in call" in written, "the traceback is there"
    for secret in SECRETS:
        assert secret not in written


async def test_a_crash_leaves_no_dump_of_the_memory(tmp_path: Path) -> None:
    async with Town(tmp_path) as town:
        await town.start()
        assert town.process is not None
        assert resource.prlimit(town.process.pid, resource.RLIMIT_CORE) == (0, 0)
        await town.command(ALEX, f"add {NAME}")
        await town.said("records")
        await town.kill()
        for secret in (town.slack.bot_token, town.slack.signing_secret):
            assert secret not in str(town.log)
            for file in tmp_path.iterdir():  # noqa: ASYNC240
                assert secret.encode() not in file.read_bytes(), file.name
