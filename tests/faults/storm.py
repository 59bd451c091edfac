"""Whole lives of many domains, killed again and again at random, while Slack, the platform and the clock misbehave."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.model.lifecycle import State
from bot.slack.listeners import BURST, RATE
from bot.slack.rate_limits import PerUserLimiter
from bot.tryout.slack.message import Json
from bot.tryout.slack.simulated import Delivery
from tests.faults.forked import ForkedTown
from tests.faults.ledger import doubled
from tests.faults.outside import StormyGenesys
from tests.scenarios.world import ALEX, SAM, SUZUKI, ZONE

#: Seconds. Small, so that many kills fit into a minute; settling takes three and four times this.
SLACK_TIMEOUT = 0.3

#: What happens to a call of the Web API, of a hundred.
FAULTS: tuple[tuple[str, str, float, dict[str, Any]], ...] = (
    ("chat.postMessage", "drop_after", 5, {}),
    ("chat.postMessage", "drop_before", 3, {}),
    ("chat.postMessage", "hang", 2, {"act": True}),
    ("chat.postMessage", "slow", 6, {"seconds": SLACK_TIMEOUT * 1.5}),  # accepted after nobody waits any more
    ("chat.postMessage", "status", 3, {"act": True}),
    ("chat.postMessage", "fatal_error", 3, {"act": True}),
    ("chat.postMessage", "ratelimited", 3, {"retry_after": 1}),
    ("chat.update", "drop_after", 3, {}),
    ("chat.update", "status", 3, {}),
    ("conversations.*", "status", 2, {}),
    ("users.info", "drop_before", 2, {}),
    ("response_url", "drop_after", 3, {}),
)

#: Of a hundred lives, how long they last (s): most die young, some live long enough to settle what was unclear.
LIVES = ((70, 0.02, 0.25), (20, 0.25, 1.0), (10, 1.2, 2.4))

DAY = 86_400.0
#: By how much the machine's clock is wrong in a life (s).
WRONG_BY = (0.0, 0.0, 2.0, -2.0, 3600.0, -3600.0, 30 * DAY, -30 * DAY)


@dataclass
class Tally:
    seed: int
    kills: int = 0
    lives: int = 0
    messages: int = 0
    seconds: float = 0.0
    pace: float = 0.0  #: seconds for one kill
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lost, twice = (sum(word in w for w in self.wrong) for word in ("lost:", "times:"))
        others = len(self.wrong) - lost - twice
        return (
            f"seed {self.seed}: {self.kills} kills, {self.lives} whole lives, {self.messages} messages, {lost} lost,"
            f" {twice} twice, {others} other findings, {self.seconds:.0f} s ({self.pace:.2f} s a kill)"
        )


class Storm(ForkedTown):
    """``await Storm(path, seed).blow(kills=300)``. ``mutant`` names a wrong bot; ``worse`` multiplies the faults.

    With an even seed the platform is the simulated Genesys Cloud, else the embedded one.
    """

    def __init__(self, path: Path, seed: int, *, mutant: str = "", worse: float = 1.0) -> None:
        super().__init__(path, mutant=mutant, SLACK_TIMEOUT=str(SLACK_TIMEOUT))
        self._random = random.Random(seed)
        self._worse = worse
        self._names = 0
        self._over = False
        self.acknowledged: set[str] = set()
        self.genesys = None if seed % 2 else StormyGenesys(self.ledger, self._random, worse)
        self.tally = Tally(seed)

    async def __aenter__(self) -> Storm:
        if self.genesys is not None:
            await self.genesys.start()
            self._environ |= self.genesys.settings
        await super().__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await super().__aexit__(*error)
        if self.genesys is not None:
            await self.genesys.stop()

    async def begin(self) -> None:
        """Every life of the bot counts anew how fast its people are."""
        self._entrance = _entrance()
        await super().begin()

    async def blow(self, kills: int, domains: int = 6) -> Tally:
        began = time.monotonic()
        for method, kind, percent, options in FAULTS:
            self.slack.faults.add(method, kind, None, where=self._now_and_then(percent * self._worse), **options)
        await self.start()
        people = [asyncio.create_task(self._people()) for _ in range(domains)]
        for _ in range(kills):
            await asyncio.sleep(self._lifetime())
            await self.kill()
            self.ahead = self._random.choice(WRONG_BY)
            await self.begin()
            if self._random.random() < 0.8:
                await self.up()  # the others die while they start
            if self.mutant and self._at_once():
                break
        self.tally.kills = self.kills
        self.tally.pace = (time.monotonic() - began) / self.kills
        if not (self.mutant and self._at_once()):
            over = await self._calm_down(people) or not self.mutant
            self.tally.wrong += self.ledger.faults(self.messages(), over=over) + self.ledger.gaps(self.acknowledged)
            self.tally.wrong += self.genesys.verdict() if self.genesys is not None else []
        await self._leave(people)
        self.tally.wrong += self.ended
        self.tally.messages = len(self.messages())
        self.tally.seconds = time.monotonic() - began
        return self.tally

    def _at_once(self) -> list[str]:
        """What is wrong and can be seen before the end."""
        seen = self.genesys.wrong if self.genesys is not None else []
        self.tally.wrong = list(dict.fromkeys([*self.tally.wrong, *seen, *doubled(self.messages())]))
        return self.tally.wrong

    async def _calm_down(self, people: list[asyncio.Task[None]]) -> bool:
        """Nothing fails any more: every life is lived to its end; whether it came to that."""
        self._over = True
        self.slack.faults.clear()
        if self.genesys is not None:
            self.genesys.calm = True
        try:
            await self.up()
            self._entrance = _entrance()  # nothing was taken while it started
            await asyncio.wait_for(asyncio.gather(*people), 40 if self.mutant else 120)
            await self.until(self.ledger.settled, "everything is said and answered", 20 if self.mutant else 60)
        except (TimeoutError, AssertionError) as error:
            self.tally.wrong.append(f"never over: {error}\n{self.ledger.summary()}"[:2000])
            return False
        finally:
            await self.kill()
        return True

    async def _leave(self, people: list[asyncio.Task[None]]) -> None:
        for person in people:
            person.cancel()
        await asyncio.gather(*people, return_exceptions=True)
        await self.kill()

    def _lifetime(self) -> float:
        (_, least, most), *_ = self._random.choices(LIVES, [share for share, _, _ in LIVES])
        return self._random.uniform(least, most)

    def _now_and_then(self, percent: float) -> Callable[[Json], bool]:
        return lambda _: self._random.random() * 100 < percent

    # ---- people

    def _hurries(self, user: str) -> bool:
        """Whether this would be more than one person may wish for: it would be acknowledged, and refused in words."""
        return self._entrance.try_acquire(user) > 0

    async def _people(self) -> None:
        """One domain after another, from *add* to *removed*."""
        while not self._over:
            self._names += 1
            name, channel = f"n{self._names}.{ZONE}", f"C0CHANNEL{self._names:03}"
            self.slack.workspace.add_channel(channel, name, members=[ALEX, SAM, SUZUKI])
            await self._life(name, channel)
            self.tally.lives += 1
            self.tally.wrong += self.ledger.contradictions(name)

    async def _life(self, name: str, channel: str) -> None:
        """People look now and then and do what the state asks for; again, if it seems not to have happened."""
        while (state := await self._state(name)) != State.REMOVED:
            match state:
                case None:
                    await self._type(channel, f"add {name}")
                case State.AWAITING_DNS | State.STALLED:
                    self.publish(name)
                case State.READY:
                    words = ("activate", "check") if self._random.random() < 0.3 else ("activate",)
                    await asyncio.gather(*(self._type(channel, f"{word} {name}") for word in words))
                case State.AWAITING_APPROVAL:
                    await self._vote(name)
                case State.OPEN:
                    await self._remove(name, channel)
                case State.REMOVING:
                    self.zone.remove(name, "CNAME")
            await asyncio.sleep(0.4)

    async def _state(self, name: str) -> str | None:
        return self.ledger.state(name) if self.database.exists() else None

    def publish(self, name: str = "") -> None:
        super().publish(name)
        if self.genesys is not None:
            self.genesys.published.add(name)

    async def _type(self, channel: str, text: str) -> None:
        twice = self._random.random() < 0.1
        if self._hurries(ALEX) or (twice and self._hurries(ALEX)):
            return
        delivery = await self.slack.command(ALEX, channel, text, duplicate=twice)
        changes = text.startswith(("add", "activate"))  # *remove* only offers a button
        if changes and delivery.problem is None and "Not accepted" not in str(delivery.body):
            self.acknowledged.add(f"command {delivery.trigger_id}")

    async def _vote(self, name: str) -> None:
        """Both approvers in the same instant."""
        for message in self.messages("approval", name)[-1:]:
            if '"action_id": "approve"' in str(message.blocks).replace("'", '"'):
                votes = [
                    self.slack.click(who, message, "approve", stale=True)
                    for who in (SAM, SUZUKI)
                    if not self._hurries(who)
                ]
                for delivery in await asyncio.gather(*votes):
                    self._clicked(delivery)

    def _clicked(self, delivery: Delivery) -> None:
        if delivery.problem is None:
            action = delivery.payload["actions"][0]
            user = delivery.payload["user"]["id"]
            self.acknowledged.add(f"click {user} {action['action_id']} {action['action_ts']}")

    async def _remove(self, name: str, channel: str) -> None:
        if self.ledger.body(name).get("round"):
            await self._vote(name)
            return
        await self._type(channel, f"remove {name}")
        await asyncio.sleep(0.2)
        for message in self.slack.private(ALEX)[::-1]:
            if message.channel == channel and "remove_anyway" in str(message.blocks):
                if not self._hurries(ALEX):
                    self._clicked(await self.slack.click(ALEX, message, "remove_anyway", stale=True))
                return


def _entrance() -> PerUserLimiter:
    """Stricter than the bot's own, whatever the way to it takes."""
    return PerUserLimiter(RATE * 0.7, BURST * 0.7, time.monotonic)
