"""Rounds: what is asked of the approvers, by when, and what their request says."""

from __future__ import annotations

from typing import Any

from bot.model.approval import ANYONE, Purpose, Round
from bot.model.calendar import after_working_time, at_working_hours
from bot.model.campaign import Campaigns
from bot.model.change import Draft
from bot.model.lifecycle import Event, Kind, State
from bot.model.look import Look
from bot.ports import Ports
from bot.services.applying_look import evidence, lapse_open


def ask(
    draft: Draft,
    ports: Ports,
    purpose: Purpose,
    by: str,
    *,
    ends: str = "",
    reason: str = "",
    using: Campaigns | None = None,
    **more: Any,
) -> bool:
    """Open a round for ``purpose``, unless there is one; another one ends, for which ``ends`` is the reason.

    ``reason`` is of whoever asks, ``more`` are facts of the request.
    """
    if draft.domain.round is not None and draft.domain.round.purpose is purpose:
        return False
    lapse_open(draft, ends, by)
    if draft.domain.state is State.AWAITING_APPROVAL:
        draft.move(Event.LAPSED, by=by, quiet=True)
    asked = new_round(draft, ports, purpose, by)
    draft.open_round(asked).note(f"{purpose.value}_asked", by=by, why=reason)
    if reason:
        more["reason"] = reason
    draft.say(Kind.APPROVAL, request(ports, draft, asked, None, using) | more)
    return True


def new_round(draft: Draft, ports: Ports, purpose: Purpose, asked_by: str) -> Round:
    """A round with quorum and deadline fixed now; Saturdays and Sundays do not count, reminders wait for the day."""
    rhythm, zone, now = ports.rhythm, ports.settings.timezone, draft.now
    expiry, nudges = rhythm.timers[State.AWAITING_APPROVAL], [rhythm["nudge_1"], rhythm["nudge_2"]]
    if rhythm.calendar:
        expires_at = after_working_time(now, expiry, zone)
        remind_at = [at_working_hours(after_working_time(now, nudge, zone), zone) for nudge in nudges]
    else:
        expires_at, remind_at = now + expiry, [now + nudge for nudge in nudges]
    return Round(
        id=draft.domain.rounds + 1,
        purpose=purpose,
        asked_by=asked_by,
        asked_at=now,
        digest=draft.domain.digest,
        quorum=ports.settings.approvals,
        expires_at=expires_at,
        remind_at=tuple(sorted({at for at in remind_at if at < expires_at})),
        channel=draft.domain.channel,
        approvers=ports.settings.approvers.listed,
    )


def request(
    ports: Ports, draft: Draft, asked: Round, look: Look | None, using: Campaigns | None = None
) -> dict[str, Any]:
    """The facts of an ``approval`` message."""
    return {
        "round": asked.id,
        "token": asked.token,
        "purpose": asked.purpose.value,
        "asked_by": asked.asked_by,
        "expires_at": asked.expires_at,
        "about": {
            "records": [record.as_json() for record in draft.domain.records],
            "conflicts": list(draft.domain.conflicts),
            "org": draft.domain.org,
        },
        "quorum": asked.quorum,
        "anyone": ANYONE in (asked.approvers or (ANYONE,)),
        "evidence": {"at": look.at, **evidence(look)} if look else None,
        "campaigns": using.as_facts() if using else None,
    }
