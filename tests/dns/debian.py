"""An internet of real servers on loopback: knot as root, top-level domain, primary and secondary; unbound as resolver.

What our own servers (``bot.tryout.dns``) say is what we believe servers say; these are the ones people run. Everything
listens on one block of 127.0.0.0/8 at one high port, needs no rights, and dies with the process that started it.
"""

from __future__ import annotations

import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import dns.dnssec
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rdtypes.ANY.DNSKEY
import dns.rdtypes.ANY.SOA
import dns.tsigkeyring
import dns.update

from bot.model.records import DnsRecord, RecordType
from tests.dns.debianconf import KEY, PRIMARY, SECONDARY, TOP, UNBOUND, Place, Zone, above, knot, unbound, zone_text

#: What must be installed; setpriv (util-linux) lets a server die with its parent.
PROGRAMS = ("knotd", "knotc", "unbound", "setpriv")

#: Seconds that a server may take to start, or a secondary to follow, on a busy machine.
_PATIENCE = 20

#: Seconds to wait for an answer that may not come yet.
_POLL = 0.1

_KEYRING = dns.tsigkeyring.from_text({"lab.": KEY})


def missing() -> list[str]:
    """The programs that are not installed."""
    return [program for program in PROGRAMS if not _program(program)]


def _program(name: str) -> str | None:
    # A user's PATH on Debian lacks the directories of servers.
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")


