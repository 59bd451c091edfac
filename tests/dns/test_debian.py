"""The same look at servers that people run: knot and unbound as Debian ships them, instead of our idea of servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import dns.flags
import pytest

from bot.dns.client.client import DnsClient
from bot.dns.look import Dns, build
from bot.model.look import Look, Status
from bot.model.records import DnsRecord, RecordType
from tests.dns.conftest import Clock
from tests.dns.debian import Debian, missing
from tests.dns.debianconf import PRIMARY, SECONDARY, TOP, Zone

pytestmark = pytest.mark.skipif(
    bool(missing()), reason=f"needs {', '.join(missing())}: `make dns-servers` installs Debian's"
)

#: 2048 bits in base64: 392 characters, so two strings of one TXT.
KEY = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA" + "Zx9+/" * 68 + "IDAQAB=="

#: Seconds that unbound remembers what is not there, where a test waits for it to forget.
REMEMBERED = 4

#: Every test has a zone of its own, so none sees what another did to it or to the resolver's memory.
ZONES = (
    *(
        Zone(f"{name}.com")
        for name in ("alive", "held", "notified", "empty", "large", "patient", "used", "wild", "alias", "hosted")
    ),
    Zone("early.com", negative=REMEMBERED),
    Zone("signed.com", ds="signed.com"),
    Zone("hurried.com", ds="hurried.com", negative=REMEMBERED),
    Zone("broken.com", ds="signed.com"),
    Zone("lame.com", lame=(PRIMARY, SECONDARY)),
    Zone("half.com", lame=(SECONDARY,)),
    Zone("taken.com"),
    Zone("sales.taken.com", servers=(TOP,)),
    Zone("keys.com"),
    Zone("_domainkey.sales.keys.com", servers=(TOP,)),
)


def records(zone: str) -> tuple[DnsRecord, DnsRecord]:
    name = f"sales.{zone}"
    txt = DnsRecord(RecordType.TXT, f"scph1126._domainkey.{name}", f"v=DKIM1; k=rsa; h=sha256; p={KEY}")
    return txt, DnsRecord(RecordType.CNAME, name, "sparkpostmail.com")


def codes(look: Look) -> list[str]:
    return [finding.code for finding in look.findings]


@pytest.fixture(scope="module")
def debian() -> Iterator[Debian]:
    lab = Debian(*ZONES)
    lab.start()
    yield lab
    lab.stop()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def bot(debian: Debian, clock: Clock) -> AsyncIterator[Dns]:
    """unbound is both the recursor and the one public resolver: whatever the bot asks too early, it remembers."""
    bot = build(
        recursor=debian.resolver, resolvers=(("unbound", *debian.resolver),), dns_port=debian.port, clock=clock,
        private=True,
    )  # fmt: skip
    yield bot
    await bot.close()


async def look_at(bot: Dns, zone: str, *, resolvers: bool = True) -> Look:
    return await bot.look(f"sales.{zone}", records(zone), resolvers=resolvers)


# ---- what changes while everything runs


async def test_records_that_come_and_go_are_seen_at_every_server(debian: Debian, bot: Dns) -> None:
    assert codes(await look_at(bot, "alive.com")) == ["MISSING_BOTH"]
    debian.publish(*records("alive.com"))
    look = await look_at(bot, "alive.com")
    assert look.good
    assert look.confirmed
    assert (look.verdict, look.servers(), look.resolvers()) == ("visible", (2, 2), (1, 1))
    assert (look.zone, look.nameservers) == ("alive.com", ("ns1.alive.com", "ns2.alive.com"))
    assert look.findings == ()
    debian.withdraw(records("alive.com")[0])
    look = await look_at(bot, "alive.com")
    assert look.bad
    assert codes(look) == ["MISSING_DKIM"]


async def test_a_wrong_key_is_seen_and_its_correction_too(debian: Debian, bot: Dns) -> None:
    txt, cname = records("keys.com")
    debian.publish(cname)
    debian.add(txt.host, "TXT", txt.value.replace("Zx9", "Yw8"))
    assert "KEY_MISMATCH" in codes(await look_at(bot, "keys.com"))
    debian.withdraw(txt)
    debian.publish(txt)
    look = await look_at(bot, "keys.com", resolvers=False)
    assert look.good
    assert {answer.address for answer in look.records[0].servers} == {debian.place.address(TOP)}  # a zone of its own


async def test_a_secondary_that_is_held_back_blocks_and_is_named(debian: Debian, bot: Dns) -> None:
    debian.hold("held.com")
    debian.publish(*records("held.com"))
    look = await look_at(bot, "held.com")
    assert not look.published
    assert "NS_INCONSISTENT" in codes(look)
    finding = next(f for f in look.findings if f.code == "NS_INCONSISTENT")
    assert "ns2.held.com" in finding.facts["servers"]
    assert "ns1.held.com" not in finding.facts["servers"]
    assert [a.status for a in look.records[0].servers] == [Status.RIGHT, Status.MISSING]
    debian.release("held.com")
    assert (await look_at(bot, "held.com")).good


async def test_a_secondary_follows_by_notification_and_transfer(debian: Debian, bot: Dns) -> None:
    debian.publish(records("notified.com")[1], refresh=False)
    debian.followed("notified.com")
    look = await look_at(bot, "notified.com")
    assert look.records[1].count(Status.RIGHT) == 2
    transfers = [line for line in debian.log(SECONDARY).splitlines() if "[notified.com.]" in line]
    assert any("AXFR, incoming" in line for line in transfers)
    assert any("notify, incoming" in line for line in transfers)
    assert any("IXFR, incoming" in line for line in transfers)


# ---- what answers look like


async def test_a_name_that_is_only_above_others_exists(debian: Debian, bot: Dns) -> None:
    look = await look_at(bot, "empty.com")
    assert {a.why for record in look.records for a in record.servers} == {"nxdomain"}
    debian.publish(records("empty.com")[0])
    look = await look_at(bot, "empty.com")
    assert {a.why for a in look.records[1].servers} == {"nodata"}
    assert codes(look) == ["MISSING_CNAME"]


async def test_a_datagram_is_enough_until_it_is_not(debian: Debian, bot: Dns) -> None:
    txt, cname = records("large.com")
    debian.publish(txt, cname)
    question, where = f"{txt.host}.", (debian.place.address(SECONDARY), debian.port)
    client = DnsClient()

    def cut_without_edns() -> bool:
        return bool(debian.ask(question, "TXT", SECONDARY, edns=False).flags & dns.flags.TC)

    async def over_tcp() -> bool:
        reply = await client.query(txt.host, "TXT", *where, recursive=False)
        assert reply.usable and not reply.truncated
        return reply.tcp

    assert (cut_without_edns(), await over_tcp()) == (False, False)
    debian.add(txt.host, "TXT", "verification-0=" + "x" * 230)
    assert (cut_without_edns(), await over_tcp()) == (True, False)
    for number in range(1, 4):
        debian.add(txt.host, "TXT", f"verification-{number}=" + "x" * 230)
    assert (cut_without_edns(), await over_tcp()) == (True, True)
    await client.close()
    look = await look_at(bot, "large.com")
    assert look.good
    assert codes(look) == ["OK_EXTRA_TXT"]


async def test_a_name_in_use_takes_no_cname(debian: Debian, bot: Dns) -> None:
    """An update that adds a CNAME beside an MX is answered with success and ignored (RFC 2136 section 3.4.2.2)."""
    txt, cname = records("used.com")
    debian.add(cname.host, "MX", "10 mx.used.com.")
    debian.publish(txt, cname)
    look = await look_at(bot, "used.com")
    assert look.records[1].status is Status.MISSING
    assert codes(look) == ["EXISTING_RECORDS_CONFLICT"]
    assert (await bot.survey("sales.used.com")).types == ("MX",)


async def test_a_wildcard_ends_where_a_name_exists(debian: Debian, bot: Dns) -> None:
    debian.add("*.wild.com", "TXT", "v=spf1 -all")
    look = await look_at(bot, "wild.com")
    assert look.records[0].status is Status.WRONG
    assert look.records[0].servers[0].found == ("v=spf1 -all",)
    assert (await bot.survey("sales.wild.com")).types == ()
    debian.publish(records("wild.com")[1])
    look = await look_at(bot, "wild.com")
    assert [record.status for record in look.records] == [Status.MISSING, Status.RIGHT]


async def test_a_key_behind_an_alias_into_another_zone(debian: Debian, bot: Dns) -> None:
    txt, cname = records("alias.com")
    debian.publish(cname)
    debian.add(txt.host, "CNAME", "key.hosted.com.")
    look = await look_at(bot, "alias.com")
    assert (look.records[0].status, look.records[0].servers[0].why) == (Status.WRONG, "alias")
    debian.add("key.hosted.com", "TXT", txt.value)
    look = await look_at(bot, "alias.com")
    assert look.good
    assert codes(look) == ["OK_DKIM_CNAME"]


# ---- what a resolver remembers


async def test_what_nobody_asked_for_too_early_is_visible_at_once(debian: Debian, bot: Dns) -> None:
    for _ in range(3):
        assert not (await look_at(bot, "patient.com")).seen
    debian.publish(*records("patient.com"))
    assert (await look_at(bot, "patient.com")).verdict == "visible"


async def test_what_somebody_asked_for_too_early_says_until_when(debian: Debian, bot: Dns, clock: Clock) -> None:
    txt, cname = records("early.com")
    for record in (txt, cname):
        debian.resolve(record)
    debian.publish(txt, cname)
    look = await look_at(bot, "early.com")
    assert look.published
    assert look.visible is False
    assert not look.good
    assert set(codes(look)) == {"NEGATIVE_CACHE"}
    for answer in (record.resolvers[0] for record in look.records):
        assert answer.status is Status.MISSING
        assert answer.until is not None
        assert clock.now() <= answer.until <= clock.now() + REMEMBERED * 1000
    until = max(record.resolvers[0].until or 0 for record in look.records)
    await asyncio.sleep((until - clock.now()) / 1000 + 1)  # whole seconds are told, so up to one more is left
    assert (await look_at(bot, "early.com")).good


# ---- DNSSEC


async def test_a_signed_zone_is_like_any_other(debian: Debian, bot: Dns) -> None:
    assert codes(await look_at(bot, "signed.com")) == ["MISSING_BOTH"]
    debian.publish(*records("signed.com"))
    assert debian.resolve(records("signed.com")[1]).flags & dns.flags.AD
    look = await look_at(bot, "signed.com")
    assert (look.good, look.verdict, look.findings) == (True, "visible", ())


async def test_a_question_about_another_name_can_hide_ours(debian: Debian, bot: Dns) -> None:
    """One signed proof covers every name in a gap (RFC 8198), so it is not enough never to ask for our own."""
    debian.resolve(DnsRecord(RecordType.TXT, "tomorrow.hurried.com", ""))
    debian.publish(*records("hurried.com"))
    look = await look_at(bot, "hurried.com")
    assert look.published
    assert not look.good
    assert set(codes(look)) == {"NEGATIVE_CACHE"}


async def test_a_broken_chain_of_trust_is_named_and_never_good(debian: Debian, bot: Dns) -> None:
    debian.publish(*records("broken.com"))
    look = await look_at(bot, "broken.com")
    assert look.published
    assert not look.good
    assert look.verdict == "unknown"
    assert codes(look)[0] == "DNSSEC_BOGUS"
    assert look.findings[0].facts["resolvers"] == "unbound"
    assert {record.resolvers[0].why for record in look.records} == {"servfail"}


# ---- delegations


async def test_servers_that_do_not_know_the_zone(bot: Dns) -> None:
    look = await look_at(bot, "lame.com")
    assert codes(look) == ["LAME_DELEGATION"]
    assert (look.verdict, look.bad, look.good) == ("unknown", False, False)
    assert {a.why for record in look.records for a in record.servers} == {"refused"}


async def test_one_server_that_does_not_know_the_zone_is_a_note(debian: Debian, bot: Dns) -> None:
    debian.publish(*records("half.com"))
    look = await look_at(bot, "half.com")
    assert look.good
    assert codes(look) == ["LAME_PARTIAL"]
    assert look.findings[0].facts["servers"] == "ns2.half.com"


async def test_a_sending_name_that_is_a_zone_of_its_own(debian: Debian, bot: Dns) -> None:
    debian.publish(records("taken.com")[0])
    look = await look_at(bot, "taken.com")
    assert look.zone == "sales.taken.com"
    assert "DELEGATED_SUBDOMAIN" in codes(look)
    assert look.records[0].status is Status.RIGHT
    assert not look.good
