"""Kinds of odd DNS, with other members than the zones of ``field``: who is heard, who is accused, what is not known."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.dns.look import Dns
from bot.i18n.translator import translator
from bot.model.look import Look
from bot.tryout.dns import Server
from bot.tryout.dns import mistakes as m
from bot.tryout.dns.mistakes import Place
from bot.views.report import as_data
from tests.dns import odd_servers as odd
from tests.dns.conftest import CNAME, NAME, RECORDS, TXT, Clock


async def seen(dns: Dns) -> Look:
    return await dns.look(NAME, RECORDS, confirm=True, fresh=True)


def codes(look: Look) -> list[str]:
    return [finding.code for finding in look.findings]


def said(look: Look, language: str = "en") -> str:
    return "\n".join(f"{one['what']} {one['fix']}" for one in as_data(look, translator(language))["findings"])


# ---- rcodes belong to the name they speak of


async def test_nxdomain_beside_a_cname_says_nothing_of_the_sending_name(at: Place, dns: Dns) -> None:
    odd.all_of(at.zone, lambda server: server.misbehave(odd.says("NXDOMAIN", NAME)))
    look = await seen(dns)
    assert (look.verdict, codes(look)) == ("visible", [])


async def test_what_a_server_denies_that_lacks_the_record_is_no_contradiction(at: Place, dns: Dns) -> None:
    at.zone.remove(TXT.host, "TXT", only=1)
    look = await seen(dns)
    assert codes(look) == ["NS_INCONSISTENT"]


@pytest.mark.parametrize("language", ["en", "ja"])
async def test_no_advice_adds_a_record_at_the_sending_name(at: Place, dns: Dns, language: str) -> None:
    m.no_cname(at)
    odd.all_of(at.zone, Server.deny_empty)
    look = await seen(dns)
    assert "BROKEN_EMPTY_NON_TERMINAL" in codes(look)
    hidden = next(f.facts["hidden"] for f in look.findings if f.code == "BROKEN_EMPTY_NON_TERMINAL")
    assert hidden == f"_domainkey.{NAME}"


# ---- letters


@pytest.mark.parametrize("how", [odd.upper, odd.as_stored, bytes.lower])
async def test_a_server_that_repeats_the_question_in_its_own_letters_is_heard(
    at: Place, dns: Dns, how: Callable[[bytes], bytes]
) -> None:
    odd.all_of(at.zone, odd.question_in(how))
    look = await seen(dns)
    assert (look.verdict, codes(look)) == ("visible", [])


async def test_what_is_missing_at_a_server_of_small_letters_is_missing(at: Place, dns: Dns, clock: Clock) -> None:
    odd.all_of(at.zone, Server.small_letters)
    m.no_cname(at)
    look = await dns.look(NAME, RECORDS)
    assert (look.verdict, codes(look)) == ("missing", ["MISSING_CNAME"])
    at.zone.publish(CNAME)
    clock.forward(60)
    assert (await dns.look(NAME, RECORDS, last=look)).good


# ---- EDNS and short errors


@pytest.mark.parametrize("code", ["FORMERR", "NOTIMP", "BADVERS"])
@pytest.mark.parametrize("short", [False, True])
async def test_who_refuses_edns_is_asked_without(at: Place, dns: Dns, code: str, short: bool) -> None:
    odd.all_of(at.zone, odd.refuses_edns(code))
    if short and code != "BADVERS":  # which does not fit into a header
        odd.all_of(at.zone, odd.header_only)
    look = await seen(dns)
    assert (look.verdict, codes(look)) == ("visible", [])


async def test_an_error_of_twelve_octets_is_an_answer(at: Place, dns: Dns) -> None:
    odd.all_of(at.zone, Server.refuse)
    odd.all_of(at.zone, odd.header_only)
    look = await seen(dns)
    assert (look.verdict, codes(look)) == ("unknown", ["LAME_DELEGATION"])
    assert {answer.why for answer in look.records[0].servers} == {"refused"}


# ---- never wrongly good


@pytest.mark.parametrize(
    ("rdtype", "value"),
    [("MX", "10 mx.host.net."), ("A", "192.0.2.9"), ("AAAA", "2001:db8::9"), ("TXT", "v=spf1 -all")],
)
async def test_anything_beside_the_cname_is_wrong(at: Place, dns: Dns, rdtype: str, value: str) -> None:
    at.zone.add(NAME, rdtype, value)
    odd.all_of(at.zone, odd.each_by_itself)
    look = await seen(dns)
    assert (look.verdict, codes(look)) == ("wrong", ["CNAME_AND_OTHER_DATA"])
    assert look.findings[0].facts["types"] == rdtype


async def test_addresses_of_the_target_beside_the_cname_are_its_own(at: Place, dns: Dns) -> None:
    at.elsewhere(CNAME.value).add(CNAME.value, "A", m.CARRIER)
    at.zone.add(NAME, "A", m.CARRIER)
    odd.all_of(at.zone, odd.each_by_itself)
    look = await seen(dns)
    assert (look.verdict, codes(look)) == ("visible", [])


# ---- reasons and fixes that are true


async def test_answers_without_authority_are_called_that(at: Place, dns: Dns) -> None:
    odd.all_of(at.zone, Server.lame)
    look = await seen(dns)
    assert (look.verdict, codes(look)) == ("unknown", ["LAME_DELEGATION"])
    assert "does not know it" not in said(look)
    assert "authority" in said(look)


async def test_refused_for_unknown_names_only(at: Place, dns: Dns) -> None:
    m.neither(at)
    odd.all_of(at.zone, lambda server: server.refuse_names(TXT.host, NAME, f"_domainkey.{NAME}"))
    look = await seen(dns)
    assert look.verdict == "unknown"
    assert set(codes(look)) == {"NAME_REFUSED"}


async def test_a_server_that_never_says_nxdomain_is_not_taken_at_its_word(at: Place, dns: Dns) -> None:
    m.no_txt(at)
    odd.all_of(at.zone, lambda server: server.misbehave(odd.says("NOERROR")))
    look = await seen(dns)
    assert codes(look) == ["MISSING_DKIM_NODATA"]
    assert "exists" not in said(look)


async def test_an_empty_txt_is_shown_as_empty(at: Place, dns: Dns) -> None:
    at.zone.replace(TXT, "")
    look = await seen(dns)
    assert codes(look) == ["OTHER_TXT_ONLY"]
    assert '`""`' in said(look)


async def test_swapped_records_are_put_right_in_an_order_that_works(at: Place, dns: Dns) -> None:
    m.neither(at)
    at.zone.add(TXT.host, "CNAME", f"{CNAME.value}.")
    at.zone.add(NAME, "TXT", TXT.value)
    look = await seen(dns)
    assert codes(look)[0] == "DKIM_IS_CNAME"
    assert "Delete both first" in said(look)
    assert not {"DKIM_AT_SUB", "MISSING_CNAME", "EXISTING_RECORDS_CONFLICT"} & set(codes(look))


async def test_the_wildcard_named_is_the_one_that_answers(at: Place, dns: Dns) -> None:
    m.neither(at)
    at.zone.add("*.xyzcorp.com", "TXT", "v=spf1 -all")
    at.zone.add(f"*.{NAME}", "TXT", "v=spf1 -all")
    look = await seen(dns)
    assert look.findings[0].code == "WILDCARD_MASKS_TXT"
    assert look.findings[0].facts["wildcard"] == f"*.{NAME}"


async def test_no_name_is_offered_that_is_taken(at: Place, dns: Dns) -> None:
    m.somewhere(at)
    at.zone.add("news.xyzcorp.com", "A", "192.0.2.80")
    look = await seen(dns)
    assert look.findings[0].facts["other_name"] == "send.xyzcorp.com"


# ---- a resolver that denies everything


async def test_a_recursor_that_denies_everything_says_nothing_of_the_records(at: Place, dns: Dns) -> None:
    at.lab.recursor_server.deny()
    look = await seen(dns)
    assert (look.verdict, look.problem, codes(look)) == ("unknown", "denied", ["RECURSOR_DENIES"])
    assert "own DNS access" in said(look)


async def test_one_that_denies_only_this_domain_is_not_believed_either(at: Place, dns: Dns) -> None:
    at.lab.recursor_server.deny("xyzcorp.com", "com")
    look = await seen(dns)
    assert look.verdict == "unknown"
    assert "DOMAIN_NOT_REGISTERED" not in codes(look)


async def test_a_public_resolver_that_denies_everything_counts_as_silent(at: Place, dns: Dns) -> None:
    for resolver in at.lab.resolvers:
        resolver.deny()
    look = await seen(dns)
    assert look.good
    assert (look.visible, codes(look)) == (None, [])
    assert {answer.why for answer in look.records[0].resolvers} == {"denies"}


async def test_the_doctor_says_so_of_public_resolvers(at: Place, dns: Dns) -> None:
    at.lab.resolvers[1].deny()
    health = await dns.health()
    assert [answers for _, _, answers in health.resolvers] == [True, False, True]
