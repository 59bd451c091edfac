"""Domains and changes to store."""

from __future__ import annotations

from bot.model.change import Change, Draft
from bot.model.domain import EmailDomain
from bot.model.lifecycle import Event, Kind, State
from bot.model.outbox import Intent
from bot.model.permits import Step
from bot.model.schedule import Rhythm
from bot.ports import Store
from tests import permits

TEAM, NAME = "T0XYZCORP", "sales.xyzcorp.com"
NOW = 1_795_395_600_000
RHYTHM = Rhythm.at(1)


def domain(name: str = NAME, team: str = TEAM) -> EmailDomain:
    return EmailDomain(
        team=team, name=name, life=1, version=0, state=State.REGISTERING, since=NOW, owner="U0ALEX", channel="C0MAIL",
        added_by="U0ALEX", added_at=NOW, next_platform_at=NOW, platform=permits.ORG.platform, org_id=permits.ORG.id,
    )  # fmt: skip


def added(of: EmailDomain, intent: str | None = None) -> Change:
    return Draft(of, NOW, new=True).note("added", by=of.owner).change(RHYTHM, intent)


def prepared(of: EmailDomain, intent: str | None = None) -> Change:
    """Both records are known: a passage, a history entry and the message ``records``."""
    draft = Draft(of, NOW).move(Event.RECORDS_KNOWN, by="platform", permit=permits.of(of, Step.TAKE))
    return draft.change(RHYTHM, intent)


def saying(of: EmailDomain, *kinds: Kind) -> Change:
    draft = Draft(of, NOW)
    for kind in kinds:
        draft.say(kind)
    return draft.change(RHYTHM)


def wish(key: str = "command 1", team: str = TEAM) -> Intent:
    return Intent(key, team, {"name": "add", "text": NAME}, NOW)


async def stored(store: Store, name: str = NAME, team: str = TEAM) -> EmailDomain:
    return await store.save(added(domain(name, team)))
