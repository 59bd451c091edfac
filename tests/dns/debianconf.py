"""What the real servers of ``tests.dns.debian`` are told: their configuration and the zones they start with. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

TOP, PRIMARY, SECONDARY, UNBOUND = "top", "primary", "secondary", "unbound"

#: The last number of each server's address.
HOSTS = {TOP: 1, UNBOUND: 3, PRIMARY: 11, SECONDARY: 12}

#: The one key for updates, notifications and transfers.
KEY = "bGFib3JhdG9yeS1sYWJvcmF0b3J5LWxhYm9yYXRvcnk="


@dataclass(frozen=True)
class Zone:
    """A zone delegated to ``servers`` by the zone above it, as ns1.<name>, ns2.<name>; ``lame`` ones do not serve it.

    ``negative`` is the SOA minimum in seconds. ``ds`` names the zone whose key the parent vouches for: its own, or,
    for a broken chain, another one's; None leaves the delegation insecure and the zone unsigned.
    """

    name: str
    servers: tuple[str, ...] = (PRIMARY, SECONDARY)
    lame: tuple[str, ...] = ()
    negative: int = 300
    ds: str | None = None

    def serves(self, server: str) -> bool:
        return server in self.servers and server not in self.lame

    def holds(self, host: str) -> bool:
        return not self.name or host == self.name or host.endswith(f".{self.name}")

    @property
    def dotted(self) -> str:
        return f"{self.name}."


@dataclass(frozen=True)
class Place:
    """Where the servers listen and keep their files."""

    block: str
    port: int
    directory: Path

    def address(self, server: str) -> str:
        return f"{self.block}.{HOSTS[server]}"

    def at(self, server: str) -> Path:
        return self.directory / server

    def zone_file(self, zone: Zone) -> str:
        return f"{zone.name or 'root'}.zone"


def above(zone: Zone, zones: Iterable[Zone]) -> Zone | None:
    """The zone that delegates ``zone``; None above the root."""
    holders = [other for other in zones if other != zone and other.holds(zone.name)]
    return max(holders, key=lambda other: len(other.name)) if zone.name else None


def zone_text(zone: Zone, zones: Iterable[Zone], place: Place) -> str:
    """The zone as it is before anybody publishes anything: SOA, NS, and the delegations out of it."""
    everything = tuple(zones)
    soa = f"ns1.{zone.dotted} hostmaster.{zone.dotted} 1 3600 600 86400 {zone.negative}".replace("..", ".")
    lines = [f"{zone.dotted} 300 IN SOA {soa}", *_servers(zone, place)]
    for child in everything:
        if above(child, everything) == zone:
            lines += _servers(child, place)
    return "\n".join([*lines, ""])


def _servers(zone: Zone, place: Place) -> list[str]:
    lines = []
    for number, server in enumerate(zone.servers, 1):
        name = f"ns{number}.{zone.dotted}".replace("..", ".")
        lines += [f"{zone.dotted} 300 IN NS {name}", f"{name} 300 IN A {place.address(server)}"]
    return lines


def knot(server: str, zones: Iterable[Zone], place: Place) -> str:
    """knot.conf(5): signs zones that have a DS; the secondary transfers everything from the primary."""
    here = place.at(server)
    peer = SECONDARY if server == PRIMARY else PRIMARY
    lines = [
        "server:",
        f'    rundir: "{here}"',
        f"    listen: {place.address(server)}@{place.port}",
        "    udp-workers: 1",
        "    tcp-workers: 1",
        "    background-workers: 1",
        "log:",
        f'  - target: "{here}/log"',
        "    any: info",
        "database:",
        f'    storage: "{here}/db"',
        "    journal-db-max-size: 16M",
        "    kasp-db-max-size: 16M",
        "    timer-db-max-size: 1M",
        "    catalog-db-max-size: 8M",
        "control:",
        f'    listen: "{here}/socket"',
        "key:",
        "  - id: lab.",
        "    algorithm: hmac-sha256",
        f"    secret: {KEY}",
        "remote:",
        "  - id: peer",
        f"    address: {place.address(peer)}@{place.port}",
        "    key: lab.",
        "acl:",
        "  - id: lab",
        "    key: lab.",
        "    action: [update, transfer, notify]",
        "policy:",
        "  - id: lab",
        "    single-type-signing: on",
        "    algorithm: ecdsap256sha256",
        "zone:",
    ]
    for zone in zones:
        if not zone.serves(server):
            continue
        lines += [f'  - domain: "{zone.dotted}"', f'    storage: "{here}"', f'    file: "{place.zone_file(zone)}"']
        lines += ["    zonefile-sync: -1", "    acl: lab"]
        if server == SECONDARY:
            lines.append("    master: peer")
            continue
        if server == PRIMARY and zone.serves(SECONDARY):
            lines.append("    notify: peer")
        if zone.ds is not None:
            lines += ["    dnssec-signing: on", "    dnssec-policy: lab"]
    return "\n".join([*lines, ""])


def unbound(zones: Iterable[Zone], anchor: str, place: Place) -> str:
    """unbound.conf(5): a stub for every zone, since it would look for delegated servers at port 53."""
    lines = [
        "server:",
        f"    interface: {place.address(UNBOUND)}",
        f"    port: {place.port}",
        f'    directory: "{place.at(UNBOUND)}"',
        '    chroot: ""',
        '    username: ""',
        '    pidfile: ""',
        '    logfile: ""',
        "    use-syslog: no",
        "    do-daemonize: no",
        "    do-ip6: no",
        "    access-control: 127.0.0.0/8 allow",
        "    do-not-query-localhost: no",
        '    module-config: "validator iterator"',
        "    ede: yes",
        f'    trust-anchor: "{anchor}"',
        "remote-control:",
        "    control-enable: no",
    ]
    for zone in zones:
        lines += ["stub-zone:", f'    name: "{zone.dotted}"']
        lines += [f"    stub-addr: {place.address(server)}@{place.port}" for server in zone.servers]
    return "\n".join([*lines, ""])
