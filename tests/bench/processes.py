"""The processes of a bench: the bot, the bare peer, and the world outside; each started, watched and ended by us."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench import crowd
from tests.bench.outside import CHANNEL, PEOPLE, PERSON

ROOT = Path(__file__).parent.parent.parent
_PATIENCE = 20.0  #: seconds


class Process:
    """A Python process of this project. ``with`` ends it."""

    def __init__(self, *arguments: str, environ: dict[str, str] | None = None, cwd: Path, pipes: bool = False) -> None:
        self.began = time.perf_counter()
        pipe = subprocess.PIPE if pipes else subprocess.DEVNULL
        self.log = (cwd / f"{arguments[1]}.log").open("ab")  # a pipe nobody reads would fill up and block it
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), **(environ or {})},
            cwd=cwd, stdin=pipe, stdout=pipe, stderr=self.log,
        )  # fmt: skip

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.log):
            if stream is not None:
                stream.close()

    @property
    def megabytes(self) -> float:
        """Resident memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) / 1024


class Server(Process):
    """One that listens, on a port that was free a moment ago."""

    def __init__(self, *arguments: str, port: int, environ: dict[str, str] | None = None, cwd: Path) -> None:
        super().__init__(*arguments, environ=environ, cwd=cwd)
        self.port = port
        try:
            self.ready_after = self._until_ready()
        except BaseException:
            self.end()
            raise

    def __enter__(self) -> Server:
        return self

    def get(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as response:
            text: str = response.read().decode()
            return text

    def _until_ready(self) -> float:
        """Seconds from the start of the process until /readyz says that it is ready, and that work has begun."""
        while time.perf_counter() - self.began < _PATIENCE:
            try:
                if '"slack"' in self.get("/readyz"):
                    raise ConnectionError("Slack has not answered yet")
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                assert self.process.poll() is None, Path(self.log.name).read_text(encoding="utf-8")[-2000:]
                time.sleep(0.005)
            else:
                return time.perf_counter() - self.began
        raise AssertionError(f"not ready after {_PATIENCE} s")

    def settle(self, patience: float = 60.0) -> None:
        """Until the bot has nothing left to do behind its acknowledgements."""
        end = time.perf_counter() + patience
        while not re.search(r"^emaildomain_background_tasks 0\.0$", self.get("/metrics"), re.MULTILINE):
            assert time.perf_counter() < end, "the bot does not come to rest"
            time.sleep(0.05)


class World(Process):
    """The process outside, by the methods of :class:`tests.bench.outside.Outside`."""

    def __init__(self, cwd: Path) -> None:
        super().__init__("-m", "tests.bench.outside", cwd=cwd, pipes=True)
        self.settings: dict[str, str] = self.ask("start")
        self.secret = self.settings["SLACK_SIGNING_SECRET"]
        self.team = self.settings.pop("TEAM")

    def __enter__(self) -> World:
        return self

    def ask(self, name: str, *arguments: Any) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([name, *arguments]).encode() + b"\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, Path(self.log.name).read_text(encoding="utf-8")[-2000:]
        return json.loads(line)

    def bot(self, cwd: Path, *, socket: bool = False, new: bool = False, **environ: str) -> Server:
        """``python -m bot run``, as a package's user would start it, in ``cwd``.

        Unless its database is to be ``new`` it knows the people already, as after a day: Slack tells of 100 a minute.
        """
        port, database = free_port(), cwd / "emaildomain.db"
        if not new and not database.exists():
            crowd.write(database, 0, team=self.team, channel=CHANNEL, owner=PERSON, now=0, people=PEOPLE)
        settings = {name: value for name, value in self.settings.items() if socket or name != "SLACK_APP_TOKEN"}
        settings |= {"HOST": "127.0.0.1", "PORT": str(port), "EMAILDOMAIN_DATABASE": str(cwd / "emaildomain.db")}
        return Server("-m", "bot", "run", port=port, environ=settings | environ, cwd=cwd)

    def bare(self, cwd: Path) -> Server:
        port = free_port()
        return Server("-m", "tests.bench.bare", str(port), self.secret, port=port, cwd=cwd)

    def bare_socket(self, cwd: Path) -> Process:
        token, url = self.settings["SLACK_APP_TOKEN"], self.settings["SLACK_API_URL"]
        return Process("-m", "tests.bench.bare", "socket", url, token, cwd=cwd)

    def until(self, name: str, met: Callable[[int], bool], patience: float = 30.0) -> None:
        """Until a count of the world is as wanted."""
        end = time.perf_counter() + patience
        while not met(count := self.ask(name)):
            assert time.perf_counter() < end, f"{name} stays at {count}"
            time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
