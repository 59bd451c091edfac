"""The state of the simulated Slack: the team, its people, groups, channels, messages and open forms."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.tryout.slack.clock import Clock
from bot.tryout.slack.forms import Form, Forms
from bot.tryout.slack.message import Json, Message

#: Who speaks when Slack itself tells a person something.
SLACKBOT = "USLACKBOT"


@dataclass
class Person:
    """Somebody (or some bot) of the workspace, or a stranger seen through a shared channel."""

    id: str
    name: str
    real_name: str
    team_id: str
    locale: str = "en-US"
    tz: str = "Etc/UTC"
    is_admin: bool = False
    is_owner: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_bot: bool = False
    is_stranger: bool = False
    deleted: bool = False
    #: In an Enterprise Grid: the organisation's id, and every workspace of it this person is a member of.
    enterprise: str = ""
    teams: tuple[str, ...] = ()

    def tz_offset(self, now: int) -> int:
        """Seconds east of UTC at ``now``; 0 where this machine does not know the zone."""
        try:
            offset = datetime.fromtimestamp(now / 1000, UTC).astimezone(ZoneInfo(self.tz)).utcoffset()
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return 0
        return int(offset.total_seconds()) if offset else 0


@dataclass
class Group:
    """A user group such as ``@mail-approvers``."""

    id: str
    handle: str
    name: str
    users: list[str]
    disabled: bool = False


@dataclass
class Channel:
    """A public or private channel, or a direct message."""

    id: str
    name: str
    created: int
    members: list[str]
    is_private: bool = False
    is_im: bool = False
    is_archived: bool = False
    messages: dict[str, Message] = field(default_factory=dict)
    #: By parent: the ts of its replies, those of deleted ones included.
    threads: dict[str, list[str]] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The word scopes use for this kind of conversation: ``channels``, ``groups`` or ``im``."""
        return "im" if self.is_im else "groups" if self.is_private else "channels"


