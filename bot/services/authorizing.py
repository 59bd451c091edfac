"""Who may do what. Checked here, in the services, so that no button gets round what a command forbids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.config.parsing import Approvers
from bot.errors import (
    CannotSee,
    Forbidden,
    NotAPerson,
    NotFoundThere,
    NotInChannel,
    OnHold,
    PlatformDown,
    Problem,
    TimeUnknown,
    TooFewApprovers,
)
from bot.model.domain import EmailDomain
from bot.model.needs import Lack, Need
from bot.model.people import Person, Who
from bot.model.roles import MAY, Action, Role
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
    return found.admin if configured.default else await is_named(ports, configured, user, "")


@dataclass(frozen=True, slots=True)
class About:
    """What somebody wants to act on: the channel, and of a domain its owner and who asked for what goes on."""

    channel: str = ""
    owner: str | None = None
    asker: str | None = None
    name: str = ""

    @classmethod
    def of(cls, domain: EmailDomain, asker: str | None = None) -> About:
        return cls(domain.channel, domain.owner, asker, domain.name)


async def require(ports: Ports, action: Action, who: Who, about: About | EmailDomain | None = None) -> None:
    """Raises :class:`NotAPerson`, or :class:`Forbidden` for whoever has none of the roles that the table names."""
    await person(ports, who)
    there = About.of(about) if isinstance(about, EmailDomain) else about or About()
    for role in MAY[action]:
        if await _has(ports, role, who, there):
            return
    raise Forbidden(action.value, _who_may(ports, action))


async def _has(ports: Ports, role: Role, who: Who, about: About) -> bool:
    match role:
        case Role.EVERYBODY:
            return True
        case Role.OWNER:
            return who.user == about.owner
        case Role.ASKER:
            return who.user == about.asker
        case Role.OPERATOR:
            return await is_operator(ports, who.user)
        case Role.MEMBER:
            return await is_in(ports, about.channel, who.user)
        case Role.APPROVER:
            return await is_named(ports, ports.settings.approvers, who.user, about.channel)
        case Role.REQUESTER:
            return await _may_request(ports, who, about)


async def _may_request(ports: Ports, who: Who, about: About) -> bool:
    configured = ports.settings.requesters
    if not configured.default:
        return await is_named(ports, configured, who.user, about.channel)
    direct = about.channel.startswith("D")  # nobody but the two of them; Slack is not asked
    members = frozenset[str]() if direct else await ports.directory.members(about.channel)
    if members is None or members:
        return members is None or who.user in members
    # The bot is not in it, and sees nobody: whoever types there is, and whoever added the domain was.
    there = about.channel == who.channel or who.user == about.owner
    if not there and not direct:
        raise CannotSee(about.name, about.channel)
    return there


async def is_in(ports: Ports, channel: str, user: str, *, now: bool = False) -> bool:
    """In the channel, as far as this Slack tells. ``now``: nothing remembered counts."""
    if channel.startswith("D"):
        return False  # a direct message: its owner is the only one of them who needs no other role
    members = await ports.directory.members(channel, now=now)
    return members is None or user in members


async def is_named(ports: Ports, listed: Approvers, user: str, channel: str, *, now: bool = False) -> bool:
    """On the list; where there is none, in the channel. In a direct message nobody else reads what is asked."""
    if listed.default:
        return await is_in(ports, channel, user, now=now)
    if user in listed.users:
        return True
    return any([user in await ports.directory.group(group, now=now) for group in listed.groups])


def _who_may(ports: Ports, action: Action) -> str:
    """The key of the text that says for whom it is."""
    settings, roles = ports.settings, MAY[action]
    if roles == (Role.OPERATOR,):
        return "admins" if settings.operators.default else "operators"
    if roles == (Role.REQUESTER,):
        return "channel_members" if settings.requesters.default else "requesters"
    if action is Action.SEE:
        return "viewers"
    if roles == (Role.APPROVER,):
        return "approvers"
    if roles == (Role.OWNER, Role.OPERATOR):
        return "owner_or_operator"
    return "owner_or_approver" if Role.APPROVER in roles else roles[0].value


def refusal(name: str, missing: Sequence[Lack]) -> Problem:
    """What a person is told whose wish needs a permit that is not given now."""
    needs = {lack.need for lack in missing}
    if Need.NO_HOLD in needs:
        return OnHold(name)
    if Need.SURE_TIME in needs:
        return TimeUnknown(name)
    if needs & {Need.PRESENT, Need.NOT_GONE}:
        return NotFoundThere(name)
    return PlatformDown("platform", ", ".join(sorted(needs)))


async def approvers(ports: Ports, domain: EmailDomain) -> frozenset[str] | None:
    """User ids that may approve: the configured list, else the channel's people; None where Slack cannot tell."""
    configured = ports.settings.approvers
    if configured.default:
        if domain.channel.startswith("D"):
            return frozenset()  # a direct message: nobody else reads the request
        return await ports.directory.members(domain.channel)
    return await named(ports, configured)


async def named(ports: Ports, listed: Approvers) -> frozenset[str]:
    """User ids of the people on a list, and of those in its groups."""
    people = set(listed.users)
    for group in listed.groups:
        people |= await ports.directory.group(group)
    return frozenset(people)


async def may_approve(ports: Ports, domain: EmailDomain, user: str) -> bool:
    """On the list (or in the channel, where there is no list), and a full member. For a vote Slack is asked anew."""
    if not await is_named(ports, ports.settings.approvers, user, domain.channel):
        return False
    return (await ports.directory.person(user)).barred is None


async def sees_all(ports: Ports, user: str) -> bool:
    """Whether somebody may see every domain, whatever its channel."""
    named = ports.settings.approvers
    return (not named.default and await is_named(ports, named, user, "")) or await is_operator(ports, user)


async def enough_approvers(ports: Ports, domain: EmailDomain, asker: str, needed: int) -> None:
    """Raises :class:`TooFewApprovers` where asking could never lead to ``needed`` approvals.

    Raises :class:`NotInChannel` where that cannot be told, because the bot may not see who is there.
    """
    listed = await approvers(ports, domain)
    if listed is None:
        return
    configured = ports.settings.approvers
    if not listed and configured.default and not domain.channel.startswith("D"):
        raise NotInChannel(domain.name, domain.channel)
    possible = 0
    for user in sorted(listed - {asker}):
        if (await ports.directory.person(user)).barred is None:
            possible += 1
        if possible >= needed:
            return
    raise TooFewApprovers(domain.name, needed, possible)
