"""Genesys Cloud in a storm: it fails now and then, and writes down in which state each call found the domain."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from bot.model.lifecycle import State
from bot.model.records import DnsRecord, RecordType
from tests.faults.ledger import Ledger
from tests.genesys.org import DOMAINS
from tests.genesys.simulator import Fault, SimulatedGenesys
from tests.scenarios.world import RealClock

#: What happens to a call, of a hundred.
FAULTS: tuple[tuple[str, float, dict[str, str]], ...] = (
    ("after", 3, {}),
    ("before", 2, {}),
    ("503", 2, {}),
    ("page", 1, {}),
    ("slow", 1, {}),
    ("429", 1, {"Retry-After": "1"}),
)

#: In which states the bot may have a call made: the intention is on disk before it leaves.
ALLOWED: Mapping[str, frozenset[str]] = {
    "POST": frozenset({State.REGISTERING}),
    "PUT": frozenset({State.ACTIVATING}),
    "DELETE": frozenset({State.REMOVING, State.REMOVED}),
}


class StormyGenesys(SimulatedGenesys):
    """``published`` are the names whose records are in DNS. ``wrong`` is what no right bot does."""

    def __init__(self, ledger: Ledger, random_: random.Random, worse: float) -> None:
        super().__init__(RealClock())  # type: ignore[arg-type]  # it only asks for the time
        self.prepare, self.provision = 100, 200
        self.show_after = self.gone_after = 300
        self.limit = 10**6
        self.lenient = True  # answers are compared with the contract elsewhere
        self.verify = self._see
        self.published: set[str] = set()
        self.wrong: list[str] = []
        self.calm = False
        self._ledger, self._random, self._worse = ledger, random_, worse

    async def _see(self, name: str, records: tuple[DnsRecord, ...]) -> Mapping[RecordType, str]:
        return dict.fromkeys(RecordType, "Verified") if name in self.published else {}

    def _fault(self, call: str) -> Fault | None:
        if self._random.random() * 100 < self._worse:
            self.expire_tokens()
        for kind, percent, headers in FAULTS:
            if not self.calm and self._random.random() * 100 < percent * self._worse:
                return Fault(kind, "", headers=dict(headers))
        return None

    async def act(self, method: str, path: str, query: Mapping[str, str], body: Any) -> tuple[int, Any]:
        if method in ALLOWED and path.startswith(DOMAINS):
            name = str(body["id"]) if method == "POST" else path.removeprefix(f"{DOMAINS}/").partition("/")[0]
            if (state := self._ledger.state(name)) not in ALLOWED[method]:
                self.wrong.append(f"{method} of {name} while it was {state} on disk")
        return await super().act(method, path, query, body)

    def verdict(self) -> list[str]:
        """Once everything is removed: each name was created once, and nothing is left."""
        twice = {name for name in self.created if self.created.count(name) > 1}
        wrong = [f"registered {self.created.count(name)} times: {name}" for name in sorted(twice)]
        left = [domain.name for domain in self._here() if self._ledger.state(domain.name) == State.REMOVED]
        wrong += [f"removed here, still there: {name}" for name in left]
        return [*wrong, *self.wrong, *self.violations]
