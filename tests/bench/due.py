"""A program of its own: so many watched domains in a real database, all due at once, swept by the bot's own parts.

``python -m tests.bench.due FOLDER PORT DOMAINS ZONES`` writes what it measured as one line of JSON.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from sqlite_utils import Database

from bot.app import Bot
from bot.config import settings
from bot.model import names
from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from bot.model.look import Answer, Finding, Look, RecordLook, Status
from bot.model.records import DnsRecord, RecordType
from bot.model.schedule import Rhythm, due_at
from bot.runtime.clock import SystemClock
from bot.runtime.tuning import tune_interpreter
from storage import codec
from tests.bench.nsd import KEY

TEAM = "T0XYZCORP"
TARGET = "sparkpostmail.com"

#: Of each hundred domains: those that wait for their records, those whose records came since the last look, and those
#: whose CNAME was changed since. The others are open and as they were.
WAITING, CAME, BROKE = frozenset(range(3, 93, 6)), frozenset({7, 58}), frozenset({99})

#: Where the name servers, the parent's and the recursor's stand-in are, and the public resolvers.
ADDRESSES = tuple(f"127.0.0.{n}" for n in range(1, 6))

_HOUR = 3600_000

_BEAT = 0.005


def numbered(domains: int, zones: int) -> Iterator[tuple[int, str, str]]:
    """(number, zone, name of the domain)."""
    for n in range(domains):
        zone = f"z{n % zones}.test"
        yield n, zone, f"m{n}.{zone}"


def zonefiles(domains: int, zones: int) -> dict[str, list[str]]:
    """The rows of every zone, by its name."""
    head = ["$TTL 86400", "@ SOA ns1 host 1 7200 900 1209600 60", "@ NS ns1", "@ NS ns2",
            "ns1 A 127.0.0.1", "ns2 A 127.0.0.2"]  # fmt: skip
    found = {"test": list(head)}
    for number in range(zones):
        found[f"z{number}.test"] = list(head)
        found["test"] += [f"z{number} NS ns{n}.z{number}" for n in (1, 2)]
        found["test"] += [f"ns{n}.z{number} A 127.0.0.{n}" for n in (1, 2)]
    text = f'"v=DKIM1; k=rsa; h=sha256; p={KEY[:200]}" "{KEY[200:]}"'
    for n, zone, _ in numbered(domains, zones):
        if n % 100 in WAITING:
            continue
        target = "elsewhere.example" if n % 100 in BROKE else TARGET
        found[zone] += [f"scph1126._domainkey.m{n} TXT {text}", f"m{n} CNAME {target}."]
    return found


def domain(n: int, name: str, now: int) -> EmailDomain:
    """Due a moment ago, and for nothing but a look."""
    waits = n % 100 in WAITING | CAME
    records = (
        DnsRecord(RecordType.TXT, f"scph1126._domainkey.{name}", f"v=DKIM1; k=rsa; h=sha256; p={KEY}"),
        DnsRecord(RecordType.CNAME, name, TARGET),
    )
    found = EmailDomain(
        team=TEAM, name=name, life=1, version=1, state=State.AWAITING_DNS if waits else State.OPEN,
        since=now - 6 * _HOUR, owner="U0ALEX", channel="C0MAIL", added_by="U0ALEX", added_at=now - 24 * _HOUR,
        org="XYZ Corp", records=records, watch_from=now - 6 * _HOUR, next_look_at=now - 1000 - n % 1000,
        next_platform_at=now + _HOUR, told=() if waits else ("seen",),
        look=last_look(name, records, missing=waits, at=now - _HOUR),
    )  # fmt: skip
    return found.but(due_at=due_at(found, Rhythm.at(1)))


def last_look(name: str, records: tuple[DnsRecord, ...], *, missing: bool, at: int) -> Look:
    """What was seen before the outage."""
    zone = name.partition(".")[2]
    servers = ((f"ns1.{zone}", "127.0.0.1"), (f"ns2.{zone}", "127.0.0.2"))
    resolvers = tuple((f"r{n}", f"127.0.0.{n}") for n in (3, 4, 5))

    def said(who: tuple[tuple[str, str], ...], record: DnsRecord) -> tuple[Answer, ...]:
        if missing:
            return tuple(Answer(*server, Status.MISSING, why="nxdomain") for server in who)
        return tuple(Answer(*server, Status.RIGHT, (record.value,)) for server in who)

    findings = tuple(
        Finding(code, "missing", rdtype.value, {"host": record.host})
        for code, rdtype, record in zip(("MISSING_DKIM", "MISSING_CNAME"), RecordType, records, strict=True)
    )
    return Look(
        name=name, at=at, zone=zone, nameservers=("ns1." + zone, "ns2." + zone), confirmed=not missing, thorough_at=at,
        records=tuple(RecordLook(r, said(servers, r), () if missing else said(resolvers, r)) for r in records),
        findings=findings if missing else (),
    )  # fmt: skip


def fill(path: Path, domains: int, zones: int, now: int) -> None:
    """Rows as the store writes them."""
    db = Database(path, execute_plugins=False)
    db.table("domains").insert_all((codec.domain_row(domain(n, name, now)) for n, _, name in numbered(domains, zones)))
    db.close()


class Pulse:
    """The longest time in which the event loop did nothing else (s)."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._last = time.perf_counter()

    def beat(self) -> None:
        now = time.perf_counter()
        self.longest = max(self.longest, now - self._last - _BEAT)
        self._last = now
        asyncio.get_running_loop().call_later(_BEAT, self.beat)


def resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def measure(folder: Path, port: int, domains: int, zones: int) -> dict[str, object]:
    environment = {
        "SLACK_BOT_TOKEN": "xoxb-bench",
        "SLACK_APP_TOKEN": "xapp-bench",
        "SLACK_API_URL": "http://127.0.0.1:9/api/",
        "EMAILDOMAIN_PLATFORM": "embedded",
        "EMAILDOMAIN_DATABASE": str(folder / "due.db"),
        "EMAILDOMAIN_RECURSOR": f"127.0.0.1:{port}",
        "EMAILDOMAIN_DNS_PORT": str(port),
        "EMAILDOMAIN_DNS_PRIVATE": "yes",
        "EMAILDOMAIN_RESOLVERS": ",".join(f"r{n}=127.0.0.{n}:{port}" for n in (3, 4, 5)),
    }
    bot = Bot(settings.load(environment, None))
    now = SystemClock().now()
    await asyncio.to_thread(fill, folder / "due.db", domains, zones, now)
    names.registrable("example.com")  # as at the start of the bot
    gc.collect()
    tune_interpreter()  # as ``emaildomain run`` does
    before, cpu, began = resident(), time.process_time(), time.perf_counter()
    pulse = Pulse()
    pulse.beat()
    peak = before

    async def watch() -> None:
        nonlocal peak
        while True:
            peak = max(peak, resident())
            await asyncio.sleep(0.2)

    watching = asyncio.create_task(watch())
    upcoming = await bot.sweeper.sweep()
    took, used = time.perf_counter() - began, time.process_time() - cpu
    watching.cancel()
    await bot.stop()
    db = Database(folder / "due.db", execute_plugins=False)
    looked = Counter[str]()
    for row in db.query("SELECT * FROM domains"):
        look = codec.domain(row).look
        assert look is not None
        looked[f"{row['state']} {look.verdict} {'new' if look.at == look.thorough_at else 'repeated'}"] += 1
    left = db.execute("SELECT count(*) FROM domains WHERE due_at <= ?", (now,)).fetchone()[0]
    assert upcoming is not None and upcoming > now
    return {
        "seconds": took, "cpu": used, "longest": pulse.longest, "memory": peak - before, "left": left,
        "looked": dict(looked),
    }  # fmt: skip


if __name__ == "__main__":
    where, *numbers = sys.argv[1:]
    sys.stdout.write(json.dumps(asyncio.run(measure(Path(where), *map(int, numbers)))) + "\n")
