"""How each mistake is made: what somebody did to a zone in which both records were right.

A maker is given a :class:`Place` and changes its zone, its servers or its resolvers;
:mod:`bot.tryout.dns.catalogue` names them by the codes of the diagnosis.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.model.diagnosis import wrong_hosts
from bot.model.records import DnsRecord
from bot.tryout.dns.lab import DnsLab
from bot.tryout.dns.servers import Server, Zone

#: How long (s) a resolver keeps what a mistake makes it remember: long enough to be seen, shorter than worth a note.
_REMEMBERED = 3000

#: An address that answers for nobody (RFC 5737), one of Cloudflare's, and that of the carrier's own web site.
_SOMEWHERE, _PROXY, CARRIER = "192.0.2.80", "104.21.3.4", "198.51.100.7"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mistake is made: ``zone`` holds both records of one sending name."""

    lab: DnsLab
    zone: Zone
    txt: DnsRecord
    cname: DnsRecord

    @property
    def name(self) -> str:
        """The sending name."""
        return self.cname.host

    @property
    def selector(self) -> str:
        return self.txt.host.partition(".")[0]

    @property
    def earlier(self) -> str:
        """The selector of a registration some months ago."""
        return next(itertools.islice(wrong_hosts.earlier(self.selector), 2, None))

    @property
    def key(self) -> str:
        return self.txt.value.partition("p=")[2]

    @property
    def sub(self) -> str:
        """The sending name without its zone."""
        return self.name.removesuffix(f".{self.zone.name}")

    @property
    def other(self) -> str:
        """The value with another key in it, as of another domain."""
        return self.txt.value.replace(self.key, self.key[:44] + self.key[44:-8][::-1] + self.key[-8:])

    def elsewhere(self, name: str) -> Zone:
        """Somebody else's zone."""
        return self.lab.zones.get(name) or self.lab.zone(name, nameservers=1)

    def listed(self, *servers: str, only: bool) -> None:
        """These are name servers of the zone, by its own list and by its parent's."""
        for holder in filter(None, (self.zone, self.zone.parent)):
            if only:
                holder.remove(self.zone.name, "NS")
            holder.add(self.zone.name, "NS", *(f"{server}." for server in servers))


Maker = Callable[[Place], None]

#: Words that depend on the domain: a value, a target, a host.
Words = Callable[[Place], str]


# ---- makers of makers


def txt(*values: Words, ttl: int | None = None) -> Maker:
    """The TXT's values are these instead."""

    def make(at: Place) -> None:
        at.zone.remove(at.txt.host, "TXT")
        at.zone.add(at.txt.host, "TXT", *(value(at) for value in values), ttl=ttl)

    return make


def spoiled(pattern: str, by: str) -> Maker:
    return txt(lambda at: re.sub(pattern, by, at.txt.value))


def target(value: Words) -> Maker:
    return lambda at: at.zone.replace(at.cname, value(at))


def moved(host: Words, value: Words | None = None) -> Maker:
    """The TXT stands at ``host`` instead."""

    def make(at: Place) -> None:
        at.zone.remove(at.txt.host, "TXT")
        at.zone.add(host(at), "TXT", value(at) if value else at.txt.value)

    return make


def beside(host: Words, rdtype: str, value: Words) -> Maker:
    """One more record."""
    return lambda at: at.zone.add(host(at), rdtype, value(at))


def all_of(*makers: Maker) -> Maker:
    def make(at: Place) -> None:
        for maker in makers:
            maker(at)

    return make


def servers(change: Callable[[Server], None]) -> Maker:
    def make(at: Place) -> None:
        for server in at.zone.servers:
            change(server)

    return make


def second(change: Callable[[Server], None]) -> Maker:
    """One of the zone's servers."""
    return lambda at: change(at.zone.servers[1])


# ---- words, and makers that are alike for every domain


def name(at: Place) -> str:
    return at.name


def host(at: Place) -> str:
    return at.txt.host


def value(at: Place) -> str:
    return at.txt.value


def other(at: Place) -> str:
    return at.other