class Workspace:
    """One team with one installed app. Nothing here fails; who may do what is the Web API's business."""

    def __init__(self, clock: Clock, *, team_id: str, domain: str, app_id: str, bot_id: str, bot_user: str) -> None:
        self.clock = clock
        self.team_id, self.domain, self.app_id, self.bot_id, self.bot_user = team_id, domain, app_id, bot_id, bot_user
        self.people: dict[str, Person] = {}
        self.groups: dict[str, Group] = {}
        self.channels: dict[str, Channel] = {}
        #: What is "only visible to you", for everybody, by ts.
        self.private: dict[str, Message] = {}
        self.forms = Forms(team_id=team_id, app_id=app_id, bot_id=bot_id, touch=self.touch)
        #: Grows with every visible change; the page waits for it.
        self.version = 0
        self._changed = asyncio.Event()
        self._last_ts = 0
        self.add_person(bot_user, "emaildomain", real_name="emaildomain", is_bot=True)
        self.add_person(SLACKBOT, "slackbot", real_name="Slackbot", is_bot=True)

    # --- who and where ---------------------------------------------------------------------------------------------

    def add_person(self, user_id: str, name: str, *, real_name: str = "", team_id: str = "", **traits: Any) -> Person:
        """Somebody new; ``traits`` are the other fields of :class:`Person`."""
        person = Person(user_id, name, real_name or name, team_id or self.team_id, **traits)
        self.people[user_id] = person
        self.touch()
        return person

    def add_group(
        self, group_id: str, handle: str, users: Iterable[str], *, name: str = "", disabled: bool = False
    ) -> Group:
        self.groups[group_id] = Group(group_id, handle, name or handle, list(users), disabled)
        return self.groups[group_id]

    def add_channel(
        self,
        channel_id: str,
        name: str,
        *,
        members: Iterable[str] = (),
        bot_in: bool = False,
        is_private: bool = False,
        is_archived: bool = False,
    ) -> Channel:
        people = [*members, *([self.bot_user] if bot_in else [])]
        self.channels[channel_id] = Channel(
            channel_id, name, self.clock.now() // 1000, people, is_private, is_archived=is_archived
        )
        self.touch()
        return self.channels[channel_id]

    def join(self, channel: str, user: str) -> None:
        if user not in self.channels[channel].members:
            self.channels[channel].members.append(user)
            self.touch()

    def leave(self, channel: str, user: str) -> None:
        self.channels[channel].members.remove(user)
        self.touch()

    def archive(self, channel: str) -> None:
        self.channels[channel].is_archived = True
        self.touch()

    def dm(self, user: str, other: str = "") -> Channel:
        """The direct conversation of two people, by default of a person and the bot; made when it is not there."""
        pair = [user, other or self.bot_user]
        for channel in self.channels.values():
            if channel.is_im and sorted(channel.members) == sorted(pair):
                return channel
        dm_id = f"D{user[1:]}" if not other else f"D{user[1:]}{other[1:]}"
        self.channels[dm_id] = Channel(dm_id, "", self.clock.now() // 1000, pair, is_im=True)
        return self.channels[dm_id]

    # --- messages --------------------------------------------------------------------------------------------------

    def next_ts(self) -> str:
        """A message id never given before: the instant in seconds with six decimals, always growing."""
        self._last_ts = max(self.clock.now() * 1000, self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def post(
        self,
        channel: str,
        user: str,
        text: str,
        blocks: list[Json] | None = None,
        *,
        thread_ts: str | None = None,
        broadcast: bool = False,
        metadata: Json | None = None,
        private_to: str | None = None,
    ) -> Message:
        """Store a message; a reply to a reply goes to the thread it is in, as in Slack."""
        room = self.channels[channel].messages
        parent = room.get(thread_ts) if thread_ts else None
        message = Message(
            channel=channel,
            ts=self.next_ts(),
            user=user,
            text=text,
            blocks=self._named(blocks or []),
            thread_ts=(parent.thread_ts or parent.ts) if parent else thread_ts,
            broadcast=broadcast and bool(thread_ts),
            metadata=metadata,
            private_to=private_to,
        )
        if private_to:
            self.private[message.ts] = message
        else:
            room[message.ts] = message
            if message.is_reply:
                self.channels[channel].threads.setdefault(message.thread_ts or "", []).append(message.ts)
        self.touch()
        return message

    def edit(self, message: Message, **changes: Any) -> Message:
        """Replace a message's content; the snapshot others hold stays as it was."""
        if "blocks" in changes:
            changes["blocks"] = self._named(changes["blocks"])
        if message.private_to is None:  # only what is stored in a channel is marked "(edited)"
            changes["edited"] = self.next_ts()
        new = replace(message, **changes)
        if message.private_to:
            self.private[message.ts] = new
        else:
            self.channels[message.channel].messages[message.ts] = new
        self.touch()
        return new

    def delete(self, message: Message) -> None:
        """Take a message away; where it has replies, Slack leaves "This message was deleted." in its place."""
        if message.private_to:
            self.private.pop(message.ts, None)
        elif self.replies(message.channel, message.ts):
            stone = replace(message, user=SLACKBOT, text="This message was deleted.", blocks=[], metadata=None)
            self.channels[message.channel].messages[message.ts] = replace(stone, tombstone=True)
        else:
            self.channels[message.channel].messages.pop(message.ts, None)
        self.touch()

    def current(self, message: Message) -> Message | None:
        """The message as it is now; None when it was deleted."""
        if message.private_to:
            return self.private.get(message.ts)
        found = self.channels[message.channel].messages.get(message.ts)
        return None if found and found.tombstone else found

    def replies(self, channel: str, ts: str) -> list[Message]:
        """The replies of a thread, oldest first, without its parent."""
        room = self.channels[channel]
        return [room.messages[reply] for reply in room.threads.get(ts, []) if reply in room.messages]

    def _named(self, blocks: list[Json]) -> list[Json]:
        """Blocks as Slack gives them back: each with a block id."""
        return [{"block_id": f"auto-{index}", **block} for index, block in enumerate(blocks)]

    def open_view(self, user: str) -> Form:
        """The form on top of a person's screen; LookupError where none is open."""
        form = self.forms.top(user)
        if form is None:
            raise LookupError(f"{user} has no form open")
        return form

    # --- changes ---------------------------------------------------------------------------------------------------

    def touch(self) -> None:
        self.version += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def changed(self, since: int, timeout: float) -> None:
        """Return when something changed after version ``since``, or after ``timeout`` seconds."""
        if self.version == since:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    await self._changed.wait()
