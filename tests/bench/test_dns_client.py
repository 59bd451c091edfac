"""What a question costs: against NSD on loopback, compared with dnspython's resolver and with dnsperf in the same run.

The machine may be busy with other things, so rounds alternate and ratios are of medians; CPU time is our process's
own, where the least of all rounds says most about the code and least about the neighbours.
"""

from __future__ import annotations

import asyncio
import gc
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.dns.client.client import DnsClient
from tests.bench.nsd import dnsperf, missing, nsd, questions, zone
from tests.bench.peer import Round, by_dnspython

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

DOMAINS, ROUNDS = 10_000, 5

#: CPU µs that ``dns.asyncresolver`` takes for a question on such a machine while nobody else uses it. What it takes
#: more in the same run is the neighbours' doing, and ours gets as much more.
QUIET = 263


async def by_client(port: int, asked: list[tuple[str, str]], workers: int = 300) -> Round:
    client, queue, good = DnsClient(), iter(asked), 0

    async def work() -> None:
        nonlocal good
        for name, rdtype in queue:
            reply = await client.query(name, rdtype, "127.0.0.1", port, recursive=False)
            good += bool(reply.answer)

    started, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(work() for _ in range(workers)))
    took, used = time.perf_counter() - started, time.process_time() - cpu
    await client.close()
    assert good > 0.999 * len(asked)
    return Round(len(asked) / took, used / len(asked) * 1e6)


@pytest.fixture
def quiet() -> Iterator[None]:
    """What pytest has loaded is not looked through for garbage again and again."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("quiet")
@pytest.mark.skipif(missing("nsd", "dnsperf") is not None, reason=str(missing("nsd", "dnsperf")))
async def test_throughput_and_cpu(tmp_path: Path) -> None:
    asked = questions(DOMAINS)
    ours, theirs, perf = list[Round](), list[Round](), list[float]()
    with nsd(tmp_path, zone(DOMAINS)) as port:
        await by_client(port, asked)  # warm
        for _ in range(ROUNDS):
            perf.append(await asyncio.to_thread(dnsperf, tmp_path, port, asked, 2))
            ours.append(await by_client(port, asked * 2))
            theirs.append(await by_dnspython(port, asked[:3000]))
    rate, slow, fast = (statistics.median(rates) for rates in ([r.rate for r in ours], [r.rate for r in theirs], perf))
    cpu = [r.cpu for r in ours]
    sys.stdout.write(
        f"\nclient {rate:,.0f} q/s, {min(cpu):.1f} µs CPU a question (median {statistics.median(cpu):.1f}); "
        f"dns.asyncresolver {slow:,.0f} q/s, {min(r.cpu for r in theirs):.0f} µs; dnsperf {fast:,.0f} q/s; "
        f"ratios {rate / slow:.1f} and {rate / fast:.2f}\n"
    )
    assert rate >= 10 * slow
    assert rate >= 0.25 * fast
    assert min(cpu) <= 25 * max(1, min(r.cpu for r in theirs) / QUIET)


IN_FLIGHT = """
import asyncio, gc, json, os, socket, sys
from bot.dns.client.client import DnsClient

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

async def main():
    servers = [f"127.9.{n // 250}.{n % 250 + 1}" for n in range(int(sys.argv[1]))]
    holes = [socket.socket(type=socket.SOCK_DGRAM) for _ in servers]
    for server, hole in zip(servers, holes):
        hole.bind((server, 5399))
    names = [f"scph1126._domainkey.m{n}.bench.test" for n in range(10_000)]
    client = DnsClient()

    def ask(n, timeout):
        where = servers[n % len(servers)], 5399
        return asyncio.create_task(client.query(names[n], "TXT", *where, recursive=False, timeout=timeout))

    await asyncio.gather(*(ask(n, 0.01) for n in range(20)))
    gc.collect()
    before = resident()
    tasks = [ask(n, 60) for n in range(10_000)]
    await asyncio.sleep(0.5)
    flying = sum(one.flying for one in client._servers.values())
    found = {"flying": flying, "memory": resident() - before, "files": len(os.listdir("/proc/self/fd")) - len(holes)}
    await client.close()
    await asyncio.gather(*tasks)
    print(json.dumps(found))

asyncio.run(main())
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize("servers", [1, 500])
def test_ten_thousand_in_flight_against_a_black_hole(servers: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IN_FLIGHT, str(servers)], capture_output=True, text=True, check=True, timeout=120
    )
    found = json.loads(done.stdout)
    sys.stdout.write(f"\n{servers} servers: {found['memory'] / 1e6:.1f} MB, {found['files']} file descriptors\n")
    assert found["flying"] == 10_000
    assert found["memory"] <= 15e6 + 2000 * (servers - 1)  # 9.8 MB of it are the tasks that wait
    assert found["files"] <= 64
