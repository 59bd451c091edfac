"""A world whose mail platform is the simulated Genesys Cloud."""

from __future__ import annotations

from pathlib import Path

from tests.genesys.seeing import seeing
from tests.genesys.simulator import SimulatedGenesys
from tests.scenarios.world import World


class GenesysWorld(World):
    """``async with GenesysWorld(tmp_path) as world``; ``world.genesys`` is the platform."""

    def __init__(self, path: Path, **environ: str) -> None:
        super().__init__(path, socket=False, **environ)
        self.genesys = SimulatedGenesys(self.clock)
        self.genesys.verify = seeing(lambda: self.bot.dns)

    async def __aenter__(self) -> GenesysWorld:
        await self.genesys.start()
        await super().__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await super().__aexit__(*error)
        await self.genesys.stop()

    @property
    def environ(self) -> dict[str, str]:
        return super().environ | self.genesys.settings
