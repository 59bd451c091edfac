"""A database with many domains in it, written straight into the file: each as it is after a few weeks of watching."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.model.domain import EmailDomain
from bot.model.lifecycle import Kind, State
from bot.model.look import Answer, Look, RecordLook, Status
from bot.model.people import Identity, Person
from bot.model.records import DnsRecord, RecordType
from storage import codec
from storage.database_file import connect, migrate, private

HOUR = 3_600_000
_KEY = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A" + "k" * 360

#: Of a hundred domains, how many stand where.
_STATES = [*[State.OPEN] * 70, *[State.AWAITING_DNS] * 15, *[State.READY] * 8, *[State.DEGRADED] * 4,
           *[State.REMOVED] * 3]  # fmt: skip


def write(
    path: Path, n: int, *, team: str, channel: str, owner: str, now: int, due_in: int = 48 * HOUR,
    people: Sequence[str] = (),
) -> None:  # fmt: skip
    """``n`` domains ``d<number>.xyzcorp.com`` of one team, each due within an hour after ``due_in`` ms, with its card
    and one message more; all is sent and shown.
    """
    private(path)
    migrate(path)
    db = connect(path)
    db.execute("BEGIN IMMEDIATE")
    identity = Identity(team=team, user="U0BOT", bot="B0BOT", url="", name="")
    body = codec.dump({name: getattr(identity, name) for name in identity.__dataclass_fields__})
    db.execute("INSERT OR REPLACE INTO identity VALUES (?, ?)", (team, body))
    for person in people:
        known = Person(person, team)
        body = codec.dump({name: getattr(known, name) for name in known.__dataclass_fields__})
        db.execute("INSERT INTO people VALUES (?, ?, ?)", (team, person, body))
    for number in range(n):
        domain = _domain(number, team, channel, owner, now, due_in)
        row = codec.domain_row(domain)
        db.execute(f"INSERT INTO domains ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", tuple(row.values()))
        for at, event in enumerate(("added", "records_known", "dns_ready")):
            db.execute(
                "INSERT INTO history VALUES (?, ?, 1, ?, ?, ?, NULL, NULL, ?, '', '{}')",
                (*domain.id, at + 1, now, event, owner),
            )
        for k, kind in enumerate((Kind.RECORDS, Kind.READY)):
            seq, key = 2 * number + k + 1, domain.key(kind.value, 1)
            db.execute(
                "INSERT INTO notices (team, key, seq, name, life, kind, n, facts, created_at, state, attempt, channel)"
                " VALUES (?, ?, ?, ?, 1, ?, 1, '{}', ?, 'sent', 1, ?)",
                (team, key, seq, domain.name, kind.value, now, channel),
            )
            db.execute(
                "INSERT INTO posts (team, key, name, life, kind, channel, ts, shown, version)"
                " VALUES (?, ?, ?, 1, ?, ?, ?, 'hash', ?)",
                (team, key, domain.name, kind.value, channel, f"{1_700_000_000 + seq}.000000", domain.version),
            )
    db.execute("COMMIT")
    db.close()


def _domain(number: int, team: str, channel: str, owner: str, now: int, due_in: int) -> EmailDomain:
    name = f"d{number}.xyzcorp.com"
    due = now + due_in + number * 7919 % HOUR
    records = (
        DnsRecord(RecordType.TXT, f"scph1126._domainkey.{name}", f"v=DKIM1; k=rsa; h=sha256; p={_KEY}"),
        DnsRecord(RecordType.CNAME, name, "sparkpostmail.com"),
    )
    servers = tuple(Answer(f"ns{k}.xyzcorp.com", f"192.0.2.{k}", Status.RIGHT, ("...",)) for k in range(4))
    look = Look(name, now, tuple(RecordLook(record, servers, servers[:3]) for record in records), confirmed=True)
    return EmailDomain(
        team=team, name=name, life=1, version=3, state=_STATES[number * 37 % 100], since=now, owner=owner,
        channel=channel, added_by=owner, added_at=now, records=records, org="Practice", look=look, told=("seen",),
        next_look_at=due, next_platform_at=due, due_at=due, watch_from=now,
    )  # fmt: skip
