"""Every mistake of the catalogue is named by a look at a zone that has it, and only notes may lead to *ready*."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.dns.look import Dns
from bot.model.diagnosis.table import TABLE
from bot.model.look import Look
from bot.model.records import DnsRecord
from bot.tryout.dns import DnsLab
from bot.tryout.dns.catalogue import ELSEWHERE, GROUPS, MISTAKES, NOT_ALONE
from bot.tryout.dns.mistakes import Place
from tests.dns.conftest import CNAME, NAME, RECORDS, TXT, Clock, look_at

KINDS = {row.code: row.kind for row in TABLE}


@pytest.fixture
async def dns(lab: DnsLab, clock: Clock) -> AsyncIterator[Dns]:
    dns = look_at(lab, clock)
    yield dns
    await dns.close()


@pytest.fixture
def right(lab: DnsLab, clock: Clock) -> Place:
    """A zone where everything is right."""
    zone = lab.zone("xyzcorp.com")
    for record in RECORDS:
        zone.publish(record)
    return Place(lab, zone, TXT, CNAME)


def codes(look: Look) -> list[str]:
    return [finding.code for finding in look.findings]


#: What is found beside a mistake, and rightly so; anything else is a false accusation.
COMPANY: dict[str, set[str]] = {
    "DKIM_AT_SUB": {"CNAME_AND_OTHER_DATA"},
    "DNAME": {"OK_DKIM_CNAME"},
    "NEGATIVE_TTL_LONG": {"MISSING_BOTH"},
    "OLD_VALUE_TTL": {"KEY_MISMATCH"},
    "RECORDS_AT_OTHER_PROVIDER": {"PARENT_CHILD_NS_MISMATCH"},
    "WHOLE_RECORD_PASTED": {"LITERAL_QUOTES"},
    "WILDCARD_MASKS_A": {"MISSING_DKIM_NODATA"},
}


@pytest.mark.parametrize("code", MISTAKES)
async def test_a_mistake_is_named_and_never_leads_to_ready(right: Place, dns: Dns, clock: Clock, code: str) -> None:
    MISTAKES[code](right)
    for _ in range(2):
        look = await dns.look(NAME, RECORDS, confirm=True)
        assert code in codes(look)
        assert set(codes(look)) == {code} | COMPANY.get(code, set()), "nobody is accused of more"
        if KINDS[code] in ("note", "right") and code not in NOT_ALONE:
            assert look.good
            assert look.verdict == "visible"
            assert {KINDS[found] for found in codes(look)} <= {"note", "right"}
        else:
            assert not look.good
            assert look.verdict in ("wrong", "missing", "unknown")
        if KINDS[code] in ("wrong", "missing", "unknown"):
            assert codes(look)[0] == code
        clock.forward(5)


async def test_what_is_right_has_no_finding(right: Place, dns: Dns) -> None:
    look = await dns.look(NAME, RECORDS, confirm=True)
    assert look.good
    assert codes(look) == []


def test_every_mistake_has_a_zone() -> None:
    assert sorted(MISTAKES) == sorted({row.code for row in TABLE})
    assert len(MISTAKES) == sum(map(len, (*GROUPS.values(), ELSEWHERE))), "a code stands in one group only"


# ---- several at once, and what is no mistake


async def test_several_mistakes_are_all_named_the_likeliest_first(right: Place, dns: Dns) -> None:
    MISTAKES["DUPLICATED_ZONE"](right)
    right.zone.replace(CNAME, "eu.sparkpostmail.com.xyzcorp.com.")
    right.zone.servers[1].refuse()
    look = await dns.look(NAME, RECORDS)
    assert codes(look) == ["DUPLICATED_ZONE", "TARGET_GOT_ZONE_APPENDED", "WRONG_REGION", "LAME_PARTIAL"]
    assert [f.record for f in look.findings] == ["TXT", "CNAME", "CNAME", None]


async def test_one_value_spoiled_twice_has_two_findings(right: Place, dns: Dns) -> None:
    right.zone.replace(TXT, f'"{TXT.value[:254]}')
    assert codes(await dns.look(NAME, RECORDS)) == ["KEY_TRUNCATED", "LITERAL_QUOTES"]


async def test_a_misplaced_txt_and_a_missing_cname(right: Place, dns: Dns) -> None:
    MISTAKES["MISSING_SUB"](right)
    right.zone.remove(NAME, "CNAME")
    assert codes(await dns.look(NAME, RECORDS)) == ["MISSING_SUB", "MISSING_CNAME"]


async def test_the_root_domains_own_key_is_not_taken_for_ours(right: Place, dns: Dns) -> None:
    right.zone.remove(TXT.host, "TXT")
    right.zone.add("scph1126._domainkey.xyzcorp.com", "TXT", right.other)
    assert codes(await dns.look(NAME, RECORDS)) == ["MISSING_DKIM"]


async def test_what_a_wildcard_gives_everywhere_stands_nowhere(right: Place, dns: Dns) -> None:
    right.zone.remove(NAME, "CNAME")
    right.zone.add("*.xyzcorp.com", "CNAME", "sparkpostmail.com.")
    assert codes(await dns.look(NAME, RECORDS)) == ["MISSING_CNAME"]


@pytest.mark.parametrize("host", [f"_domainkey.{NAME}", "jp.xyzcorp.com"])
async def test_a_zone_below_is_no_mistake_once_the_record_is_in_it(right: Place, dns: Dns, host: str) -> None:
    name = NAME if host.endswith(NAME) else f"sales.{host}"
    records = [DnsRecord(r.type, r.host.replace(NAME, name), r.value) for r in RECORDS]
    child = right.zone.child(host)
    for record in records:
        (child if record.host.endswith(host) else right.zone).publish(record)
    look = await dns.look(name, tuple(records))
    assert look.good
    assert codes(look) == []


async def test_in_a_zone_below_the_domain_only_the_records_are_missing(right: Place, dns: Dns) -> None:
    right.zone.child("jp.xyzcorp.com")
    name = "sales.jp.xyzcorp.com"
    records = tuple(DnsRecord(r.type, r.host.replace(NAME, name), r.value) for r in RECORDS)
    look = await dns.look(name, records)
    assert codes(look) == ["MISSING_BOTH"]
    assert look.findings[0].facts["zone"] == "jp.xyzcorp.com"
    assert look.findings[0].facts["txt_entry"] == "scph1126._domainkey.sales"


async def test_a_chain_is_right_for_resolvers_too(right: Place, dns: Dns) -> None:
    MISTAKES["OK_CHAIN"](right)
    look = await dns.look(NAME, RECORDS)
    assert (look.servers(), look.resolvers()) == ((2, 2), (3, 3))
    assert look.findings[0].facts["found"] == "bounce.xyzcorp.com → b.hop.net"


async def test_servers_without_edns_count_in_full(right: Place, dns: Dns) -> None:
    MISTAKES["EDNS_DROPPED"](right)
    assert (await dns.look(NAME, RECORDS)).servers() == (2, 2)


# ---- whom it asks


async def test_where_all_is_right_nothing_is_probed(right: Place, dns: Dns) -> None:
    await dns.look(NAME, RECORDS)
    known = {TXT.host, NAME, f"_domainkey.{NAME}", "xyzcorp.com"}
    assert {q.name for q in right.lab.questions if q.server.endswith(".xyzcorp.com")} <= known


async def test_probing_asks_no_resolver(right: Place, dns: Dns) -> None:
    MISTAKES["MISSING_BOTH"](right)
    await dns.look(NAME, RECORDS)
    asked = [q for q in right.lab.questions if q.name.endswith("xyzcorp.com") and q.name.count(".") > 1]
    assert len(asked) > 20
    servers = {f"ns{n}.xyzcorp.com" for n in (1, 2)}
    assert not [q for q in asked if (q.server not in servers and q.name not in servers) or (q.rd and q.name == NAME)]


async def test_probing_keeps_the_deadline_however_slow_the_servers(right: Place, lab: DnsLab, clock: Clock) -> None:
    MISTAKES["MISSING_BOTH"](right)
    dns = look_at(lab, clock, deadline=1.0, timeout=0.5)
    right.zone.servers[0].silence()
    right.zone.servers[1].slow(0.3)
    started = asyncio.get_running_loop().time()
    look = await dns.look(NAME, RECORDS, fresh=True)
    assert asyncio.get_running_loop().time() - started < 1.4
    assert look.verdict in ("missing", "unknown")
    await dns.close()


_HOSTILE = st.one_of(
    st.text(max_size=200),
    st.sampled_from(["<!channel>", "`*_~", "v=DKIM1; p=<@U1>", "\x1b[2J", "{name}", "x" * 4000, '"' * 300]),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_HOSTILE, min_size=1, max_size=4, unique=True))
async def test_whatever_a_stranger_publishes_is_wrong_and_named(right: Place, dns: Dns, values: list[str]) -> None:
    right.zone.replace(TXT, *values)
    look = await dns.look(NAME, RECORDS, resolvers=False)
    assert look.verdict == "wrong"
    assert look.findings[0].kind == "wrong"
    assert Look.from_json(look.as_json()) == look
