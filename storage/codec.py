"""Between rows and values: the only place that knows how a domain, a round or a notice is written down."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ParamSpec, TypeVar

from bot.errors import Unreadable
from bot.model.approval import Outcome, Purpose, Round, Vote
from bot.model.domain import EmailDomain, Entry
from bot.model.lifecycle import Kind, State
from bot.model.look import Look
from bot.model.observations import NOTHING, Observations
from bot.model.outbox import Intent, Notice, Post
from bot.model.people import Identity, Person
from bot.model.records import DnsRecord, key_digest, public_key

Row = Mapping[str, Any]
P = ParamSpec("P")
T = TypeVar("T")

#: Columns of their own, because queries need them; everything else of a domain is one JSON document.
_COLUMNS = ("team", "name", "life", "version", "state", "owner", "channel", "due_at")
_FIELDS = dataclasses.fields(EmailDomain)
_BODY = {f.name: f.default for f in _FIELDS if f.name not in _COLUMNS}
_DEFAULTS = {f.name: f.default for f in _FIELDS if f.default is not dataclasses.MISSING}
_TUPLES = frozenset(
    {"conflicts", "unread", "nameservers", "baseline", "said", "suspect", "told", "guarded", "refused", "found_again"}
)


def dump(body: Any) -> str:
    """As JSON that SQLite takes. What comes in is storable already; should a door have been forgotten, this is not
    where a domain stops."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def domain_row(domain: EmailDomain) -> dict[str, Any]:
    """What has its default is left out: it takes its default again when it is read."""
    body = {name: value for name, default in _BODY.items() if (value := getattr(domain, name)) != default}
    body["records"] = [record.as_json() for record in domain.records]
    if domain.observations is not NOTHING and domain.observations != NOTHING:
        body["observations"] = domain.observations.as_json()
    if domain.look is not None:
        body["look"] = domain.look.as_json(domain.records)
    if domain.round is not None:
        body["round"] = domain.round.id
    key = public_key(domain.records)
    columns = {name: getattr(domain, name) for name in _COLUMNS}
    columns["dkim"] = key_digest(key) if key else None
    return columns | {"state": domain.state.value, "turn": domain.turn.value, "body": dump(body)}


#: What reading raises where a row holds a word, or a shape, that this version does not know.
_STRANGE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)


def _reading(read: Callable[P, T]) -> Callable[P, T]:
    """Whatever is strange in a row raises ``Unreadable``, which stops that row only."""

    @functools.wraps(read)
    def checked(*values: P.args, **more: P.kwargs) -> T:
        try:
            return read(*values, **more)
        except _STRANGE as error:
            row = values[0]
            name = str(row.get("name") or row.get("key") or "") if isinstance(row, Mapping) else ""
            raise Unreadable(name, f"{type(error).__name__}: {error}"[:200]) from error

    return checked


@_reading
def domain(row: Row, round_of: Callable[[int], Round | None] = lambda _: None) -> EmailDomain:
    """``round_of`` fetches the open round that the row names; its body is text, or what was read from it.

    Raises ``Unreadable``, as all of these do.
    """
    body = row["body"] if isinstance(row["body"], dict) else json.loads(row["body"])
    # A field this version no longer has is dropped; one it has gained since takes its default.
    values = _DEFAULTS.copy()
    for name, value in body.items():
        if name in _BODY and value is not None:
            values[name] = tuple(value) if name in _TUPLES else value
    values["records"] = records = tuple([DnsRecord.from_json(r) for r in body["records"]])
    if "observations" in body:
        values["observations"] = Observations.from_json(body["observations"])
    if values["removing_from"] is not None:
        values["removing_from"] = State(values["removing_from"])
    if values["look"] is not None:
        values["look"] = Look.from_json(values["look"], records)
    if values["round"] is not None:
        values["round"] = round_of(values["round"])
    for name in _COLUMNS:
        values[name] = row[name]
    values["state"] = State(row["state"])
    if len(values) < len(_FIELDS):
        raise KeyError(*{f.name for f in _FIELDS} - values.keys())
    return EmailDomain.of(values)


def round_row(team: str, name: str, life: int, asked: Round) -> dict[str, Any]:
    return {
        "team": team, "name": name, "id": asked.id, "life": life, "purpose": asked.purpose.value,
        "asked_by": asked.asked_by, "asked_at": asked.asked_at, "digest": asked.digest, "quorum": asked.quorum,
        "expires_at": asked.expires_at, "remind_at": dump(asked.remind_at),
        "closed_at": asked.closed_at, "outcome": asked.outcome.value if asked.outcome else None,
        "decided_by": asked.decided_by, "reason": asked.reason, "channel": asked.channel,
        "approvers": dump(asked.approvers) if asked.approvers is not None else None,
    }  # fmt: skip


@_reading
def round_(row: Row, votes: Sequence[Row]) -> Round:
    return Round(
        id=row["id"],
        purpose=Purpose(row["purpose"]),
        asked_by=row["asked_by"],
        asked_at=row["asked_at"],
        digest=row["digest"],
        quorum=row["quorum"],
        expires_at=row["expires_at"],
        remind_at=tuple(json.loads(row["remind_at"])),
        votes=tuple(Vote(v["user"], v["at"]) for v in votes),
        closed_at=row["closed_at"],
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        decided_by=row["decided_by"],
        reason=row["reason"],
        channel=row["channel"],
        approvers=tuple(json.loads(row["approvers"])) if row["approvers"] else None,
    )


@_reading
def entry(row: Row) -> Entry:
    return Entry(
        row["at"], row["event"], row["before"], row["after"], row["by"], row["why"], json.loads(row["evidence"])
    )


_NOTICE = tuple(f.name for f in dataclasses.fields(Notice))
_POST = tuple(f.name for f in dataclasses.fields(Post))


@_reading
def notice(row: Row) -> Notice:
    values = {name: row[name] for name in _NOTICE}
    facts = json.loads(row["facts"])
    if not isinstance(facts, dict):
        raise TypeError("facts that are none")
    return Notice(**values | {"kind": Kind(row["kind"]), "facts": facts})


@_reading
def post(row: Row) -> Post:
    return Post(**{name: row[name] for name in _POST} | {"kind": Kind(row["kind"])})


@_reading
def intent(row: Row) -> Intent:
    body = json.loads(row["body"])
    if not isinstance(body, dict):
        raise TypeError("a wish that is none")
    return Intent(row["key"], row["team"], body, row["received_at"], row["done_at"] is not None)


@_reading
def person(row: Row) -> Person:
    return Person(**_known(Person, row))


@_reading
def identity(row: Row) -> Identity:
    return Identity(**_known(Identity, row))


def _known(kind: type[Person | Identity], row: Row) -> dict[str, Any]:
    """What this version has fields for; a newer one may have written more."""
    body = json.loads(row["body"])
    return {f.name: body[f.name] for f in dataclasses.fields(kind) if f.name in body}


@_reading
def document(row: Row) -> dict[str, Any]:
    body = json.loads(row["body"])
    if not isinstance(body, dict):
        raise TypeError("a document that is none")
    return body


def load(text: str) -> Any:
    return json.loads(text)