def always(text: str) -> Words:
    return lambda _: text


def no_txt(at: Place) -> None:
    at.zone.remove(at.txt.host, "TXT")


def no_cname(at: Place) -> None:
    at.zone.remove(at.name, "CNAME")


neither = all_of(no_txt, no_cname)


def halves(at: Place) -> None:
    half = len(at.txt.value) // 2
    txt(lambda _: at.txt.value[:half], lambda _: at.txt.value[half:])(at)


def only_wildcard(rdtype: str, value: str) -> Maker:
    """Neither record, so that the wildcard answers: a TXT below the sending name would already hide it (RFC 4592)."""
    return all_of(neither, beside(lambda at: f"*.{at.zone.name}", rdtype, always(value)))


# ---- what takes more than a line


def unregistered(at: Place) -> None:
    at.lab.expire(at.zone)


def blocked(at: Place) -> None:
    for server in at.lab.servers:
        server.block()


def own_zone(at: Place) -> None:
    neither(at)
    at.zone.child(at.name).publish(at.txt)


def key_zone(at: Place) -> None:
    no_txt(at)
    at.zone.child(f"_domainkey.{at.name}")


def stale(at: Place) -> None:
    no_txt(at)
    at.zone.servers[1].freeze()
    at.zone.publish(at.txt)


def other_provider(at: Place) -> None:
    """The parent lists two servers; only the zone itself lists a third, and the records are there alone."""
    server = at.elsewhere("old-provider.net").servers[0]
    server.serve(at.zone.master.copy())
    neither(at)
    at.zone.add(at.zone.name, "NS", f"{server.name}.")


def only_v6(at: Place, *, but: int = 0) -> None:
    """From the server number ``but`` on, they have an address without a route from here (RFC 4291: link-local)."""
    for holder in filter(None, (at.zone, at.zone.parent)):
        for server in at.zone.servers[but:]:
            holder.remove(server.name, "A")
            holder.add(server.name, "AAAA", "fe80::1")


def old_glue(at: Place) -> None:
    """At the registrar stands an address at which another company's server is now."""
    server, stranger = at.zone.servers[0], at.elsewhere("old-provider.net").servers[0]
    if at.zone.parent:
        at.zone.parent.remove(server.name, "A")
        at.zone.parent.add(server.name, "A", stranger.address)


def refuses_key(at: Place) -> None:
    """The servers answer for what they have, and refuse what they lack."""
    no_txt(at)
    servers(lambda server: server.refuse_names(at.txt.host))(at)


def cloudflare(at: Place) -> None:
    names = ("ada.ns.cloudflare.com", "bob.ns.cloudflare.com")
    at.zone.servers[:] = at.lab.zone("proxied.com", nameservers=names).servers
    for server in at.zone.servers:
        server.serve(at.zone.master)
    at.listed(*names, only=True)
    no_cname(at)
    at.zone.add(at.name, "A", _PROXY)


def flattened(at: Place) -> None:
    at.elsewhere(at.cname.value).add(at.cname.value, "A", CARRIER)
    no_cname(at)
    at.zone.add(at.name, "A", CARRIER)


def remembered(at: Place) -> None:
    no_txt(at)
    at.zone.negative(_REMEMBERED)
    at.lab.resolvers[0].resolve(at.txt.host, "TXT")
    at.zone.publish(at.txt)


def older(at: Place) -> None:
    no_cname(at)
    at.zone.add(at.name, "CNAME", "old.net.", ttl=_REMEMBERED)
    at.lab.resolvers[0].resolve(at.name, "CNAME")
    no_cname(at)
    at.zone.publish(at.cname)


def forgetful(at: Place) -> None:
    """Absence may be remembered for two hours."""
    neither(at)
    at.zone.negative(7200)


def somewhere(at: Place) -> None:
    """The sending name is already in use."""
    no_cname(at)
    at.zone.add(at.name, "MX", f"10 mail.{at.zone.name}.")
    at.zone.add(at.name, "A", _SOMEWHERE)
