"""A town whose bot is forked, not started: importing everything takes longer than most lives last."""

from __future__ import annotations

import asyncio
import multiprocessing
import socket
from pathlib import Path
from typing import Any

import aiohttp

from tests.faults.mutants import live
from tests.faults.town import PACE, PATIENCE, Town, is_up

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.faults.mutants"])


class ForkedTown(Town):
    """As :class:`Town`. ``ahead`` (s) is by how much the machine's clock is wrong in the next life."""

    def __init__(self, path: Path, *, mutant: str = "", **environ: str) -> None:
        super().__init__(path, socket=False, pace=PACE, PORT=str(_free_port()), **environ)
        self.mutant, self.ahead = mutant, 0.0
        self.ended: list[str] = []  #: lives that were over before they were killed
        self._child: Any = None

    async def __aexit__(self, *error: object) -> None:
        await self.kill()
        await super().__aexit__(*error)

    async def begin(self) -> None:
        """A new life; whether it comes to anything is another question."""
        self.port = int(self.environ["PORT"])
        self._child = _FORKS.Process(target=live, args=(self.environ, self.mutant, self.path / "log", self.ahead))
        self._child.start()
        self.slack.request_url = f"http://127.0.0.1:{self.port}/slack/events"

    async def start(self) -> None:
        """Once more with another port, where somebody took the first one after it had been found free."""
        await self.begin()
        started = asyncio.create_task(self.up())
        while not started.done():
            await asyncio.wait({started}, timeout=0.1)
            if not started.done() and self._child.exitcode is not None and self.kills == 0:
                self._child.close()
                self._environ["PORT"] = str(_free_port())
                await self.begin()
        await started

    async def up(self) -> None:
        """Until it says that it is ready."""
        async with aiohttp.ClientSession() as session, asyncio.timeout(PATIENCE):
            while True:
                try:
                    async with session.get(f"http://127.0.0.1:{self.port}/readyz") as response:
                        if await is_up(response):
                            return
                except aiohttp.ClientError:
                    pass  # it does not listen yet
                await asyncio.sleep(0.01)

    @property
    def pid(self) -> int:
        pid: int = self._child.pid
        return pid

    async def kill(self) -> None:
        if self._child is not None:
            if self._child.exitcode is not None:
                self.ended.append(f"life {self.kills} ended by itself: {self._child.exitcode}")
            self._child.kill()
            self.kills += 1
            await self._ended()

    async def terminate(self) -> int:
        self._child.terminate()
        return await self._ended()

    async def _ended(self) -> int:
        await asyncio.to_thread(self._child.join)
        status: int = self._child.exitcode
        self._child.close()
        self._child = None
        return status


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
