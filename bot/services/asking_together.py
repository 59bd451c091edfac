"""Domains that the platform has taken out of service at once are asked for, and approved, in one request.

Each has a round of its own, with its own digest and deadline, and may be decided alone on its card.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.errors import AlreadyDecided, AlreadyVoted, NotFound, OtherLife, Problem, Stale, UserError
from bot.model.approval import Purpose
from bot.model.change import Draft
from bot.model.domain import EmailDomain
from bot.model.lifecycle import Event, State
from bot.model.look import Look
from bot.model.people import Who
from bot.model.roles import Action
from bot.ports import Ports
from bot.services import approving, authorizing, guarding_campaigns, syncing_platform
from bot.services.applying_look import observe
from bot.services.asking import new_round, request
from bot.services.grouping import KIND
from bot.services.updating import alter, meant

MOST = 20  #: domains in one request; an org has fifteen at most


@dataclass(frozen=True, slots=True)
class Together:
    """Names for which it was done, and those for which it was not."""

    done: tuple[str, ...]
    left: tuple[str, ...] = ()


def _request(domain: EmailDomain, number: int) -> str:
    """The key of the document of a request: its first domain, and the number of the round."""
    return f"request/{domain.name}#{domain.life}/{number}"


async def ask(ports: Ports, text: str, *, by: Who) -> Together:
    """One request for all domains of a group that are ready again; may be repeated, since what is asked stays asked.

    Raises :class:`Stale` where none of them is left to ask for.
    """
    await authorizing.person(ports, by)
    about, _, group = text.partition(" ")
    found = await ports.store.document(KIND, group)
    if found is None:
        raise Stale(meant(about)[0])
    ready: list[tuple[EmailDomain, Look]] = []
    left: list[str] = []
    for name in found["names"][:MOST]:
        domain = await ports.store.domain(by.team, name)
        if domain is None or not _owed(domain):
            continue
        await authorizing.require(ports, Action.ASK, by, domain)
        await authorizing.enough_approvers(ports, domain, by.user, ports.settings.approvals)
        domain = await syncing_platform.read(ports, domain)
        look = await ports.dns.look(domain.name, domain.records, confirm=True)
        if _owed(domain) and look.good and not domain.observations.absences:
            ready.append((domain, look))
        else:
            left.append(name)
    if not ready:
        raise Stale(meant(about)[0])
    members = [_member(domain) for domain, _ in ready]
    first = ready[0][0]
    body = {"members": members, "digest": _digest(members)}
    await ports.store.put_document(KIND, _request(first, first.rounds + 1), body)
    done = [domain.name for domain, look in ready if await _open(ports, domain, look, by, body, first=domain is first)]
    return Together(tuple(done), tuple(left))


def _owed(domain: EmailDomain) -> bool:
    return domain.state is State.READY and domain.unprovisioned and domain.round is None


def _member(domain: EmailDomain) -> dict[str, Any]:
    return {
        "name": domain.name, "life": domain.life, "token": f"{domain.rounds + 1}.{domain.digest}",
        "records": [record.as_json() for record in domain.records],
    }  # fmt: skip


def _digest(members: Sequence[dict[str, Any]]) -> str:
    """Of everything that is approved together."""
    told = "\n".join(f"{one['name']}#{one['life']} {one['token']}" for one in members)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


async def _open(
    ports: Ports, domain: EmailDomain, look: Look, by: Who, body: dict[str, Any], *, first: bool
) -> bool:  # fmt: skip
    using = await guarding_campaigns.campaigns(ports, domain.name)

    def decide(draft: Draft) -> bool:
        if not _owed(draft.domain) or draft.domain.digest != domain.digest:
            return False
        observe(draft, look, ports.rhythm)
        asked = new_round(draft, ports, Purpose.ACTIVATION, by.user)
        more = body if first else {"quiet": True, "followed": True}
        draft.open_round(asked).move(
            Event.ASKED, by=by.user, facts=request(ports, draft, asked, look, using) | more
        )  # fmt: skip
        draft.set(next_guard_at=draft.now if using is None or using.seen else None)
        return True

    saved = await alter(ports, domain, decide)
    return saved.round is not None


async def approve(ports: Ports, text: str, *, by: Who) -> Together:
    """A vote for every member, as it was shown; one that has changed or is decided otherwise is left.

    May be repeated: what was counted stays counted. Raises what keeps somebody from voting at all.
    """
    about, _, token = text.partition(" ")
    number, _, digest = token.partition(".")
    name, life = meant(about)
    found = await ports.store.document(KIND, f"request/{name}#{life}/{number}")
    if found is None or found["digest"] != digest:
        raise Stale(name)
    done, left, why = [], [], Problem()
    for one in found["members"]:
        try:
            whose = f"{one['name']}#{one['life']}"
            await approving.approve(ports, whose, one["token"], by=replace(by, intent=None))
        except AlreadyVoted:
            pass
        except (Stale, NotFound, OtherLife, AlreadyDecided) as error:
            if isinstance(error, AlreadyDecided) and error.who == by.user:
                done.append(one["name"])
                continue
            left.append(one["name"])
            why = error
            continue
        done.append(one["name"])
    if not done and isinstance(why, UserError):
        raise why
    return Together(tuple(done), tuple(left))
