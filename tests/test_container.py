"""The container: read, because there is no engine here; and the same layout tried out, where this user may do that."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

from bot.tryout.slack.simulated import SimulatedSlack
from tests.test_docs import ROOT, read
from tests.test_main import _environ, settings
from tests.tryout.conftest import SCOPES, WallClock

NOBODY = 65534


def steps() -> list[tuple[str, str]]:
    """(instruction, argument) of the stage that runs."""
    text = read("Dockerfile").rpartition("\nFROM ")[2].replace("\\\n", " ")
    return [(m[1], m[2]) for m in re.finditer(r"^([A-Z]+) (.*)$", text, re.MULTILINE)]


def test_the_container_runs_as_nobody() -> None:
    users = [argument for word, argument in steps() if word == "USER"]
    assert users == [f"{NOBODY}:{NOBODY}"], "by number, so that runAsNonRoot can tell"
    assert [argument for word, argument in steps() if word == "VOLUME"] == ["/data"]
    words = [word for word, _ in steps()]
    assert not {"RUN", "COPY", "ADD"} & set(words[words.index("USER") :]), "nothing is put there as that user"
    assert "--read-only" in read("docs/operations.md")


def test_what_goes_into_the_image_is_checked_against_the_lock() -> None:
    text = read("Dockerfile").replace("\\\n", " ")
    for command in re.findall(r"pip (?:install|wheel) [^\n&]*", text):
        assert "--require-hashes" in command or "--no-index" in command, command
    assert not re.search(r"\b(curl|wget|apt-get|http)\b", text.replace("http://127.0.0.1", ""))


async def test_the_program_needs_no_place_to_write_but_its_data(tmp_path: Path) -> None:
    """With a home that does not exist and no temporary folder, as nobody where that can be: it starts and stops."""
    data = tmp_path / "data"
    data.mkdir()
    user: dict[str, Any] = {}
    if os.getuid() == 0 and _may_read(ROOT):
        user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        os.chown(data, NOBODY, NOBODY)
        for folder in tmp_path.parents[:-2]:
            folder.chmod(folder.stat().st_mode | 0o011)
    async with SimulatedSlack(clock=WallClock(), scopes=SCOPES, commands=["/emaildomain"]) as slack:
        environ = _environ(settings(data, slack.api_url)) | {
            "HOME": "/nonexistent", "TMPDIR": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1",
        }  # fmt: skip
        bot = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", env=environ, cwd=data, stderr=asyncio.subprocess.PIPE, **user
        )
        await slack.socket.opened(1)
        written = _open_for_writing(bot.pid)
        bot.terminate()
        said = (await asyncio.wait_for(bot.communicate(), 15))[1].decode()
    assert bot.returncode == 0, said
    assert {json.loads(line)["event"] for line in said.splitlines()} >= {"started", "stopped"}
    assert written
    assert {path.parent for path in written} == {data}
    assert {file.name.partition(".db")[0] for file in data.iterdir()} == {"emaildomain"}


def _open_for_writing(pid: int) -> set[Path]:
    """Files a process may write into; standard streams, sockets and devices are none."""
    found = set()
    for number in Path(f"/proc/{pid}/fd").iterdir():
        try:
            flags = Path(f"/proc/{pid}/fdinfo/{number.name}").read_text(encoding="ascii")
            target = number.readlink()
        except FileNotFoundError:
            continue  # closed meanwhile
        if int(re.findall(r"flags:\s+(\d+)", flags)[0], 8) & os.O_ACCMODE and target.is_file() and int(number.name) > 2:
            found.add(target)
    return found


def _may_read(folder: Path) -> bool:
    """Whether nobody can get at the program and at Python."""
    needed = [folder, *folder.parents, Path(sys.executable).resolve().parent, *Path(sys.executable).resolve().parents]
    return all(path.stat().st_mode & 0o005 == 0o005 or path.stat().st_mode & 0o001 for path in needed)