class Debian:
    """The running servers. ``zones`` are there from the start; a root and the top-level domains come by themselves."""

    def __init__(self, *zones: Zone) -> None:
        tops = sorted({zone.name.rpartition(".")[2] for zone in zones})
        self.zones = (Zone("", (TOP,), ds=""), *(Zone(top, (TOP,), ds=top) for top in tops), *zones)
        block = f"127.{random.randint(16, 250)}.{random.randint(0, 255)}"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((f"{block}.1", 0))
            port = probe.getsockname()[1]
        self.place = Place(block, port, Path(tempfile.mkdtemp(prefix="dns-")))
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._held: set[str] = set()

    # ---- life

    def start(self) -> None:
        """Returns when every server answers for every zone. Raises RuntimeError with the log of one that does not."""
        try:
            for server in (TOP, PRIMARY, SECONDARY):
                self._start_knot(server)
            for zone in self.zones:
                self._vouch(zone)
            self._start_unbound()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()
        shutil.rmtree(self.place.directory, ignore_errors=True)

    # ---- what the bot is told

    @property
    def port(self) -> int:
        return self.place.port

    @property
    def resolver(self) -> tuple[str, int]:
        """unbound: it validates, remembers, and says why it fails."""
        return self.place.address(UNBOUND), self.port

    # ---- records

    def publish(self, *records: DnsRecord, refresh: bool = True) -> None:
        """Adds records at the primary; on return the secondary has them too, unless it is held back.

        Without ``refresh`` the secondary is left to the primary's notification, which comes a second later.
        """
        for record in records:
            self.add(record.host, record.type.value, record.value, refresh=refresh)

    def add(self, host: str, rdtype: str, value: str, *, refresh: bool = True) -> None:
        def change(update: dns.update.UpdateMessage, name: dns.name.Name) -> None:
            update.add(name, 60, rdtype, _presented(rdtype, value))

        self._update(host, change, refresh=refresh)

    def withdraw(self, *records: DnsRecord) -> None:
        """Deletes all records of the type that stand at the host."""
        for record in records:
            self._update(record.host, partial(_delete, rdtype=record.type.value))

    def hold(self, zone: str) -> None:
        """From now on the secondary does not follow."""
        self._control(SECONDARY, "zone-freeze", zone)
        self._held.add(zone)

    def release(self, zone: str) -> None:
        """The secondary follows again; on return it has."""
        self._control(SECONDARY, "zone-thaw", zone)
        self._held.discard(zone)
        self._control(SECONDARY, "zone-refresh", zone)
        self.followed(zone)

    def followed(self, zone: str) -> None:
        """Returns when the secondary has what the primary has. Raises RuntimeError where that takes too long."""
        self._wait(SECONDARY, lambda: self.serial(zone, SECONDARY) == self.serial(zone, PRIMARY))

    # ---- asking past the bot

    def ask(self, name: str, rdtype: str, server: str, *, edns: bool = True, timeout: float = 2) -> dns.message.Message:
        """The server's answer over UDP; its own words, where the bot's reading is in question."""
        query = dns.message.make_query(name, rdtype, use_edns=0 if edns else None)
        if server != UNBOUND:
            query.flags &= ~dns.flags.RD
        return dns.query.udp(query, self.place.address(server), timeout=timeout, port=self.port)

    def resolve(self, record: DnsRecord) -> dns.message.Message:
        """What unbound says of a record to somebody who wants to know whether it is proven, and now remembers."""
        query = dns.message.make_query(record.host, record.type.value, use_edns=0, flags=dns.flags.RD | dns.flags.AD)
        return dns.query.udp(query, self.resolver[0], timeout=5, port=self.port)

    def serial(self, zone: str, server: str) -> int | None:
        """The serial number of the zone there; None where there is none yet."""
        try:
            answer = self.ask(f"{zone}.", "SOA", server, timeout=_POLL).answer
        except (dns.exception.Timeout, OSError):
            return None
        return next((soa.serial for rrset in answer for soa in rrset if isinstance(soa, dns.rdtypes.ANY.SOA.SOA)), None)

    def log(self, server: str) -> str:
        return (self.place.at(server) / "log").read_text()

    # ---- inside

    def _update(
        self, host: str, change: Callable[[dns.update.UpdateMessage, dns.name.Name], None], *, refresh: bool = True
    ) -> None:
        """Changes the zone that holds ``host``."""
        zone = max((zone for zone in self.zones if zone.holds(host)), key=lambda zone: len(zone.name))
        self._send(zone, lambda update: change(update, dns.name.from_text(host)))
        if refresh and zone.serves(SECONDARY) and zone.name not in self._held:
            self._control(SECONDARY, "zone-refresh", zone.name)
            self.followed(zone.name)

    def _send(self, zone: Zone, change: Callable[[dns.update.UpdateMessage], None]) -> None:
        """One dynamic update (RFC 2136), signed (RFC 8945)."""
        server = next(server for server in zone.servers if zone.serves(server))
        message = dns.update.UpdateMessage(zone.dotted, keyring=_KEYRING)
        change(message)
        answer = dns.query.tcp(message, self.place.address(server), timeout=_PATIENCE, port=self.port)
        if answer.rcode() != dns.rcode.NOERROR:
            raise RuntimeError(f"{zone.dotted} refuses the update: {dns.rcode.to_text(answer.rcode())}")

    def _control(self, server: str, *words: str) -> None:
        knotc = _program("knotc") or "knotc"
        command = [knotc, "-s", str(self.place.at(server) / "socket"), *words]
        subprocess.run(command, check=True, capture_output=True, timeout=_PATIENCE)

    def _wait(self, server: str, done: Callable[[], bool]) -> None:
        until = time.monotonic() + _PATIENCE
        while not done():
            if time.monotonic() > until or self._running[server].poll() is not None:
                raise RuntimeError(f"{server} does not do what it should:\n{self.log(server)}")
            time.sleep(0.01)

    def _run(self, server: str, program: str, config: str, *options: str) -> None:
        here = self.place.at(server)
        here.mkdir(exist_ok=True)
        (here / "conf").write_text(config)
        command = [_program("setpriv") or "setpriv", "--pdeathsig", "KILL", program, "-c", str(here / "conf"), *options]
        with (here / "log").open("ab") as log:
            self._running[server] = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def _start_knot(self, server: str) -> None:
        here = self.place.at(server)
        (here / "db").mkdir(parents=True)
        served = [zone for zone in self.zones if zone.serves(server)]
        if server != SECONDARY:
            for zone in served:
                (here / self.place.zone_file(zone)).write_text(zone_text(zone, self.zones, self.place))
        self._run(server, _program("knotd") or "knotd", knot(server, served, self.place))
        for zone in served:
            self._wait(server, partial(self._serves, zone, server))

    def _serves(self, zone: Zone, server: str) -> bool:
        return self.serial(zone.name, server) is not None

    def _vouch(self, zone: Zone) -> None:
        """The DS of ``zone`` in the zone above it."""
        parent = above(zone, self.zones)
        if zone.ds is not None and parent is not None:
            ds = self._ds(zone.ds)
            self._send(parent, lambda update: update.add(dns.name.from_text(zone.name), 60, "DS", ds))

    def _ds(self, name: str) -> str:
        signed = next(zone for zone in self.zones if zone.name == name)
        answer = self.ask(signed.dotted, "DNSKEY", signed.servers[0]).answer
        keys = [key for rrset in answer for key in rrset if isinstance(key, dns.rdtypes.ANY.DNSKEY.DNSKEY)]
        return dns.dnssec.make_ds(signed.dotted, keys[0], "SHA256").to_text()

    def _start_unbound(self) -> None:
        here = self.place.at(UNBOUND)
        here.mkdir()
        # Debian's AppArmor profile lets the installed program read nothing but its own directories.
        program = str(shutil.copy2(_program("unbound") or "unbound", here / "unbound"))
        self._run(UNBOUND, program, unbound(self.zones, f". DS {self._ds('')}", self.place))
        self._wait(UNBOUND, self._resolves)

    def _resolves(self) -> bool:
        try:
            answer = self.ask(".", "NS", UNBOUND, timeout=_POLL)
        except (dns.exception.Timeout, OSError):
            return False
        return bool(answer.answer)


def _delete(update: dns.update.UpdateMessage, name: dns.name.Name, *, rdtype: str) -> None:
    update.delete(name, rdtype)


def _presented(rdtype: str, value: str) -> str:
    """As a zone file has it: strings of at most 255 characters, names with their final dot."""
    if rdtype == RecordType.TXT:
        return " ".join(f'"{value[i : i + 255]}"' for i in range(0, len(value), 255))
    return f"{value.rstrip('.')}." if rdtype == RecordType.CNAME else value
