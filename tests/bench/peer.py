"""What others do the same job with, to be compared with in the same run: ``dns.asyncresolver``."""

from __future__ import annotations

import asyncio
import time
from typing import NamedTuple

import dns.asyncresolver


class Round(NamedTuple):
    rate: float
    cpu: float  #: µs a question


async def by_dnspython(port: int, asked: list[tuple[str, str]], workers: int = 100) -> Round:
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], port
    resolver.use_edns(0, 0, 1232)
    queue = iter(asked)

    async def work() -> None:
        for name, rdtype in queue:
            await resolver.resolve(f"{name}.", rdtype)

    started, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(work() for _ in range(workers)))
    took, used = time.perf_counter() - started, time.process_time() - cpu
    return Round(len(asked) / took, used / len(asked) * 1e6)
