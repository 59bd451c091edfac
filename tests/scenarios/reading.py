"""What is on people's screens and what is in the database, for stories that compare before and after."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from bot.tryout.slack.message import Worded
from bot.tryout.slack.simulated import Message, words
from tests.scenarios.world import HOUR, World

Json = dict[str, Any]


def kept(world: World) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that is stored about domains: nothing of it may change where a wish was refused."""
    tables = ("domains", "history", "rounds", "votes", "notices", "posts")
    with closing(sqlite3.connect(world.path / "emaildomain.db")) as db:
        return {table: sorted(db.execute(f"SELECT * FROM {table}"), key=repr) for table in tables}


def buttons(shown: Worded) -> list[Json]:
    """The buttons of a message, in order."""
    rows = [block for block in shown.blocks if block["type"] == "actions"]
    return [element for row in rows for element in row["elements"]]


def button(shown: Worded, verb: str) -> Json:
    return next(b for b in buttons(shown) if b["action_id"].partition(":")[0] == verb)


def labels(shown: Worded) -> list[str]:
    return [b["text"]["text"] for b in buttons(shown)]


def alone(shown: Worded) -> list[str]:
    """The values that can be copied whole: each stands in a box of its own."""
    boxes = [e for block in shown.blocks if block["type"] == "rich_text" for e in block["elements"]]
    return ["".join(p["text"] for p in e["elements"]) for e in boxes if e["type"] == "rich_text_preformatted"]


def fact(shown: Worded, label: str) -> str:
    """The value below a bold label in two columns."""
    fields = [f["text"] for block in shown.blocks for f in block.get("fields", ())]
    found: str = next(text.partition("\n")[2] for text in fields if text.startswith(f"*{label}*"))
    return found


def on_screen(world: World) -> list[Message]:
    """Everything the bot has written, as it reads now: in channels, in private, in direct messages."""
    bot = world.slack.workspace.bot_user
    rooms = [m for room in world.slack.workspace.channels.values() for m in room.messages.values()]
    private = list(world.slack.workspace.private.values())
    return [m for m in (*rooms, *private) if m.user == bot and not m.tombstone]


def ever_sent(world: World) -> Iterator[str]:
    """Every text that ever left the bot, edits included: fallback and blocks, as one string each."""
    for call in world.slack.calls:
        if call.args.get("text") or call.args.get("blocks"):
            blocks = call.args.get("blocks") or []
            blocks = json.loads(blocks) if isinstance(blocks, str) else blocks
            yield json.dumps([call.args.get("text", ""), blocks], ensure_ascii=False)


def reads(shown: Message) -> str:
    """All that somebody reads of a message: in the notification and on the screen."""
    return f"{shown.text}\n{words(shown)}"


def expect(text: str, *parts: str) -> None:
    """Somebody reads all of these."""
    missing = [part for part in parts if part not in text]
    assert not missing, f"{missing} cannot be read in: {text}"


async def asleep(world: World, *, hours: float) -> None:
    """The clock jumps, as when a laptop is closed: quicker than every look on the way."""
    world.clock.forward(round(hours * HOUR))
    await world.forward(seconds=30)
