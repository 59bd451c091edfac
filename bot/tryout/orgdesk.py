"""The Genesys Cloud desk of the try-out: what the org has, what its people do there, and the lies it can tell the bot.

Who scripts it: ``GET /tryout/panel/org`` shows, ``POST /tryout/panel/org/<action>`` acts, with a JSON object.
"""

from __future__ import annotations

from bot.model.registration import Verification
from bot.tryout.page import NoSuchThingError
from bot.tryout.practice import Kept
from bot.tryout.slack.message import Json
from bot.tryout.switchboard import Switchboard


class OrgDesk:
    """See :class:`bot.tryout.page.Panel`. The bot is not told of anything: it finds out when it looks."""

    def __init__(self, board: Switchboard) -> None:
        self._board = board

    async def show(self, wish: Json) -> Json:
        board = self._board
        there = [self._kept(kept) for kept in await board.connected.kept()]
        gone = [{"name": name, "stage": "deleted"} for name in await board.connected.deleted()]
        return {
            "org": board.connected_to,
            "orgs": [{"id": org.org.id, "name": org.org.name} for org in board.orgs.values()],
            "reachable": board.reachable,
            "domains": sorted([*there, *gone], key=lambda row: str(row["name"])),
        }

    def _kept(self, kept: Kept) -> Json:
        found = kept.found
        return {
            "name": found.name,
            "stage": found.stage.value,
            "verified": list(found.verified.values()).count(Verification.VERIFIED),
            "hidden": found.name in self._board.hidden,
            "campaigns": [{"name": one.name, "on": one.live} for one in kept.campaigns],
        }

    async def act(self, action: str, wish: Json) -> Json:
        """``connect`` (``org``: its id), ``down``, ``up``; and of one ``domain``:

        ``delete``, ``bring_back``, ``provision``, ``deprovision``, ``campaign_on``, ``campaign_off``, ``hide``,
        ``unhide``.
        """
        board = self._board
        match action:
            case "connect" if str(wish.get("org")) in board.orgs:
                board.connected_to = str(wish["org"])
            case "down" | "up":
                board.reachable = action == "up"
            case _:
                await self._change(action, str(wish.get("domain", "")))
        return await self.show(wish)

    async def _change(self, action: str, name: str) -> None:
        org, hidden = self._board.connected, self._board.hidden
        if action == "bring_back" and name in await org.deleted():
            await org.bring_back(name)
            return
        if name not in await org.platform.domains():
            raise NoSuchThingError(name or action)
        match action:
            case "delete":
                await org.delete(name)
            case "provision":
                await org.provision(name)
            case "deprovision":
                await org.deprovision(name)
            case "campaign_on" | "campaign_off":
                await org.switch(name, on=action == "campaign_on")
            case "hide":
                hidden.add(name)
            case "unhide":
                hidden.discard(name)
            case _:
                raise NoSuchThingError(action)
