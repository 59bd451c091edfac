"""A real authoritative server, NSD, on loopback, with as many domains as wanted; and dnsperf against it."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

KEY = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA" + "Zx9+/" * 66 + "IDAQAB"
ZONE = "bench.test"


def missing(*programs: str) -> str | None:
    """What to tell where something must be installed first; None where all is there."""
    absent = [p for p in programs if shutil.which(p, path="/usr/sbin:/usr/bin:/sbin:/bin") is None]
    return f"needs {' and '.join(absent)} (Debian: apt-get install {' '.join(absent)})" if absent else None


def questions(domains: int) -> list[tuple[str, str]]:
    """Both records of each domain."""
    names = [f"m{number}.{ZONE}" for number in range(domains)]
    return [q for name in names for q in ((f"scph1126._domainkey.{name}", "TXT"), (name, "CNAME"))]


def zone(domains: int) -> dict[str, list[str]]:
    """One zone with both records of so many domains."""
    rows = ["$TTL 300", "@ SOA ns1 host 1 7200 900 1209600 60", "@ NS ns1", "ns1 A 127.0.0.1"]
    text = f'"v=DKIM1; k=rsa; h=sha256; p={KEY[:200]}" "{KEY[200:]}"'
    for number in range(domains):
        rows += [f"scph1126._domainkey.m{number} TXT {text}", f"m{number} CNAME sparkpostmail.com."]
    return {ZONE: rows}


@contextmanager
def nsd(folder: Path, zones: Mapping[str, Sequence[str]], addresses: Sequence[str] = ("127.0.0.1",)) -> Iterator[int]:
    """NSD with these zones at these addresses; the port it listens on."""
    port = _free()
    served = "".join(f" ip-address: {address}@{port}\n" for address in addresses)
    for name, rows in zones.items():
        (folder / f"zone.{name}").write_text("\n".join([f"$ORIGIN {name}.", *rows]) + "\n")
    (folder / "nsd.conf").write_text(
        f'server:\n{served} username: ""\n zonesdir: "{folder}"\n database: ""\n'
        f' pidfile: ""\n xfrdfile: ""\n zonelistfile: "{folder}/list"\n logfile: "{folder}/log"\n server-count: 1\n'
        f" rrl-ratelimit: 0\n minimal-responses: yes\n"
        f"remote-control:\n control-enable: no\n"
        + "".join(f"zone:\n name: {name}\n zonefile: zone.{name}\n" for name in zones)
    )
    program = shutil.which("nsd", path="/usr/sbin:/usr/bin") or "nsd"
    process = subprocess.Popen([program, "-d", "-c", str(folder / "nsd.conf")], stderr=subprocess.DEVNULL)
    try:
        _await(port, process, folder, next(iter(zones)))
        yield port
    finally:
        process.terminate()
        process.wait()


def dnsperf(folder: Path, port: int, asked: list[tuple[str, str]], seconds: float) -> float:
    """Queries a second of dnsperf, one thread, 200 at once."""
    data = folder / "questions"
    data.write_text("".join(f"{name} {rdtype}\n" for name, rdtype in asked))
    command = ["dnsperf", "-s", "127.0.0.1", "-p", str(port), "-d", str(data), "-l", str(int(seconds)), "-q", "200"]
    done = subprocess.run([*command, "-c", "1", "-T", "1", "-e"], capture_output=True, text=True, check=True)
    found = re.search(r"Queries per second:\s+([\d.]+)", done.stdout)
    assert found, done.stdout
    return float(found[1])


def _free() -> int:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _await(port: int, process: subprocess.Popen[bytes], folder: Path, name: str) -> None:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    query = b"\0\1\0\0\0\1\0\0\0\0\0\0" + labels + b"\0\0\6\0\1"
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.1)
        for _ in range(600):
            assert process.poll() is None, (folder / "log").read_text()
            sock.sendto(query, ("127.0.0.1", port))
            try:
                if sock.recv(512)[6:8] == b"\0\1":
                    return
            except OSError:
                time.sleep(0.05)
    raise AssertionError("nsd does not answer")
