"""Who may do what. Checked here, in the services, so that no button gets round what a command forbids."""

from __future__ import annotations

from collections.abc import Sequence

from bot.errors import (
    Forbidden,
    NotAPerson,
    NotFoundThere,
    NotInChannel,
    OnHold,
    PlatformDown,
    Problem,
    TooFewApprovers,
)
from bot.model.domain import EmailDomain
from bot.model.people import Person, Who
from bot.model.permits import Lack, Need
from bot.ports import Ports


async def person(ports: Ports, who: Who) -> Person:
    """Whoever asks, as a full member; raises :class:`NotAPerson` for guests, bots, strangers, deactivated people."""
    found = await ports.directory.person(who.user)
    if found.barred:
        raise NotAPerson(found.barred)
    return found


async def is_operator(ports: Ports, user: str) -> bool:
    """Configured, or an admin of the workspace where nobody is."""
    configured = ports.settings.operators
    found = await ports.directory.person(user)
    if found.barred:
        return False
    if not (configured.users or configured.groups):
        return found.admin
    if user in configured.users:
        return True
    return any([user in await ports.directory.group(group) for group in configured.groups])


async def operator(ports: Ports, who: Who, action: str) -> None:
    """Raises :class:`Forbidden` for everybody but those who run the bot."""
    await person(ports, who)
    if not await is_operator(ports, who.user):
        raise Forbidden(
            action, "operators" if ports.settings.operators.users or ports.settings.operators.groups else "admins"
        )


def refusal(name: str, missing: Sequence[Lack]) -> Problem:
    """What a person is told whose wish needs a permit that is not given now."""
    needs = {lack.need for lack in missing}
    if Need.NO_HOLD in needs:
        return OnHold(name)
    if needs & {Need.PRESENT, Need.NOT_GONE}:
        return NotFoundThere(name)
    return PlatformDown("platform", ", ".join(sorted(needs)))


async def approvers(ports: Ports, domain: EmailDomain) -> frozenset[str] | None:
    """User ids that may approve: the configured list, else the channel's people; None where Slack cannot tell."""
    configured = ports.settings.approvers
    if not (configured.users or configured.groups):
        if domain.channel.startswith("D"):
            return frozenset()  # a direct message: nobody else reads the request
        return await ports.directory.members(domain.channel)
    people = set(configured.users)
    for group in configured.groups:
        people |= await ports.directory.group(group)
    return frozenset(people)


async def may_approve(ports: Ports, domain: EmailDomain, user: str) -> bool:
    """On the list (or in the channel, where there is no list), and a full member."""
    listed = await approvers(ports, domain)
    if listed is not None and user not in listed:
        return False
    return (await ports.directory.person(user)).barred is None


async def approver(ports: Ports, domain: EmailDomain, who: Who) -> None:
    if not await may_approve(ports, domain, who.user):
        raise Forbidden("approve", "approvers")


async def owner_or_approver(ports: Ports, domain: EmailDomain, who: Who, action: str) -> None:
    if who.user != domain.owner and not await may_approve(ports, domain, who.user):
        raise Forbidden(action, "owner_or_approver")


async def enough_approvers(ports: Ports, domain: EmailDomain, asker: str, needed: int) -> None:
    """Raises :class:`TooFewApprovers` where asking could never lead to ``needed`` approvals.

    Raises :class:`NotInChannel` where that cannot be told, because the bot may not see who is there.
    """
    listed = await approvers(ports, domain)
    if listed is None:
        return
    configured = ports.settings.approvers
    if not (listed or configured.users or configured.groups or domain.channel.startswith("D")):
        raise NotInChannel(domain.name, domain.channel)
    possible = 0
    for user in sorted(listed - {asker}):
        if (await ports.directory.person(user)).barred is None:
            possible += 1
        if possible >= needed:
            return
    raise TooFewApprovers(domain.name, needed, possible)
