"""What the database says, read beside the bot, compared with what people saw in Slack."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

from bot.services.outbox.refreshing import CONVERGING
from bot.tryout.slack.simulated import Message

#: Events that only somebody outside of the bot can cause.
_OUTSIDE = frozenset({"activated_outside", "gone", "records_changed", "org_changed", "deprovisioned"})


def payload(message: Message) -> dict[str, Any]:
    """``kind``, ``domain`` and ``key`` of one of the bot's messages."""
    found: dict[str, Any] = (message.metadata or {})["event_payload"]
    return found


def doubled(messages: Sequence[Message]) -> list[str]:
    """What was said more than once."""
    keys = Counter(payload(m)["key"] for m in messages)
    return [f"said {count} times: {key}" for key, count in keys.items() if count > 1]


class Ledger:
    """The database file, opened read-only for each question."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, timeout=5)) as db:
            db.row_factory = sqlite3.Row
            return list(db.execute(sql, values))

    def one(self, sql: str, *values: Any) -> Any:
        found = self.rows(sql, *values)
        return found[0][0] if found else None

    # ---- domains

    def state(self, name: str) -> str | None:
        found: str | None = self.one("SELECT state FROM domains WHERE name = ?", name)
        return found

    def body(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.one("SELECT body FROM domains WHERE name = ?", name))
        return found

    def prepared(self, name: str) -> bool:
        """The platform has given its records."""
        return self.state(name) not in (None, "registering")

    def passages(self, name: str) -> int:
        """How often the domain came to *waiting*."""
        came = "SELECT count(*) FROM history WHERE name = ? AND after = 'waiting' AND before <> after"
        found: int = self.one(came, name)
        return found

    def settled(self) -> bool:
        """No message unsent, no wish unanswered, no card that may differ from what it should show."""
        kinds = ", ".join(f"'{kind}'" for kind in CONVERGING)
        return not self.one(
            "SELECT (SELECT count(*) FROM notices WHERE state <> 'sent')"
            " + (SELECT count(*) FROM inbox WHERE answered_at IS NULL)"
            f" + (SELECT count(*) FROM posts WHERE stale = 1 AND lost = 0 AND kind IN ({kinds}))"
        )

    def summary(self) -> str:
        if not self._path.exists():
            return "no database"
        domains = [tuple(r) for r in self.rows("SELECT name, life, state, version, due_at FROM domains")]
        owed = [tuple(r) for r in self.rows("SELECT key, state, attempt, problem FROM notices WHERE state <> 'sent'")]
        wishes = [r[0] for r in self.rows("SELECT key FROM inbox WHERE answered_at IS NULL")]
        return f"domains {domains}\nowed {owed}\nunanswered {wishes}"

    # ---- the verdict

    def faults(self, messages: Sequence[Message], *, over: bool = True) -> list[str]:
        """Everything that is not as promised, in words; empty where nothing was lost and nothing came twice.

        Not ``over``: some of it is still to come, so only what nothing can put right any more.
        """
        said = [payload(m) for m in messages]
        keys = [p["key"] for p in said]
        notices = self.rows("SELECT * FROM notices ORDER BY seq")
        owed = [n["key"] for n in notices]
        wrong = doubled(messages)
        # Nobody may read a private conversation, so an unclear private message is not sent again.
        public = [n for n in notices if "to" not in json.loads(n["facts"])]
        wrong += [f"lost: {n['key']}" for n in public if n["key"] not in keys and (over or n["state"] == "sent")]
        wrong += [f"nobody owed {key}" for key in keys if key not in owed]
        wrong += [f"not recorded as sent: {n['key']} ({n['state']})" for n in notices if over and n["state"] != "sent"]
        wrong += _numbers(owed)
        # A copy of the card goes before whatever waits: the others stand in its thread. What each person is told in
        # private has an order of its own.
        streams: dict[tuple[str, str | None], list[str]] = {}
        for n in notices:
            if n["kind"] != "card":
                streams.setdefault((n["name"], json.loads(n["facts"]).get("to")), []).append(n["key"])
        for order in streams.values():
            heard = list(dict.fromkeys(p["key"] for p in said if p["key"] in order))
            if [key for key in order if key in heard] != heard:
                wrong.append(f"out of order: {heard}, not {order}")
        wrong += self._platform()
        unanswered = self.rows("SELECT key FROM inbox WHERE answered_at IS NULL") if over else []
        wrong += [f"unanswered: {r['key']}" for r in unanswered]
        if (check := self.one("PRAGMA integrity_check")) != "ok":
            wrong.append(f"the file is damaged: {check}")
        return wrong

    def gaps(self, acknowledged: Iterable[str]) -> list[str]:
        """Wishes that were acknowledged and are not on disk."""
        kept = {row["key"] for row in self.rows("SELECT key FROM inbox")}
        return [f"acknowledged and lost: {key}" for key in sorted(set(acknowledged) - kept)]

    def contradictions(self, name: str) -> list[str]:
        """What the record of one whole life, in which nobody did anything outside of the bot, cannot hold."""
        entries = self.rows("SELECT * FROM history WHERE name = ? ORDER BY life, n", name)
        approved = self.one("SELECT count(*) FROM rounds WHERE name = ? AND purpose = 'activation'"
                            " AND outcome = 'approved'", name)  # fmt: skip
        wrong = [
            f"{name}: {later['event']} went on from {later['before']}, not {earlier['after']}"
            for earlier, later in pairwise(entries)
            if later["life"] == earlier["life"] and later["before"] != earlier["after"]
        ]
        wrong += [f"{name}: {e['event']}, and nobody did it" for e in entries if e["event"] in _OUTSIDE]
        if not 1 <= self.passages(name) <= approved:
            wrong.append(f"{name}: {self.passages(name)} passages to waiting, {approved} approvals")
        return wrong

    def _platform(self) -> Iterable[str]:
        """A name registered twice would have got another key."""
        for row in self.rows("SELECT * FROM documents WHERE kind = 'embedded'"):
            held = json.loads(row["body"])["records"]
            if self.state(row["key"]) is None:
                yield f"registered, but nobody asked for it: {row['key']}"
            elif (shown := self.body(row["key"])["records"]) and shown != held:
                yield f"registered twice: {row['key']}"


def _numbers(keys: Iterable[str]) -> Iterable[str]:
    """Of each kind in each life: 1, 2, 3, ..."""
    numbers: dict[str, list[int]] = {}
    for key in keys:
        kind, _, n = key.rpartition("/")
        numbers.setdefault(kind, []).append(int(n))
    for kind, found in numbers.items():
        if found != list(range(1, len(found) + 1)):
            yield f"numbered {found}: {kind}"
