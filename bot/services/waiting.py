"""The two hours: where they begin on every clock there is, and what stops them."""

from __future__ import annotations

from dataclasses import replace

from bot.model.change import Draft
from bot.model.clocks import Instants
from bot.model.lifecycle import Event, Kind, State
from bot.model.permits import Permit
from bot.model.registration import Registration
from bot.model.schedule import Rhythm
from bot.ports import Clocks, Ports


def instants(clock: Clocks, answer: Registration | None) -> Instants:
    """This moment, in which ``answer`` was given, on every clock there is."""
    platform = answer.date if answer is not None else None
    return Instants(clock.now(), platform, clock.machine(), clock.boottime(), clock.boot)


def begin(draft: Draft, rhythm: Rhythm, began: Instants) -> int:
    """They begin with the full reading at ``began``. Returns their end (UTC ms)."""
    now = draft.now
    opens = now + rhythm.timers[State.WAITING]
    draft.observe(replace(draft.domain.observations, started=replace(began, slack=now), others=None))
    draft.set(opens_at=opens, held_by=None, hold_until=None)
    return opens


def activated(draft: Draft, ports: Ports, answer: Registration, permit: Permit, event: Event) -> None:
    """Our own activation is done, and they begin with ``answer``."""
    now, rhythm = draft.now, ports.rhythm
    opens = begin(draft, rhythm, instants(ports.clock, answer))
    draft.set(
        next_look_at=now + rhythm["look_steady"], next_platform_at=now + rhythm["platform_waiting"],
        platform_tries=0, unprovisioned=False,
    )  # fmt: skip
    draft.move(event, by="platform", permit=permit, facts={"opens_at": opens, "outside": False})


def from_now(draft: Draft, rhythm: Rhythm, began: Instants) -> int:
    """The same, where nobody here saw the activation: since when it is provisioned is not known."""
    draft.set(next_guard_at=draft.now)
    return begin(draft, rhythm, began)


def stop(draft: Draft) -> None:
    """What has passed counts no more; they begin anew at the next full reading."""
    draft.observe(replace(draft.domain.observations, started=None))
    draft.set(opens_at=None, hold_until=None)


def weigh(draft: Draft, ports: Ports, answer: Registration, *, done: bool) -> None:
    """What a reading means for the two hours that run. ``done``: it is a full one, of this life's records.

    Only another word than *provisioned*, which we know, stops them; all else holds up their end.
    """
    d = draft.domain
    if answer.other:
        if d.held_by != "platform" or d.observations.started is not None:
            draft.say(Kind.FAILED, {"why": "held_platform", "findings": [], "said": answer.said})
            draft.note("failed", by="platform", why="held_platform")
        stop(draft)
        draft.set(held_by="platform")
    elif done and d.observations.started is None:
        # Stopped before; or an older version, which looked at one clock only, has begun them.
        how = "upgraded" if d.opens_at is not None else "anew"
        opens = begin(draft, ports.rhythm, instants(ports.clock, answer))
        draft.say(Kind.ACTIVATED, {"opens_at": opens, "how": how}).note(f"two_hours_{how}", by="platform")
    elif done and d.held_by == "platform":
        draft.set(held_by=None, hold_until=None)
