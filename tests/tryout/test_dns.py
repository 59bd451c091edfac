"""The laboratory answers as real servers do: what it would get wrong, tests built on it would prove nothing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

import dns.asyncquery
import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import pytest

from bot.model.records import DnsRecord, RecordType
from bot.tryout.dns import DnsLab, Resolver, Server, Zone

NAME = "sales.xyzcorp.com"
TXT = DnsRecord(RecordType.TXT, f"scph1126._domainkey.{NAME}", "v=DKIM1; k=rsa; h=sha256; p=" + "A" * 392)
CNAME = DnsRecord(RecordType.CNAME, NAME, "sparkpostmail.com")


@dataclass
class Time:
    ms: int = 0

    def now(self) -> int:
        return self.ms


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def lab(time: Time) -> AsyncIterator[DnsLab]:
    lab = DnsLab(now=time.now)
    await lab.start()
    yield lab
    await lab.stop()


@pytest.fixture
def zone(lab: DnsLab) -> Zone:
    zone = lab.zone("xyzcorp.com")
    zone.publish(TXT)
    zone.publish(CNAME)
    return zone


async def ask(
    lab: DnsLab,
    at: Server | Resolver,
    name: str,
    rdtype: str,
    *,
    tcp: bool = False,
    timeout: float = 2,
    cd: bool = False,
) -> dns.message.Message:
    query = dns.message.make_query(name, rdtype, use_edns=0, payload=1232)
    query.flags &= ~dns.flags.RD
    if cd:
        query.flags |= dns.flags.CD
    send = dns.asyncquery.tcp if tcp else dns.asyncquery.udp
    return await send(query, at.address, port=lab.port, timeout=timeout)


def values(message: dns.message.Message) -> list[str]:
    return [rdata.to_text() for rrset in message.answer for rdata in rrset]


def soa(message: dns.message.Message) -> tuple[str, int]:
    """Owner and TTL of the SOA in the authority section."""
    (rrset,) = (r for r in message.authority if r.rdtype == dns.rdatatype.SOA)
    return rrset.name.to_text(), rrset.ttl


@pytest.mark.parametrize(
    ("name", "rdtype", "rcode", "answers"),
    [
        pytest.param(NAME, "CNAME", "NOERROR", ["sparkpostmail.com."], id="a record"),
        pytest.param(NAME.upper(), "CNAME", "NOERROR", ["sparkpostmail.com."], id="in any case of letters"),
        pytest.param(NAME, "A", "NOERROR", ["sparkpostmail.com."], id="any type of an alias gives the alias"),
        pytest.param(TXT.host, "A", "NOERROR", [], id="NODATA: the name has other types"),
        pytest.param(f"_domainkey.{NAME}", "TXT", "NOERROR", [], id="NODATA: only names below it (RFC 8020)"),
        pytest.param(f"nothing.{NAME}", "TXT", "NXDOMAIN", [], id="NXDOMAIN: below an alias is nothing"),
        pytest.param("nothing.xyzcorp.com", "A", "NXDOMAIN", [], id="NXDOMAIN"),
        pytest.param("elsewhere.net", "A", "REFUSED", [], id="somebody else's zone"),
    ],
)
async def test_authoritative_answers(
    lab: DnsLab, zone: Zone, name: str, rdtype: str, rcode: str, answers: list[str]
) -> None:
    reply = await ask(lab, zone.servers[0], name, rdtype)
    assert dns.rcode.to_text(reply.rcode()) == rcode
    assert [value.lower() for value in values(reply)] == answers  # compression borrows the case of the question
    assert bool(reply.flags & dns.flags.AA) is (rcode != "REFUSED")
    if not answers and rcode != "REFUSED":
        assert soa(reply) == ("xyzcorp.com.", 300)


async def test_long_values_become_strings_of_255(lab: DnsLab, zone: Zone) -> None:
    (rdata,) = (await ask(lab, zone.servers[0], TXT.host, "TXT")).answer[0]
    assert [len(s) for s in rdata.strings] == [255, len(TXT.value) - 255]
    assert b"".join(rdata.strings).decode() == TXT.value


async def test_an_alias_inside_the_zone_is_followed(lab: DnsLab, zone: Zone) -> None:
    zone.add("a.xyzcorp.com", "CNAME", "b.xyzcorp.com.")
    zone.add("b.xyzcorp.com", "TXT", "here")
    assert values(await ask(lab, zone.servers[0], "a.xyzcorp.com", "TXT")) == ["b.xyzcorp.com.", '"here"']


async def test_a_loop_of_aliases_ends(lab: DnsLab, zone: Zone) -> None:
    zone.add("a.xyzcorp.com", "CNAME", "a.xyzcorp.com.")
    assert (await ask(lab, zone.servers[0], "a.xyzcorp.com", "TXT")).answer


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        pytest.param("any.xyzcorp.com", ['"wild"'], id="a name that is not there"),
        pytest.param("deep.any.xyzcorp.com", ['"wild"'], id="and below it"),
        pytest.param(f"_domainkey.{NAME}", [], id="not an empty non-terminal"),
        pytest.param(f"other.{NAME}", [], id="not below a name that exists (RFC 4592)"),
    ],
)
async def test_wildcards(lab: DnsLab, zone: Zone, name: str, answers: list[str]) -> None:
    zone.add("*.xyzcorp.com", "TXT", "wild")
    assert values(await ask(lab, zone.servers[0], name, "TXT")) == answers


async def test_a_parent_refers_to_its_child_with_glue(lab: DnsLab, zone: Zone) -> None:
    child = zone.child("eu.xyzcorp.com", nameservers=2)
    reply = await ask(lab, zone.servers[0], "www.eu.xyzcorp.com", "A")
    assert not reply.flags & dns.flags.AA
    assert not reply.answer
    assert {r.to_text() for r in reply.authority[0]} == {"ns1.eu.xyzcorp.com.", "ns2.eu.xyzcorp.com."}
    assert {r.to_text() for rrset in reply.additional for r in rrset} == {s.address for s in child.servers}
    assert (await ask(lab, child.servers[0], "eu.xyzcorp.com", "NS")).flags & dns.flags.AA


async def test_what_a_fault_does_and_that_it_heals(lab: DnsLab, zone: Zone) -> None:
    server = zone.servers[0]
    server.refuse()
    assert (await ask(lab, server, NAME, "CNAME")).rcode() == dns.rcode.REFUSED
    server.servfail()
    assert (await ask(lab, server, NAME, "CNAME")).rcode() == dns.rcode.SERVFAIL
    server.lame()
    assert not (await ask(lab, server, NAME, "CNAME")).flags & dns.flags.AA
    server.truncate()
    assert (await ask(lab, server, NAME, "CNAME")).flags & dns.flags.TC
    assert values(await ask(lab, server, NAME, "CNAME", tcp=True))
    server.silence()
    for tcp in (False, True):
        with pytest.raises(dns.exception.Timeout):
            await ask(lab, server, NAME, "CNAME", tcp=tcp, timeout=0.05)
    server.heal()
    assert values(await ask(lab, server, NAME, "CNAME"))
    assert values(await ask(lab, zone.servers[1], NAME, "CNAME"))  # the other one was well all the time


async def test_servers_hold_their_own_copies(lab: DnsLab, zone: Zone) -> None:
    zone.add("one.xyzcorp.com", "TXT", "x", only=1)
    assert [len(values(await ask(lab, s, "one.xyzcorp.com", "TXT"))) for s in zone.servers] == [0, 1]
    zone.servers[1].freeze()
    zone.add("two.xyzcorp.com", "TXT", "x")
    assert [len(values(await ask(lab, s, "two.xyzcorp.com", "TXT"))) for s in zone.servers] == [1, 0]
    zone.servers[1].heal()
    assert [len(values(await ask(lab, s, "two.xyzcorp.com", "TXT"))) for s in zone.servers] == [1, 1]


async def test_removing_takes_the_whole_set_and_raises_the_serial(lab: DnsLab, zone: Zone) -> None:
    before = zone.master.serial
    zone.remove(NAME, "CNAME")
    zone.remove(NAME, "CNAME")
    assert zone.master.serial == before + 1
    assert not values(await ask(lab, zone.servers[0], NAME, "CNAME"))


async def test_a_resolver_follows_aliases_through_zones(lab: DnsLab, zone: Zone) -> None:
    lab.zone("elsewhere.net", nameservers=1).add("key.elsewhere.net", "TXT", "found")
    zone.add("k.xyzcorp.com", "CNAME", "key.elsewhere.net.")
    for resolver in (lab.recursor_server, *lab.resolvers):
        assert values(await ask(lab, resolver, "k.xyzcorp.com", "TXT")) == ["key.elsewhere.net.", '"found"']


@pytest.mark.parametrize("tld", ["com", "jp", "co.jp", "test"])
async def test_unregistered_names_are_denied_by_their_top_level_domain(lab: DnsLab, tld: str) -> None:
    reply = await ask(lab, lab.recursor_server, f"nobody-has-this.{tld}", "NS")
    assert reply.rcode() == dns.rcode.NXDOMAIN
    assert soa(reply)[0] == f"{tld.rpartition('.')[2]}."
    assert values(await ask(lab, lab.recursor_server, tld.rpartition(".")[2], "NS"))


async def test_a_name_that_no_top_level_domain_has_is_denied_by_the_root(lab: DnsLab) -> None:
    reply = await ask(lab, lab.recursor_server, "a.no-such-tld", "A")
    assert (reply.rcode(), soa(reply)[0]) == (dns.rcode.NXDOMAIN, ".")


async def test_resolvers_remember_absence_as_long_as_the_soa_allows(lab: DnsLab, zone: Zone, time: Time) -> None:
    resolver = lab.resolvers[0]
    zone.remove(NAME, "CNAME")
    assert soa(await ask(lab, resolver, NAME, "CNAME")) == ("xyzcorp.com.", 300)
    zone.publish(CNAME)
    time.ms = 299_000
    assert soa(await ask(lab, resolver, NAME, "CNAME")) == ("xyzcorp.com.", 1)  # counted down
    assert values(await ask(lab, lab.resolvers[1], NAME, "CNAME"))  # which nobody asked too early
    time.ms = 300_000
    assert values(await ask(lab, resolver, NAME, "CNAME"))


async def test_resolvers_remember_answers_for_their_ttl(lab: DnsLab, zone: Zone, time: Time) -> None:
    resolver = lab.resolvers[0]
    zone.add("t.xyzcorp.com", "TXT", "old", ttl=60)
    await ask(lab, resolver, "t.xyzcorp.com", "TXT")
    zone.remove("t.xyzcorp.com", "TXT")
    zone.add("t.xyzcorp.com", "TXT", "new", ttl=60)
    time.ms = 59_000
    reply = await ask(lab, resolver, "t.xyzcorp.com", "TXT")
    assert (values(reply), reply.answer[0].ttl) == (['"old"'], 1)
    time.ms = 60_000
    assert values(await ask(lab, resolver, "t.xyzcorp.com", "TXT")) == ['"new"']


async def test_the_recursor_remembers_nothing(lab: DnsLab, zone: Zone) -> None:
    await ask(lab, lab.recursor_server, "new.xyzcorp.com", "TXT")
    zone.add("new.xyzcorp.com", "TXT", "x")
    assert values(await ask(lab, lab.recursor_server, "new.xyzcorp.com", "TXT"))


async def test_a_zone_whose_servers_all_fail_is_servfail(lab: DnsLab, zone: Zone) -> None:
    zone.servers[0].silence()
    assert values(await ask(lab, lab.resolvers[0], NAME, "CNAME"))
    zone.servers[1].refuse()
    assert (await ask(lab, lab.resolvers[1], NAME, "CNAME")).rcode() == dns.rcode.SERVFAIL


async def test_a_validating_resolver_refuses_unless_told_not_to_check(lab: DnsLab, zone: Zone) -> None:
    resolver = lab.resolvers[2]
    resolver.validate(broken=True)
    reply = await ask(lab, resolver, NAME, "CNAME")
    assert reply.rcode() == dns.rcode.SERVFAIL
    assert [int(o.code) for o in reply.options if isinstance(o, dns.edns.EDEOption)] == [9]
    assert values(await ask(lab, resolver, NAME, "CNAME", cd=True))


async def test_the_journal_says_who_was_asked_what(lab: DnsLab, zone: Zone) -> None:
    await ask(lab, zone.servers[1], NAME, "CNAME", tcp=True)
    (question,) = lab.asked("ns2.xyzcorp.com")
    assert (question.name, question.type, question.rd, question.tcp) == (NAME, "CNAME", False, True)
    assert question.client.startswith("127.0.0.1:")
    assert lab.asked(name="nothing") == []


async def test_name_servers_may_have_anybodys_name(lab: DnsLab) -> None:
    zone = lab.zone("abc.co.jp", nameservers=("ns-1.awsdns-01.com", "ns-2.awsdns-02.co.uk"))
    for server in zone.servers:
        assert values(await ask(lab, lab.recursor_server, server.name, "A")) == [server.address]
    assert (await ask(lab, zone.servers[1], "abc.co.jp", "SOA")).flags & dns.flags.AA


async def test_zones_may_be_made_before_the_start() -> None:
    lab = DnsLab()
    zone = lab.zone("xyzcorp.com", nameservers=1)
    zone.publish(CNAME)
    await lab.start()
    assert values(await ask(lab, lab.resolvers[0], NAME, "CNAME"))
    await lab.stop()


async def test_laboratories_run_beside_each_other_on_a_wanted_port() -> None:
    one, two = DnsLab(), DnsLab()
    await one.start()
    two = DnsLab(port=one.port)
    await two.start()
    assert one.port == two.port
    assert one.recursor != two.recursor
    await asyncio.gather(one.stop(), two.stop())


async def test_a_taken_port_is_not_silently_replaced() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        taken.bind(("0.0.0.0", 0))
        lab = DnsLab(port=taken.getsockname()[1])
        with pytest.raises(OSError, match="in use"):
            await lab.start()


async def test_settings_point_the_bot_here(lab: DnsLab) -> None:
    address, port = lab.recursor
    assert lab.settings["EMAILDOMAIN_RECURSOR"] == f"{address}:{port}"
    assert lab.settings["EMAILDOMAIN_DNS_PORT"] == str(port)
    name, where, _ = lab.resolvers[0]
    assert lab.settings["EMAILDOMAIN_RESOLVERS"].startswith(f"{name}={where}:{port},")
