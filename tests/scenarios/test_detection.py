"""How soon the channel hears of it: from the moment the last name server has the last record to the ping, at pace 1."""

from __future__ import annotations

import random
import statistics

from bot.tryout.slack.simulated import Message
from tests.scenarios.world import ALEX, ZONE, World

NAMES = [f"s{n}.{ZONE}" for n in range(9)]


def posted(message: Message) -> int:
    """UTC ms."""
    return round(float(message.ts) * 1000)


async def test_within_fifteen_seconds_in_the_first_ten_minutes(world: World) -> None:
    """At a random moment each, some with a secondary that gets the zone later than the primary."""
    dice = random.Random(1)
    for name in NAMES:
        await world.command(ALEX, f"add {name}")
    await world.forward(seconds=10)
    published: dict[str, int] = {}
    for name in NAMES:
        await world.forward(seconds=dice.uniform(5, 35))
        late = world.zone.servers[1]
        if dice.random() < 0.3:
            late.freeze()
            await world.publish(name)
            await world.forward(seconds=dice.uniform(1, 20))
            late.heal()
        else:
            await world.publish(name)
        published[name] = world.clock.now()
    assert world.clock.now() - published[NAMES[0]] < 10 * 60_000
    await world.forward(minutes=1)
    pings = {str(m.metadata["event_payload"]["domain"]): posted(m) for m in world.said("ready") if m.metadata}
    waits = sorted((pings[name] - published[name]) / 1000 for name in NAMES)
    assert statistics.median(waits) <= 15, waits
    assert waits[-1] <= 20, waits
    assert waits[0] >= 5, "two good rounds, five seconds apart"
