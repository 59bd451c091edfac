"""Whether posts of a domain reach a channel, and moving them to one where they do."""

from __future__ import annotations

from bot.errors import ChannelClosed, Trouble
from bot.model.approval import ANYONE
from bot.model.change import Draft
from bot.model.domain import EmailDomain
from bot.model.lifecycle import Kind
from bot.model.outbox import Reach
from bot.model.people import Who
from bot.model.roles import Action
from bot.ports import Ports
from bot.services import approving, authorizing
from bot.services.updating import alter, find


async def can_post(ports: Ports, domain: EmailDomain) -> bool:
    """False where the bot must be invited first; True also where Slack cannot tell now: posts wait and try again."""
    try:
        return await ports.messenger.reach(domain.channel) is Reach.YES
    except Trouble:
        return True


async def movable(ports: Ports, text: str, *, by: Who) -> EmailDomain:
    """Whether this person may choose the channel: its owner, or an approver where the owner can do nothing any more."""
    await authorizing.person(ports, by)
    domain = await find(ports, by.team, text)
    if by.user != domain.owner and (await ports.directory.person(domain.owner)).barred is not None:
        await authorizing.require(ports, Action.APPROVE, by, domain)
        return domain
    await authorizing.require(ports, Action.MOVE, by, domain)
    return domain


def lapses(ports: Ports, domain: EmailDomain) -> bool:
    """Whether moving the posts ends the open round: whoever is in the channel may approve, and would be others."""
    asked = domain.round
    return asked is not None and ANYONE in (asked.approvers or ports.settings.approvers.listed)


async def move(ports: Ports, text: str, channel: str, *, by: Who) -> EmailDomain:
    """Posts go to ``channel`` from now on; a card that stands elsewhere gets a copy there."""
    domain = await movable(ports, text, by=by)
    if await ports.messenger.reach(channel) is not Reach.YES:
        raise ChannelClosed(domain.name, channel)
    card = await ports.store.card(domain)

    def decide(draft: Draft) -> bool:
        if draft.domain.channel == channel:
            return False
        if lapses(ports, draft.domain):
            approving.lapse(draft, "moved", by.user)
        draft.set(channel=channel).note("channel_chosen", by=by.user, why=channel)
        if card is not None:
            draft.say(Kind.CARD, {"why": "channel"})
        return True

    domain = await alter(ports, domain, decide, intent=by.intent)
    await ports.store.hurry(domain, afresh=True)
    ports.wake()
    return domain
