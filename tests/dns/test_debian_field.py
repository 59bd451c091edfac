"""Zones as people had them, on servers that people run: what Knot answers, not what our own laboratory says it does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from bot.dns.look import Dns, build
from bot.model.look import Look
from bot.model.records import DnsRecord, RecordType
from tests.dns.conftest import Clock
from tests.dns.debian import Debian, missing
from tests.dns.debianconf import PRIMARY, SECONDARY, Zone

pytestmark = pytest.mark.skipif(
    bool(missing()), reason=f"needs {', '.join(missing())}: `make dns-servers` installs Debian's"
)

KEY = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA" + "Zx9+/" * 68 + "IDAQAB=="

ZONES = (
    *(Zone(f"{name}.com") for name in ("appended", "wildcard", "chained", "endless", "percent")),
    Zone("refusing.com", lame=(PRIMARY, SECONDARY)),
    Zone("proven.com", ds="proven.com"),
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
async def bot(debian: Debian) -> AsyncIterator[Dns]:
    bot = build(
        recursor=debian.resolver,
        resolvers=(("unbound", *debian.resolver),),
        dns_port=debian.port,
        clock=Clock(),
        private=True,
    )
    yield bot
    await bot.close()


async def test_nxdomain_beside_a_cname_speaks_of_its_target(debian: Debian, bot: Dns) -> None:
    txt, cname = records("appended.com")
    debian.publish(txt)
    debian.add(cname.host, "CNAME", f"{cname.value}.appended.com.")
    assert debian.ask(cname.host, "NS", PRIMARY).rcode() == 3  # RFC 6604: not of the name that was asked
    look = await bot.look(cname.host, (txt, cname))
    assert (look.verdict, codes(look)) == ("wrong", ["TARGET_GOT_ZONE_APPENDED"])


async def test_the_wildcard_that_answers_is_named(debian: Debian, bot: Dns) -> None:
    txt, cname = records("wildcard.com")
    debian.add("*.wildcard.com", "TXT", "v=spf1 -all")
    look = await bot.look(cname.host, (txt, cname))
    assert look.findings[0].code == "WILDCARD_MASKS_TXT"
    assert look.findings[0].facts["wildcard"] == "*.wildcard.com"


async def test_a_chain_into_a_zone_that_is_refused_is_unknown(debian: Debian, bot: Dns) -> None:
    txt, cname = records("chained.com")
    debian.publish(txt)
    debian.add(cname.host, "CNAME", "bounce.refusing.com.")
    look = await bot.look(cname.host, (txt, cname))
    assert (look.verdict, look.bad, codes(look)) == ("unknown", False, ["CNAME_CHAIN_SILENT"])


async def test_a_long_chain_is_no_circle(debian: Debian, bot: Dns) -> None:
    txt, cname = records("endless.com")
    debian.publish(txt)
    debian.add(cname.host, "CNAME", "c1.endless.com.")
    for n in range(1, 12):
        debian.add(f"c{n}.endless.com", "CNAME", f"c{n + 1}.endless.com.")
    debian.add("c12.endless.com", "CNAME", f"{cname.value}.")
    look = await bot.look(cname.host, (txt, cname))
    assert (look.verdict, codes(look)) == ("wrong", ["CNAME_CHAIN_LONG"])


async def test_a_validating_resolver_says_that_a_zone_is_signed(debian: Debian, bot: Dns) -> None:
    debian.publish(*records("proven.com"))
    look = await bot.look("sales.proven.com", records("proven.com"))
    assert (look.good, look.signed) == (True, True)
