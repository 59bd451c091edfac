"""A hundred thousand watched domains, all due at once: looked at over real packets, decided and stored.

The budgets are absolute. What ``dns.asyncresolver`` takes for a question right before and right after is printed beside
them, since it tells how fast the machine was.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.due import ADDRESSES, BROKE, CAME, WAITING, numbered, zonefiles
from tests.bench.nsd import missing, nsd
from tests.bench.peer import by_dnspython

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

DOMAINS, ZONES = 100_000, 1_000

#: Questions that ``dns.asyncresolver`` is asked each time, about domains whose records are there.
ASKED = [
    question
    for n, _, name in numbered(8_000, ZONES)
    if n % 100 not in WAITING
    for question in ((f"scph1126._domainkey.{name}", "TXT"), (name, "CNAME"))
][:6_000]


@pytest.mark.skipif(missing("nsd") is not None, reason=str(missing("nsd")))
def test_all_due_at_once(tmp_path: Path) -> None:
    with nsd(tmp_path, zonefiles(DOMAINS, ZONES), ADDRESSES) as port:
        command = [sys.executable, "-m", "tests.bench.due", str(tmp_path), str(port), str(DOMAINS), str(ZONES)]
        before = asyncio.run(by_dnspython(port, ASKED)).rate
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=800)
        theirs = 1e6 / statistics.mean((before, asyncio.run(by_dnspython(port, ASKED)).rate))
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    sys.stdout.write(
        f"\n{DOMAINS:,} domains in {found['seconds']:.1f} s, {found['cpu'] / DOMAINS * 1e6:.0f} µs CPU each; "
        f"loop blocked {found['longest'] * 1000:.0f} ms at most; memory grown by {found['memory'] / 1e6:.0f} MB; "
        f"dns.asyncresolver {theirs:.0f} µs a question; {found['looked']}\n"
    )
    share = DOMAINS // 100
    assert found["left"] == 0
    assert found["looked"]["awaiting_dns missing repeated"] == len(WAITING) * share
    assert found["looked"]["degraded wrong new"] == len(BROKE) * share
    assert sum(n for what, n in found["looked"].items() if what.endswith("visible new")) == len(CAME) * share
    assert found["looked"]["open visible repeated"] == (100 - len(WAITING | BROKE | CAME)) * share
    assert found["seconds"] < 60
    assert found["longest"] <= 0.05
    assert found["memory"] < 150e6
