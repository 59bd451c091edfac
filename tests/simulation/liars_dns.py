"""Name servers and resolvers that lie."""

from __future__ import annotations

from collections.abc import Mapping

from tests.simulation.dns import Server
from tests.simulation.liar import Liar


class Lags(Liar):
    """One server has what is published minutes or hours later."""

    def begin(self) -> None:
        self.world.zone.servers[-1].lag = self.dice.choice((300.0, 1800.0, 7200.0))

    def end(self) -> None:
        self.world.zone.servers[-1].lag = 0.0


class Silent(Liar):
    """One server says nothing; sometimes all of them."""

    def begin(self) -> None:
        servers = self.world.zone.servers
        self._fallen = servers if self.dice.random() < 0.2 else [self.dice.choice(servers)]
        for server in self._fallen:
            server.silent = True

    def end(self) -> None:
        for server in self._fallen:
            server.silent = False


class Loses(Liar):
    """One server has lost a record of the name, or everything of it; sometimes all of them have."""

    def begin(self) -> None:
        servers = self.world.zone.servers
        some = servers if self.dice.random() < 0.5 else [self.dice.choice(servers)]
        kinds = self.dice.choice((("TXT",), ("CNAME",), ("TXT", "CNAME")))
        self._kept = [(s, dict(s.holds)) for s in some]
        for server in some:
            for key in list(server.holds):
                if key[0] in kinds and (key[1] == self.name or key[1].endswith(f".{self.name}")):
                    server.holds[key] = ()

    def end(self) -> None:
        for server, _ in self._kept:
            server.holds = dict(self.world.zone.record)


class Two(Liar):
    """A second CNAME stands beside ours."""

    def begin(self) -> None:
        self.world.zone.twice.add(self.name)

    def end(self) -> None:
        self.world.zone.twice.discard(self.name)


class Alias(Liar):
    """Ours hides behind an alias to somewhere else, where nobody answers."""

    def begin(self) -> None:
        self.world.zone.hidden.add(self.name)

    def end(self) -> None:
        self.world.zone.hidden.discard(self.name)


class Denying(Liar):
    """The public resolvers say that nothing exists."""

    def begin(self) -> None:
        self.world.zone.denying = True

    def end(self) -> None:
        self.world.zone.denying = False


class Unregistered(Liar):
    """The registrable domain is on hold at its registry, for a bill that will be paid."""

    def begin(self) -> None:
        self.world.zone.unregistered = True

    def end(self) -> None:
        self.world.zone.unregistered = False


class Moves(Liar):
    """The zone moves to another server. The old one keeps what it had, and is asked by many for two days."""

    def begin(self) -> None:
        zone = self.world.zone
        listed = [s for s in zone.servers if s.listed]
        if len(listed) < 2 or len(zone.servers) > 4:
            return
        old = listed[0]
        number = len(zone.servers) + 1
        zone.servers.append(Server(f"ns{number}.xyzcorp.com", f"192.0.2.{number}", holds=dict(zone.record)))
        zone.unlist(old)


class Mistyped(Liar):
    """Somebody enters another key, or another target."""

    def begin(self) -> None:
        zone = self.world.zone
        wrong = {key: ("v=DKIM1; k=rsa; p=AAAA",) if key[0] == "TXT" else ("elsewhere.example.net",)
                 for key, values in zone.record.items()
                 if values and (key[1] == self.name or key[1].endswith(f".{self.name}"))}  # fmt: skip
        if wrong:
            key = self.dice.choice(sorted(wrong))
            self._was = {key: zone.record[key]}
            zone.enter({key: wrong[key]})
        else:
            self._was = {}

    def end(self) -> None:
        standing = {key: values for key, values in self._was.items() if self.world.zone.record.get(key)}
        if standing:
            self.world.zone.enter(standing)


class Published(Liar):
    """Somebody has published the records before anybody could think."""

    def begin(self) -> None:
        self.world.people.publish(self.name)


LIARS: Mapping[str, type[Liar]] = {
    "a server lags": Lags,
    "a server is silent": Silent,
    "a server loses a record": Loses,
    "two CNAMEs": Two,
    "an alias hides the CNAME": Alias,
    "the resolvers deny everything": Denying,
    "the registry holds the domain": Unregistered,
    "the zone moves": Moves,
    "a record is mistyped": Mistyped,
    "the records are published at once": Published,
}
