"""What is amiss, in words, by part, although the bot does its work; for /readyz."""

from __future__ import annotations

from collections.abc import Callable

from bot.errors import StorageBusy
from bot.ports import Ports
from bot.services import alerting, binding

GHOSTS = "ghosts"


async def of_ghosts(ports: Ports, connections: int) -> None:
    """So many connections of Socket Mode nobody reads; 0: none any more. Written down, so that doctor can tell."""
    if connections:
        await alerting.tell_operators(ports, GHOSTS, "", connections=str(connections))
    else:
        await alerting.over(ports, GHOSTS)


async def warnings(ports: Ports, of_team: Callable[[], str | None]) -> dict[str, str]:
    """``of_team`` says what is amiss with the Slack workspace."""
    found = {}
    if team := of_team():
        found["team"] = team
    if not ports.clock.sure:
        found["clock"] = (
            "Slack's time is not confirmed yet, which takes a minute after a start; until then nothing is done that"
            " cannot be taken back. If this stays, compare this machine's clock with Slack's: emaildomain doctor."
        )
    try:
        other = await binding.other_org(ports)
        held = await binding.held(ports)
    except StorageBusy:
        return found
    if other is not None:
        now, own = other
        found["org"] = (
            f"Connected to the org {now.name or now.id}, but the database belongs to {own.name or own.id}:"
            " registering, activating and removing wait. Check the OAuth client, or run emaildomain rebind --org."
        )
    if held is not None:
        found["hold"] = f"On hold ({held.why}): /emaildomain hold off ends it."
    return found
