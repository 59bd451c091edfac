"""Which zone holds a name and who serves it: delegations, cuts, what is remembered, what is never asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bot.dns.client.client import DnsClient
from bot.dns.recursor import Recursor
from bot.dns.ttl_cache import Cache
from bot.dns.zone import MAX_ADDRESSES, MAX_NAMESERVERS, NoZone, Zones
from bot.tryout.dns import DnsLab
from tests.dns.conftest import NAME, TIMEOUT, TXT, Clock


@pytest.fixture
async def zones(lab: DnsLab, clock: Clock) -> AsyncIterator[Zones]:
    client = DnsClient()
    zones = finder(client, lab, clock)
    yield zones
    await zones.close()
    await client.close()


def finder(client: DnsClient, lab: DnsLab, clock: Clock, *, allow_private: bool = True) -> Zones:
    recursor = Recursor(client, lab.recursor, allow_private=allow_private, clock=clock, timeout=TIMEOUT)
    return Zones(client, recursor, port=lab.port, clock=clock, timeout=TIMEOUT)


async def test_a_zone_is_found_by_its_registrable_domain(zones: Zones, lab: DnsLab) -> None:
    made = lab.zone("xyzcorp.com")
    zone = await zones.start(NAME)
    assert zone.name == "xyzcorp.com"
    assert zone.nameservers == ("ns1.xyzcorp.com", "ns2.xyzcorp.com")
    assert [s.address for s in zone.servers] == [s.address for s in made.servers]


async def test_a_suffix_of_two_labels_has_its_parent_one_higher(zones: Zones, lab: DnsLab) -> None:
    lab.zone("xyzcorp.co.jp", nameservers=1)
    assert (await zones.start("sales.xyzcorp.co.jp")).name == "xyzcorp.co.jp"
    assert lab.asked("a.root-servers.example", "xyzcorp.co.jp")


async def test_the_recursor_is_asked_for_nothing_below_the_registrable_domain(zones: Zones, lab: DnsLab) -> None:
    lab.zone("xyzcorp.com")
    zone = await zones.start(TXT.host)
    await zones.below(zone, TXT.host)
    below = [q for q in lab.questions if q.name.endswith(NAME)]
    assert below
    assert not [q for q in below if q.server == "recursor" or q.rd]


async def test_the_parents_list_of_servers_goes_before_the_zones_own(zones: Zones, lab: DnsLab) -> None:
    zone = lab.zone("xyzcorp.com", nameservers=2)
    zone.remove("xyzcorp.com", "NS")
    zone.add("xyzcorp.com", "NS", "ns1.xyzcorp.com.")
    assert (await zones.start(NAME)).nameservers == ("ns1.xyzcorp.com", "ns2.xyzcorp.com")


@pytest.mark.parametrize("fault", ["silence", "refuse", "servfail", "lame"])
async def test_without_the_parent_the_zones_own_list_does(zones: Zones, lab: DnsLab, fault: str) -> None:
    lab.zone("xyzcorp.com", nameservers=1)
    getattr(lab.zones["com"].servers[0], fault)()
    assert (await zones.start(NAME)).nameservers == ("ns1.xyzcorp.com",)


async def test_a_silent_recursor_is_named(zones: Zones, lab: DnsLab) -> None:
    lab.recursor_server.silence()
    with pytest.raises(NoZone) as caught:
        await zones.start(NAME)
    assert caught.value.problem == "recursor"


async def test_a_domain_nobody_registered_is_told_from_trouble(zones: Zones) -> None:
    with pytest.raises(NoZone) as caught:
        await zones.start("sales.nobody-has-this.com")
    assert caught.value.problem == "unregistered"


async def test_a_public_suffix_is_nobodys_zone(zones: Zones) -> None:
    with pytest.raises(NoZone):
        await zones.start("co.jp")


@pytest.mark.parametrize(
    ("cut", "name"),
    [
        pytest.param(NAME, NAME, id="the sending name itself is a zone"),
        pytest.param(NAME, TXT.host, id="a zone above the record"),
        pytest.param(f"_domainkey.{NAME}", TXT.host, id="only _domainkey is delegated"),
    ],
)
@pytest.mark.parametrize("same_server", [False, True], ids=["other servers", "the parent's own server"])
async def test_a_zone_cut_on_the_way_is_found(
    zones: Zones, lab: DnsLab, cut: str, name: str, same_server: bool
) -> None:
    parent = lab.zone("xyzcorp.com", nameservers=1)
    child = parent.child(cut)
    if same_server:
        parent.servers[0].serve(child.master)
    zone = await zones.start(name)
    below = await zones.below(zone, name)
    assert below is not None
    assert below.name == cut
    assert below.servers[0].address == child.servers[0].address
    assert (await zones.start(name)).name == cut  # remembered


async def test_no_cut_is_remembered_for_a_while_only(zones: Zones, lab: DnsLab, clock: Clock) -> None:
    parent = lab.zone("xyzcorp.com", nameservers=1)
    zone = await zones.start(NAME)
    assert await zones.below(zone, NAME) is None
    parent.child(NAME)
    assert await zones.below(zone, NAME) is None
    clock.forward(301)
    assert await zones.below(await zones.start(NAME), NAME) is not None


async def test_delegations_end_with_their_ttl_and_never_later_than_in_an_hour(
    zones: Zones, lab: DnsLab, clock: Clock
) -> None:
    lab.zone("xyzcorp.com", nameservers=1)
    await zones.start(NAME)
    asked = len(lab.questions)
    clock.forward(3599)
    await zones.start(NAME)
    assert len(lab.questions) == asked
    clock.forward(2)
    await zones.start(NAME)
    assert len(lab.questions) > asked


async def test_forgetting_asks_again(zones: Zones, lab: DnsLab) -> None:
    lab.zone("xyzcorp.com", nameservers=1)
    await zones.start(NAME)
    asked = len(lab.questions)
    zones.forget(NAME)
    await zones.start(NAME)
    assert len(lab.questions) > asked


async def test_many_at_once_find_a_zone_once(zones: Zones, lab: DnsLab) -> None:
    lab.zone("xyzcorp.com")
    await asyncio.gather(*(zones.start(f"n{i}.xyzcorp.com") for i in range(30)))
    assert len(lab.asked("a.root-servers.example", "xyzcorp.com")) == 1


async def test_private_addresses_are_refused_unless_allowed(lab: DnsLab, clock: Clock) -> None:
    lab.zone("xyzcorp.com")
    client = DnsClient()
    zones = finder(client, lab, clock, allow_private=False)
    zone = await zones.start(NAME)
    assert zone.servers == ()
    assert zone.lost == zone.nameservers
    assert not lab.asked("ns1.xyzcorp.com")
    await client.close()


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("192.0.2.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("127.0.0.1", False),
        ("fd00::1", False),
        ("fe80::1", False),
        ("::ffff:10.0.0.1", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),
        ("no address", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b:1::a00:1", False),
        ("2002:a00:1::1", False),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", False),
        ("fec0::1", False),
        ("::a00:1", False),
        ("::ffff:8.8.8.8", False),
        ("::ffff:0:10.0.0.1", False),
        ("100.64.0.1", False),
        ("198.18.0.1", False),
        ("ff02::1", False),
        ("fe80::1%eth0", False),
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
    ],
)
async def test_only_addresses_of_the_public_internet_are_asked(
    lab: DnsLab, clock: Clock, address: str, allowed: bool
) -> None:
    recursor = Recursor(DnsClient(), lab.recursor, allow_private=False, clock=clock, timeout=TIMEOUT)
    assert await recursor.addresses("ns.xyzcorp.com", [address]) == ((address,) if allowed else ())


async def test_a_strangers_zone_cannot_make_us_ask_without_bound(zones: Zones, lab: DnsLab) -> None:
    made = lab.zone("xyzcorp.com", nameservers=20)
    for server in made.servers:
        for n in range(6):
            made.nameserver(server.name, f"127.9.{n}.1")
    zone = await zones.start(NAME)
    assert len(zone.nameservers) == MAX_NAMESERVERS
    assert len(zone.servers) <= MAX_ADDRESSES


async def test_glue_for_other_peoples_names_is_not_believed(zones: Zones, lab: DnsLab) -> None:
    lab.zone("xyzcorp.com", nameservers=("ns1.hosting.net",))
    honest = lab.zones["xyzcorp.com"].servers[0].address
    lab.zones["com"].add("ns1.hosting.net", "A", "127.66.66.66")  # the parent's referral will carry this
    zone = await zones.start(NAME)
    assert [s.address for s in zone.servers] == [honest]


@dataclass
class Watch:
    at: float = 0.0

    def monotonic(self) -> float:
        return self.at


def test_a_cache_drops_the_least_recently_used_and_what_is_over() -> None:
    watch = Watch()
    cache: Cache[str, int] = Cache(2, 10, watch.monotonic)
    cache.put("a", 1, 100)
    cache.put("b", 2, 5)
    assert cache.get("a") == 1
    cache.put("c", 3, 100)
    assert cache.get("b") is None
    watch.at = 10
    assert cache.get("a") is None  # never longer than the bound, whatever the TTL
    assert len(cache) == 1
